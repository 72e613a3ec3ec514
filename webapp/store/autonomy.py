"""The levels of autonomy that are recorded for agents, their changes in the history, and what they rest on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select, text, update

from webapp.domain.autonomy import Earned, Record, Trigger
from webapp.domain.errors import LostRace
from webapp.domain.handoff import ActorKind, Status
from webapp.domain.history import GENESIS, OF_LEVELS, Draft, EventType, bind
from webapp.domain.leveling import Change
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.store.batch import NewRow, insert_rows
from webapp.store.engine_tables import TRACK_RECORD, attempts, autonomy
from webapp.work import Work

A, E, P, H = autonomy, tables.events, tables.payloads, tables.handoffs
LEVEL = Prepared(select(A.c.level).where(A.c.agent_id == bindparam("agent_id")))
SALT_BYTES = 16
MOST_READ = 2000  # of what people decided and what went wrong: the newest
DECIDED = ("approved", "edited", "denied", "revoked")
BY_PEOPLE = ("api", "browser", "slack")  # faces at which a person looks at the case itself
LOOP = "level.loop"  # what a stopped loop is noted as
ENDED = (EventType.REPORTED.value, EventType.OVERRAN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What is recorded of an agent's autonomy; `sequence` and `head` are those of its last change in the history."""

    agent_id: str
    level: str | None = None
    since: datetime | None = None
    proposed_at: datetime | None = None
    sequence: int = 0
    head: str = GENESIS


def earned(work: Work, agent_id: str) -> Earned:
    """Read the level that an agent has earned."""
    row = work.ask_one(LEVEL, agent_id=agent_id)
    return Earned(level=row.level if row else None)


def stance(work: Work, agent_id: str) -> Stance:
    """Give what is recorded of an agent."""
    row = work.row(select(A).where(A.c.agent_id == agent_id))
    return Stance(**row._mapping) if row else Stance(agent_id=agent_id)  # noqa: SLF001


def stances(work: Work) -> dict[str, Stance]:
    """Give what is recorded, by the agent's id."""
    return {row.agent_id: Stance(**row._mapping) for row in work.run(select(A))}  # noqa: SLF001


def save(work: Work, before: Stance, after: Stance) -> None:
    """Save what is recorded of an agent. Raises LostRace where it has changed since it was read."""
    fresh = {"agent_id": before.agent_id, "head": GENESIS}
    work.write(tables.insert_if_absent(A, fresh, sqlite=work.store.is_sqlite))
    found = (A.c.agent_id == before.agent_id) & (A.c.sequence == before.sequence)
    values = {name: getattr(after, name) for name in Stance.__slots__ if name != "agent_id"}
    if work.write(update(A).where(found).values(values)).rowcount != 1:
        raise LostRace


def move(work: Work, before: Stance, level: str, draft: Draft, policy: int) -> Stance:
    """Record a change of level with the event that says so, bound to the agent's last one. Raises LostRace."""
    sequence, salt = before.sequence + 1, work.store.world.entropy(SALT_BYTES)
    facts = {
        "handoff_id": before.agent_id,
        "sequence": sequence,
        "at": work.now,
        "status": draft.type.value,
        "revision": 0,
        "fingerprint": None,
        "policy": policy,
        "previous": before.head,
    }
    digest = draft.payload.digest(salt) if draft.payload else None
    event = bind(draft, facts, digest)
    row = {name: getattr(event, name) for name in event.__slots__}
    row.update(type=event.type.value, agent_id=before.agent_id, version=0)
    rows: list[NewRow] = [(E, row)]
    if draft.payload:
        said = {"salt": salt, "body": draft.payload.body, "state": None, "private_state": None}
        rows.append((P, {"handoff_id": before.agent_id, "sequence": sequence, **said}))
    work.begin()
    insert_rows(work, rows)
    after = replace(
        before, level=level, since=work.now, proposed_at=None, sequence=sequence, head=event.hash
    )
    save(work, before, after)
    work.changed[before.agent_id] = before.agent_id
    return after


def changes(work: Work, agent_id: str, at_most: int) -> list[Change]:
    """Give the changes of an agent's level, newest first."""
    query = _changes().where(E.c.handoff_id == agent_id)
    return _read(work, query.order_by(E.c.sequence.desc()).limit(at_most))


