"""One backoff for everything that is tried again."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=10)
MOST_ATTEMPTS = 100


def delay(attempt: int, jitter: float) -> timedelta:
    """Say how long to wait after failed attempt number `attempt` (from 1).

    Doubles from two seconds to ten minutes; `jitter`, 0..1, takes off up to half so that crowds disperse.
    """
    full = min(FIRST * (1 << min(attempt - 1, 20)), LONGEST)
    return full * (1 - jitter / 2)


def give_up(attempt: int) -> bool:
    """Say whether attempt number `attempt` was the last one; what is given up stays visible."""
    return attempt >= MOST_ATTEMPTS
