"""A world for tests: the test moves the clock, and every value is the same in each run."""

from __future__ import annotations

import base64
import hashlib
import itertools
import threading
from datetime import UTC, datetime, timedelta

from webapp.world import crockford, sortable

BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, in office hours


class FixedWorld:
    """Stand in for `webapp.world.RealWorld`; `seed` tells two worlds of one test apart."""

    def __init__(self, at: datetime = BEGINNING, *, seed: str = "handrail") -> None:
        self._at = at
        self._seed = seed
        self._lock = threading.Lock()
        self._count = itertools.count(1)

    def now(self) -> datetime:
        return self._at

    def pass_time(self, **length: float) -> datetime:
        """Move the clock by a `timedelta(**length)` and give the new instant."""
        self._at += timedelta(**length)
        return self._at

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{crockford(sortable(self._at, self._next()))}"

    def token(self, nbytes: int) -> str:
        return base64.urlsafe_b64encode(self.entropy(nbytes)).rstrip(b"=").decode()

    def entropy(self, nbytes: int) -> bytes:
        return hashlib.shake_256(f"{self._seed}:{self._next()}".encode()).digest(nbytes)

    def jitter(self) -> float:
        return 0.5

    def _next(self) -> int:
        with self._lock:
            return next(self._count)
