"""The only clock and the only chance of the client, handed in so that tests can own them."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the client takes from the machine it runs on.

    `monotonic` gives seconds that only go forward, `now` the time of day in UTC, `jitter` a number
    from 0 to 1, `token` a word nobody can guess.
    """

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    jitter: Callable[[], float] = random.random
    token: Callable[[], str] = secrets.token_urlsafe
