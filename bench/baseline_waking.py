"""How the bare apps wake a waiting agent: Redis pub/sub, one subscription in each process."""

from __future__ import annotations

import os
import threading

import redis

CHANNEL = "bare"


class Waking:
    """Publish the id of what has changed; wait for an id."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(os.environ["REDIS_URL"])
        self._waiting: dict[str, threading.Event] = {}
        self._heard = self._client.pubsub(ignore_subscribe_messages=True)
        self._heard.subscribe(CHANNEL)
        threading.Thread(target=self._listen, daemon=True).start()

    def publish(self, name: str) -> None:
        """Wake who waits for `name`, in whichever process."""
        self._client.publish(CHANNEL, name)

    def expect(self, name: str) -> threading.Event:
        """Give the event that is set when `name` changes."""
        return self._waiting.setdefault(name, threading.Event())

    def forget(self, name: str) -> None:
        """Wait for `name` no more."""
        self._waiting.pop(name, None)

    def _listen(self) -> None:
        for message in self._heard.listen():
            event = self._waiting.get(message["data"].decode())
            if event:
                event.set()
