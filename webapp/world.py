"""The only clock and the only chance: what time it is, and values that nobody can foretell."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime
from typing import Protocol

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
RANDOM_BITS = 80


class World(Protocol):
    """What the program cannot compute: handed in, so that tests own it."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...

    def new_id(self, prefix: str) -> str:
        """Make a fresh id, such as `ho_01k…`, that sorts after those made earlier."""
        ...

    def token(self, nbytes: int) -> str:
        """Make a secret of `nbytes` random bytes as URL-safe text."""
        ...

    def entropy(self, nbytes: int) -> bytes:
        """Give `nbytes` random bytes, for salts, nonces and keys."""
        ...

    def jitter(self) -> float:
        """Give a number in [0, 1) that spreads out what would otherwise happen at once."""
        ...


class RealWorld:
    """The computer's clock and the operating system's randomness."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_id = 0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self, prefix: str) -> str:
        fresh = sortable(self.now(), secrets.randbits(RANDOM_BITS))
        with self._lock:
            # within one millisecond, or when the clock steps back a little, count on from the last
            if fresh <= self._last_id and self._last_id - fresh < 1 << (RANDOM_BITS + 12):
                fresh = self._last_id + 1
            self._last_id = fresh
        return f"{prefix}_{crockford(fresh)}"

    def token(self, nbytes: int) -> str:
        return secrets.token_urlsafe(nbytes)

    def entropy(self, nbytes: int) -> bytes:
        return secrets.token_bytes(nbytes)

    def jitter(self) -> float:
        return secrets.randbits(53) / (1 << 53)


def sortable(at: datetime, low: int) -> int:
    """Join the milliseconds of `at` (48 bits) and `low` (80 bits): a number that sorts by time."""
    return int(at.timestamp() * 1000) << RANDOM_BITS | low


def crockford(number: int) -> str:
    """Write a number of up to 130 bits as 26 characters that sort as the numbers do."""
    return "".join([PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
