"""Doors to neighbours: only so many calls at a time go to one of them, so that one that hangs has not all our threads.

A call to a neighbour whose door is crowded waits for a moment, since most calls are over soon. Where those inside have
been at it for longer, it comes again later, and whoever comes after it later still: what waits for a neighbour that
hangs does not come up all the time. However many neighbours hang, together they do not have all our threads either,
once it is known that they do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from webapp.domain.errors import NotNow

MOST = 4  # calls of this process to one neighbour, of the 8 threads that there are
HANGS = 5.0  # seconds after which a neighbour counts as one that hangs, until a call there is over sooner
MOST_HANGING = 6  # calls of this process to all neighbours that hang
SLOW = 1.0  # seconds after which a call is not over soon
PAUSE = 2.0  # seconds, at the least, until a call that found no room comes again
SPACING = 0.05  # seconds between two of those
SLACK, CLUSTER = "slack", "kubernetes"  # the names of their doors


class Crowded(NotNow):
    """As many calls as may go to this neighbour at a time have no answer yet."""

    code = "crowded"


@dataclass(slots=True)
class Door:
    """One neighbour: when the calls that are under way began, and when the last one that was sent away comes again.

    `hung` says that the last call that ended had taken its time.
    """

    left: threading.Condition
    inside: list[float] = field(default_factory=list)
    next_at: float = 0.0
    hung: bool = False

    def hangs(self, now: float) -> bool:
        """Say whether calls to it take so long that others must not wait for them."""
        return self.hung or (bool(self.inside) and now - min(self.inside) > HANGS)


class Doors:
    """The doors of one process; `clock` gives seconds and only goes forwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
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
                patience = SLOW - (self._clock() - min(door.inside))
                if patience <= 0:
                    raise Crowded(after=timedelta(seconds=_turn(door, self._clock())))
                door.left.wait(patience)
            began = self._clock()
            if door.hangs(began) and self._lost(began) >= MOST_HANGING:
                raise Crowded(after=timedelta(seconds=_turn(door, self._clock())))
            door.inside.append(began)
        return began

    def _leave(self, neighbour: str, began: float) -> None:
        with self._lock:
            door = self.door(neighbour)
            door.inside.remove(began)
            door.hung = self._clock() - began > HANGS
            door.left.notify()

    def _lost(self, now: float) -> int:
        """Count the calls to all neighbours that hang."""
        return sum(len(door.inside) for door in self._doors.values() if door.hangs(now))

    def door(self, neighbour: str) -> Door:
        """Give the door to a neighbour."""
        if neighbour not in self._doors:
            self._doors[neighbour] = Door(left=threading.Condition(self._lock))
        return self._doors[neighbour]


def host_of(url: str) -> str:
    """Name the neighbour that a web address leads to."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _turn(door: Door, now: float) -> float:
    """Give the seconds after which whoever is sent away comes again, each a little after the one before."""
    door.next_at = max(now + PAUSE, door.next_at + SPACING)
    return door.next_at - now
