"""Places for those who wait in this process, so that they never take every thread from the others."""

from __future__ import annotations

from threading import Lock

from webapp.config import Config

# of the 12000 connections that a gevent process holds; greenlets cost next to nothing
MOST_AGENTS, MOST_PEOPLE, MOST_LOOKS = 10_500, 1_000, 200


class Room:
    """Count those of one kind who wait, each in a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = 0

    def enter(self, most: int) -> bool:
        """Take a place, unless all are taken."""
        with self._lock:
            free = self._taken < most
            self._taken += free
        return free

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1


agents, people, looks = Room(), Room(), Room()


def for_agents(config: Config) -> int:
    """Say how many may wait with a key or a token: at most half of the threads."""
    return config.threads // 2 if config.on_sqlite else MOST_AGENTS


def for_people(config: Config) -> int:
    """Say how many open pages may listen: a quarter of the threads, so that a quarter stays free."""
    return config.threads // 4 if config.on_sqlite else MOST_PEOPLE


def for_looks(config: Config) -> int:
    """Say how many agents may redeem at a time what the world is looked at for: half of the quarter that stays free."""
    return max(1, config.threads // 8) if config.on_sqlite else MOST_LOOKS
