"""A line to Redis for what may get lost: it never raises and never makes anybody wait for long."""

from __future__ import annotations

import time

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE = 0.5  # seconds that one command may take
QUIET = 1.0  # seconds without another try after one that failed
MOST_CONNECTIONS = 32


def connect(url: str, *, patience: float, ping_every: int = 0) -> Redis:
    """Make a client that gives a command `patience` seconds, and a lost connection one more try.

    Nothing is connected before the first command.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=patience,
        socket_timeout=patience,
        socket_connect_timeout=min(patience, 1.0),
        health_check_interval=ping_every,
        retry=Retry(NoBackoff(), 1, supported_errors=(NoConnection,)),
    )
    return Redis(connection_pool=pool)


class Line:
    """Publish what may get lost; while Redis is away, most of it is not even tried."""

    def __init__(self, url: str) -> None:
        self._client = connect(url, patience=PATIENCE)
        self._quiet_until = 0.0

    def publish(self, channel: str, text: str) -> bool:
        """Publish `text` on `channel` and say whether Redis took it."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self._client.publish(channel, text)
        except RedisError:
            self._quiet_until = time.monotonic() + QUIET
            return False
        return True

    def is_open(self) -> bool:
        """Ask Redis, whatever was known before."""
        try:
            self._client.ping()
        except RedisError:
            return False
        self._quiet_until = 0.0
        return True

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
