"""Do aside what waits for the network, while Redis is away: no deadline waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

THREADS = 8


class Aside:
    """A few threads of this process, and never more work than they have begun."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")
        self._lock = threading.Lock()
        self._going = 0

    def room(self) -> int:
        """Say how many more pieces of work would begin at once."""
        with self._lock:
            return THREADS - self._going

    def begin(self, work: Callable[[], None]) -> None:
        """Begin a piece of work that never raises; return at once."""
        with self._lock:
            self._going += 1
        self._threads.submit(work).add_done_callback(self._ended)

    def finish(self) -> None:
        """Wait for all that was begun."""
        self._threads.shutdown(wait=True)

    def _ended(self, _done: Future[None]) -> None:
        with self._lock:
            self._going -= 1
