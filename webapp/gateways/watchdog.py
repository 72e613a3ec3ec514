"""End jobs that take too long: one thread watches over all jobs of a process, and only while there are any.

RQ's own way (`rq.timeouts.TimerDeathPenalty`) begins a thread for each job, which costs more than many a job does.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.domain.errors import HandrailError

LOOK = 1.0  # seconds between two looks; so late may the end of a job come


class TookTooLong(HandrailError):
    """It took longer than a job may, and was ended."""

    code = "took_too_long"


class Watchdog:
    """Who does something in this process that must not take for ever, and until when it may."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}  # by the thread that is at it
        self._watches = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Give what is inside of this so long; after that TookTooLong is raised in it.

        It comes as soon as the thread is back from what it waits for: each call to a neighbour has a limit of its own.
        """
        me = threading.get_ident()
        with self._lock:
            self._ends[me] = time.monotonic() + seconds
            begins, self._watches = not self._watches, True
        if begins:
            threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(me, None)

    def _watch(self) -> None:
        """Look until there is nothing left to watch over."""
        while True:
            time.sleep(LOOK)
            with self._lock:
                if not self._ends:
                    self._watches = False
                    return
                self._end_what_is_late()

    def _end_what_is_late(self) -> None:
        """Raise in each thread that is late, once."""
        now = time.monotonic()
        for thread in [one for one, end in self._ends.items() if end < now]:
            del self._ends[thread]
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread), ctypes.py_object(TookTooLong)
            )
