"""Doors to neighbours: only so many calls at a time go to one of them, so that one that hangs has not all our threads.

A call to a neighbour whose door is crowded waits for a moment, since most calls are over soon. Where those inside have
been at it for longer, it comes again later, and whoever comes after it later still: what waits for a neighbour that
hangs does not come up all the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from webapp.domain.errors import NotNow

MOST = 4  # calls of this process to one neighbour, of the 8 threads that there are
SLOW = 1.0  # seconds after which a call is not over soon
PAUSE = 2.0  # seconds, at the least, until a call that found no room comes again
SPACING = 0.05  # seconds between two of those


class Crowded(NotNow):
    """As many calls as may go to this neighbour at a time have no answer yet."""

    code = "crowded"


@dataclass(slots=True)
class Door:
    """One neighbour: when the calls that are under way began, and when the last one that was sent away comes again."""

    left: threading.Condition
    inside: list[float] = field(default_factory=list)
    next_at: float = 0.0


class Doors:
    """The doors of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doors: dict[str, Door] = {}

    @contextmanager
    def through(self, neighbour: str) -> Iterator[None]:
        """Make a call to the neighbour inside of this; nobody is told the name. Raises Crowded."""
        began = self._enter(neighbour)
        try:
            yield
        finally:
            self._leave(neighbour, began)

    def _enter(self, neighbour: str) -> float:
        with self._lock:
            while len((door := self.door(neighbour)).inside) >= MOST:
                patience = SLOW - (time.monotonic() - min(door.inside))
                if patience <= 0:
                    raise Crowded(after=timedelta(seconds=_turn(door)))
                door.left.wait(patience)
            began = time.monotonic()
            door.inside.append(began)
        return began

    def _leave(self, neighbour: str, began: float) -> None:
        with self._lock:
            door = self.door(neighbour)
            door.inside.remove(began)
            door.left.notify()

    def door(self, neighbour: str) -> Door:
        """Give the door to a neighbour."""
        return self._doors.setdefault(neighbour, Door(left=threading.Condition(self._lock)))


def host_of(url: str) -> str:
    """Name the neighbour that a web address leads to."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _turn(door: Door) -> float:
    """Give the seconds after which whoever is sent away comes again, each a little after the one before."""
    now = time.monotonic()
    door.next_at = max(now + PAUSE, door.next_at + SPACING)
    return door.next_at - now