def all_changes(work: Work) -> Iterator[Change]:
    """Give every change of a level, agent by agent, oldest first."""
    for agent_id in sorted(stances(work)):
        query = _changes().where(E.c.handoff_id == agent_id)
        yield from _read(work, query.order_by(E.c.sequence))


def record(work: Work, agent_id: str, since: datetime) -> Record:
    """Count what people decided about an agent's asks, and what went wrong, after an instant.

    Looks at the newest MOST_READ at most. What was decided in advance is one decision and not many, so it is left out.
    """
    told = _track(agent_id, since).limit(MOST_READ).subquery()
    by_people = (told.c.actor_kind == ActorKind.PERSON.value) & told.c.face.in_(BY_PEOPLE)
    against = func.max(case((told.c.type == EventType.APPROVED.value, 0), else_=1))
    cases = (
        select(told.c.handoff_id, against.label("against"))
        .where(told.c.type.in_(DECIDED), by_people)
        .group_by(told.c.handoff_id)
        .subquery()
    )
    agreed = func.coalesce(func.sum(1 - cases.c.against), 0).label("agreed")
    counts = select(func.count().label("decided"), agreed).select_from(cases)
    found = work.run(counts).one()
    ended = told.c.type.in_(ENDED) & ~_ran_after_all(told.c.handoff_id)
    wrong = ended | (told.c.type == EventType.CONTRADICTED.value)
    failed = select(func.count()).select_from(told).where(wrong)
    return Record(
        since=since,
        decided=int(found.decided),
        agreed=int(found.agreed),
        failed=int(work.run(failed).scalar_one()),
    )


def count_of(work: Work, agent_id: str, trigger: Trigger, since: datetime) -> int:
    """Count how often something happened that may cost a level, after an instant."""
    if trigger is Trigger.LOOPS:
        noted = (attempts.c.agent_id == agent_id) & (attempts.c.name == LOOP)
        query = select(attempts.c.id).where(noted, attempts.c.at > since).limit(MOST_READ)
    else:
        of_kind = {
            Trigger.FAILED: (E.c.status == Status.FAILED.value) & E.c.type.in_(ENDED)
            | (E.c.type == EventType.CONTRADICTED.value),
            Trigger.UNKNOWN: (E.c.status == Status.UNKNOWN.value)
            & E.c.type.in_(ENDED)
            & ~_ran_after_all(E.c.handoff_id),
            Trigger.DENIED: E.c.type == EventType.DENIED.value,
        }[trigger]
        query = _track(agent_id, since).where(of_kind).limit(MOST_READ)
    counted = select(func.count()).select_from(query.subquery())
    return int(work.run(counted).scalar_one())


def _ran_after_all(handoff_id: Any) -> Any:
    """Say of an outcome that nobody knew whether a person has found out that it ran: then it counts against nobody."""
    return select(H.c.id).where(H.c.id == handoff_id, H.c.settled == "ran").exists()


def note_loop(work: Work, agent_id: str, handoff_id: str) -> None:
    """Note that a loop was stopped."""
    noted = {"agent_id": agent_id, "name": LOOP, "at": work.now, "handoff_id": handoff_id}
    work.write(attempts.insert(), noted)


def _track(agent_id: str, since: datetime) -> Any:
    """Give what the index of track records holds of an agent, newest first."""
    columns = (E.c.handoff_id, E.c.type, E.c.status, E.c.actor_kind, E.c.face)
    mine = (E.c.agent_id == agent_id) & (E.c.at > since)
    # in brackets and word for word, or the partial index is not used
    return select(*columns).where(mine, text(f"({TRACK_RECORD})")).order_by(E.c.at.desc())


def _changes() -> Any:
    of_event = (P.c.handoff_id == E.c.handoff_id) & (P.c.sequence == E.c.sequence)
    known = E.c.type.in_([one.value for one in OF_LEVELS])
    return select(E, P.c.body).outerjoin(P, of_event).where(known)


def _read(work: Work, query: Any) -> list[Change]:
    return [_change(row) for row in work.run(query)]


def _change(row: Any) -> Change:
    told = json.loads(row.data)
    return Change(
        agent_id=row.handoff_id,
        sequence=row.sequence,
        type=EventType(row.type),
        at=row.at,
        by=row.actor,
        was=told["was"],
        level=told["level"],
        evidence=told["evidence"],
        reason=json.loads(row.body)["reason"] if row.body else None,
        hash=row.hash,
    )
