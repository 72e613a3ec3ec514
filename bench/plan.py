"""How much is measured: in full, or quickly to see that everything still works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Quantities; times in seconds."""

    connections: int = 32
    rounds: int = 3
    warm: float = 2.0
    seconds: float = 8.0
    waiters: int = 10_000
    single: int = 200
    burst: int = 1000
    pace: float = 0.03  # between those released one by one
    pending: int = 100_000
    handoffs: int = 1_000_000
    pages: int = 300
    routings: int = 20_000
    told: int = 200
    messages: int = 6000
    workers: int = 10


FULL = Plan()
QUICK = Plan(
    connections=4,
    rounds=1,
    warm=0.2,
    seconds=0.5,
    waiters=60,
    single=5,
    burst=20,
    pending=300,
    handoffs=1000,
    pages=5,
    routings=200,
    told=4,
    messages=200,
    workers=3,
)
