"""One subscription to a Redis channel, in a thread of its own that connects again by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable

from redis.client import PubSub
from redis.exceptions import RedisError

from webapp.gateways.redis_line import connect

PATIENCE = 2.0  # seconds for connecting and subscribing
TICK = 0.2  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
PING_EVERY = 10  # seconds of silence after which the connection is tested
MOST_LOST = 20  # tests in a row without an answer: the connection is dead


class Subscription:
    """Hear what is published on a channel.

    `hear` gets each message. `gap` is called whenever messages may have been missed: right after
    each (re)connecting, and every two seconds at most while there is no connection. `tick` is
    called a few times a second. All three run in the subscription's thread, which starts with
    `ensure`: after a fork, in each process anew.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        *,
        hear: Callable[[str], None],
        gap: Callable[[], None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._channel = channel
        self._hear = hear
        self._gap = gap
        self._tick = tick
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.listening = False

    def ensure(self) -> None:
        """Start listening, unless that has begun."""
        if self._runs():
            return
        with self._lock:
            if self._runs():
                return
            self.listening = False
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._run, name=f"subscription {self._channel}", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop listening; returns when the thread has ended."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _runs(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self._listen()
            except (RedisError, OSError):
                pause = FIRST_PAUSE if self.listening else min(pause * 2, LONGEST_PAUSE)
            self.listening = False
            self._gap()
            self._stopping.wait(pause)

    def _listen(self) -> None:
        """Subscribe and pass on what comes, until the connection breaks."""
        client = connect(self._url, patience=PATIENCE, ping_every=PING_EVERY)
        with client, PubSub(client.connection_pool) as pubsub:
            pubsub.subscribe(self._channel)
            while not self._stopping.is_set():
                self._take(pubsub)
                self._tick()

    def _take(self, pubsub: PubSub) -> None:
        message = pubsub.get_message(timeout=TICK)
        if pubsub.health_check_response_counter > MOST_LOST:
            raise TimeoutError
        if message is None:
            return
        if message["type"] == "subscribe":
            self.listening = True
            self._gap()
        elif message["type"] == "message":
            self._hear(message["data"].decode(errors="replace"))
