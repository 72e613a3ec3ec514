"""Whether this Handrail can do its work, and figures about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from webapp.domain.backlog import Alive, Backlog
from webapp.domain.errors import HandrailError
from webapp.domain.message import Reach, Topic
from webapp.services import operations, policies, stops
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
    lag = operations.lag_seconds(work)
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


def figures(work: Work, workers: Mapping[Reach, Alive] | None) -> bytes:
    """Give the figures for Prometheus; `workers` is None while Redis is away."""
    registry = CollectorRegistry()
    stopped = Gauge("handrail_stops_in_force", "Stops in force", registry=registry)
    stopped.set(len(stops.in_force(work)))
    _backlog_figures(registry, operations.backlog(work), work.now)
    _worker_figures(registry, workers, work.now)
    return generate_latest(registry)


def _backlog_figures(registry: CollectorRegistry, backlog: Backlog, now: datetime) -> None:
    lag = Gauge(
        "handrail_outbox_lag_seconds", "Age of the oldest due message", ["reach"], registry=registry
    )
    depth = Gauge(
        "handrail_outbox_depth",
        "Messages that are due and not done",
        ["reach", "topic"],
        registry=registry,
    )
    for topic in Topic:  # a figure that is there before it is wanted can be alerted on
        depth.labels(topic.reach, topic)
    for due in backlog.due:
        lag.labels(due.reach).set(due.lag(now))
        for name, count in due.topics.items():
            depth.labels(due.reach, name).set(count)
    retried = ("handrail_outbox_retrying", "Messages that failed and are tried again")
    given_up = ("handrail_outbox_given_up", "Messages that were given up")
    for (name, says), counts in ((retried, backlog.retried), (given_up, backlog.given_up)):
        gauge = Gauge(name, says, ["topic"], registry=registry)
        for label in {*Topic, *counts}:
            gauge.labels(label).set(counts.get(label, 0))


def _worker_figures(
    registry: CollectorRegistry, workers: Mapping[Reach, Alive] | None, now: datetime
) -> None:
    redis = Gauge("handrail_redis_up", "Whether Redis answers", registry=registry)
    redis.set(workers is not None)
    count = Gauge(
        "handrail_workers", "Threads of workers that take jobs", ["reach"], registry=registry
    )
    silence = Gauge(
        "handrail_worker_silence_seconds",
        "Time since the last sign of life of a worker",
        ["reach"],
        registry=registry,
    )
    for reach, alive in (workers or {}).items():
        count.labels(reach).set(alive.count)
        if alive.heard_at:
            silence.labels(reach).set(max(0.0, (now - alive.heard_at).total_seconds()))
