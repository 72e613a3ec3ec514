"""Lists of handoffs, page by page: every query walks an index and no query counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from webapp.domain.handoff import WAITING, Handoff, Kind, Status
from webapp.domain.history import EventType
from webapp.domain.stop import Scope, Stop
from webapp.store import tables
from webapp.store.engine_tables import UNKNOWN
from webapp.store.handoffs import some
from webapp.store.rows import from_row
from webapp.work import Work
from webapp.world import crockford, sortable

CLOCKS_DIFFER = timedelta(minutes=10)
UNSETTLED: ColumnElement[bool] = literal_column(f"({UNKNOWN})", Boolean)
H, A, N, E = tables.handoffs, tables.audience, tables.idempotency, tables.events


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to list; None means any. `before` is the id that the page before ended with."""

    agent_id: str | None = None
    agent: str | None = None
    teams: tuple[str, ...] | None = None
    key: str | None = None
    status: Status | None = None
    unsettled: bool = False
    risk: str | None = None
    action: str | None = None
    kind: str | None = None
    run_id: str | None = None
    thread_id: str | None = None
    since: datetime | None = None
    words: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, newest first; `more` says that another follows."""

    handoffs: tuple[Handoff, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """A place in the queue: what is due soonest comes first."""

    waits_until: datetime
    handoff_id: str


def newest(work: Work, wanted: Filter, size: int) -> Page:
    """Give the newest handoffs that fit."""
    query = select(H).where(*_conditions(wanted)).order_by(H.c.id.desc()).limit(size + 1)
    found = some(work, query)
    return Page(handoffs=tuple(found[:size]), more=len(found) > size)


def waiting(
    work: Work, teams: Sequence[str] | None, after: QueuePlace | None, size: int
) -> list[Handoff]:
    """Give what waits for the approvers of these teams, soonest deadline first; None means every team.

    One short walk of the index for each team, then a merge: constant however many wait.
    """
    if teams is None:
        return some(work, _whole_queue(after).limit(size))
    ids: dict[str, datetime] = {}
    parts = [_queue_of(team, after, size).subquery() for team in teams]
    if not parts:
        return []
    for row in work.run(union_all(*(select(part) for part in parts))):
        ids[row.handoff_id] = row.waits_until
    first = sorted(ids, key=lambda one: (ids[one], one))[:size]
    found = {row.id: from_row(row) for row in work.run(select(H).where(H.c.id.in_(first)))}
    return [found[one] for one in first if one in found]


def ending_with_run(work: Work, agent_id: str, run_id: str) -> list[str]:
    """Name what ends with a run of an agent: what waits for people, and the tasks that were admitted."""
    waits = H.c.status.in_([status.value for status in WAITING])
    admitted = (H.c.kind == Kind.TASK.value) & (H.c.status == Status.ANSWERED.value)
    of_run = (H.c.agent_id == agent_id) & (H.c.run_id == run_id)
    return [row.id for row in work.run(select(H.c.id).where(of_run, waits | admitted))]


def pending_of(work: Work, agent_id: str, at_most: int) -> int:
    """Count what an agent has before people, up to `at_most`."""
    found = (H.c.agent_id == agent_id) & (H.c.status == Status.PENDING.value)
    return len(work.run(select(H.c.id).where(found).limit(at_most)).all())


def named(work: Work, handoff_ids: Collection[str]) -> list[Handoff]:
    """Give these handoffs, in no order; those that are not there are left out."""
    return some(work, select(H).where(H.c.id.in_(handoff_ids)))


def handed_off(work: Work, agent_id: str, begin: datetime, end: datetime, at_most: int) -> int:
    """Count what an agent handed off from `begin` until before `end`, up to `at_most`."""
    # ids sort by time, give or take what clocks differ: so the index is walked no further back
    first = f"ho_{crockford(sortable(begin - CLOCKS_DIFFER, 0))}"
    found = (
        (H.c.agent_id == agent_id)
        & (H.c.id >= first)
        & (H.c.submitted_at >= begin)
        & (H.c.submitted_at < end)
    )
    return len(work.run(select(H.c.id).where(found).limit(at_most)).all())


def _queue_of(team: str, after: QueuePlace | None, size: int) -> Select[Any]:
    query = select(A.c.handoff_id, A.c.waits_until).where(
        A.c.team == team, A.c.waits_until.is_not(None)
    )
    if after:
        query = query.where(_later(A.c.waits_until, A.c.handoff_id, after))
    return query.order_by(A.c.waits_until, A.c.handoff_id).limit(size)


def _whole_queue(after: QueuePlace | None) -> Select[Any]:
    query = select(H).where(H.c.status == Status.PENDING.value)
    if after:
        query = query.where(_later(H.c.deadline_at, H.c.id, after))
    return query.order_by(H.c.deadline_at, H.c.id)


def _later(at: ColumnElement[Any], name: ColumnElement[Any], after: QueuePlace) -> Any:
    return or_(at > after.waits_until, and_(at == after.waits_until, name > after.handoff_id))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    exact = {
        H.c.agent_id: wanted.agent_id,
        H.c.status: wanted.status.value if wanted.status else None,
        H.c.risk: wanted.risk,
        H.c.action_name: wanted.action,
        H.c.kind: wanted.kind,
        H.c.run_id: wanted.run_id,
        H.c.thread_id: wanted.thread_id,
    }
    found = [column == value for column, value in exact.items() if value is not None]
    if wanted.unsettled:
        found.append(UNSETTLED)
    if wanted.since:
        found.append(H.c.submitted_at >= wanted.since)
    if wanted.before:
        found.append(H.c.id < wanted.before)
    if wanted.key is not None:
        named = select(N.c.handoff_id).where(N.c.agent_id == wanted.agent_id, N.c.key == wanted.key)
        found.append(H.c.id.in_(named))
    if wanted.teams is not None:
        visible = select(A.c.handoff_id).where(A.c.handoff_id == H.c.id, A.c.team.in_(wanted.teams))
        found.append(visible.exists())
    return [*found, *_alike(wanted)]


def _alike(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """Give what must be in it, not be equal to it: people type the beginning of a name."""
    if wanted.agent:
        yield H.c.agent.startswith(wanted.agent, autoescape=True)
    if wanted.words:
        yield from (_contains(word) for word in wanted.words.split()[:8])


def _contains(word: str) -> ColumnElement[bool]:
    return or_(
        H.c.title.icontains(word, autoescape=True),
        H.c.summary.icontains(word, autoescape=True),
        H.c.action_name.icontains(word, autoescape=True),
        H.c.id == word,
    )


def held_back(work: Work, stop: Stop, after: str, size: int) -> list[str]:
    """Name what waits or is approved and is covered by a stop, page by page in the order of ids."""
    covered = _covered(stop)
    states = (
        H.c.status == Status.PENDING.value,
        H.c.status.in_([Status.APPROVED.value, Status.CHANGES_REQUESTED.value]),
    )
    found: list[str] = []
    for state in states:
        query = select(H.c.id).where(state, covered, H.c.id > after)
        found.extend(row.id for row in work.run(query.order_by(H.c.id).limit(size)))
    return sorted(found)[:size]


def last_start(work: Work, stop: Stop) -> datetime | None:
    """Give the instant of the last redemption that a stop covers, looking at the newest events only."""
    starts = select(E.c.at).join(H, H.c.id == E.c.handoff_id)
    query = starts.where(E.c.type == EventType.REDEEMED.value, _covered(stop))
    found: datetime | None = work.run(query.order_by(E.c.id.desc()).limit(1)).scalar()
    return found


def _covered(stop: Stop) -> ColumnElement[bool]:
    """Say in SQL what a stop covers."""
    if stop.scope is Scope.GLOBAL:
        return true()
    if stop.scope is Scope.AGENT:
        return H.c.agent == stop.name
    family = (stop.name or "").removesuffix("*")
    if family.endswith("."):
        return H.c.action_name.startswith(family, autoescape=True)
    return H.c.action_name == stop.name
