"""Whether this Handrail can do its work, and figures about it."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from webapp.domain.errors import HandrailError
from webapp.services import outbox, policies, stops
from webapp.store import revision
from webapp.work import Store, Work, reading

MOST_LAG = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so, and what was found."""

    name: str
    good: bool
    says: str


def checks(store: Store, redis_reachable: bool) -> list[Check]:  # noqa: FBT001 — one fact
    """Look at database, migrations, policy, the worker's lag and Redis."""
    says = "reachable" if redis_reachable else "not reachable; people and agents wait longer"
    redis = Check(name="redis", good=redis_reachable, says=says)
    try:
        with reading(store) as work:
            return [Check(name="database", good=True, says="reachable"), *_within(work), redis]
    except HandrailError as error:
        return [Check(name="database", good=False, says=error.detail), redis]


def _within(work: Work) -> list[Check]:
    """Look at what is in the database; before it is up to date, nothing else can be read."""
    at = revision.applied(work)
    current = at == revision.newest()
    migrations = Check(name="migrations", good=current, says=f"at {at or 'nothing'}")
    if not current:
        return [migrations]
    lag = lag_seconds(work)
    return [
        migrations,
        _policy(work),
        Check(name="relay", good=lag < MOST_LAG, says=f"{lag:.0f} s behind"),
    ]


def _policy(work: Work) -> Check:
    try:
        number = policies.standing(work).policy.number
    except HandrailError as error:
        return Check(name="policy", good=False, says=error.detail)
    return Check(name="policy", good=True, says=f"version {number}")


def lag_seconds(work: Work) -> float:
    """Say by how many seconds the oldest message that is due is overdue."""
    oldest = outbox.backlog(work).oldest_due_at
    return (work.now - oldest).total_seconds() if oldest else 0.0


def figures(work: Work) -> bytes:
    """Give the figures for Prometheus."""
    registry = CollectorRegistry()
    lag = Gauge("handrail_outbox_lag_seconds", "Age of the oldest due message", registry=registry)
    lag.set(lag_seconds(work))
    backlog = outbox.backlog(work)
    depth = Gauge("handrail_outbox_depth", "Messages that are due and not done", registry=registry)
    depth.set(backlog.depth)
    given_up = Gauge("handrail_outbox_given_up", "Messages that were given up", registry=registry)
    given_up.set(backlog.given_up)
    stopped = Gauge("handrail_stops_in_force", "Stops in force", registry=registry)
    stopped.set(len(stops.in_force(work)))
    return generate_latest(registry)
