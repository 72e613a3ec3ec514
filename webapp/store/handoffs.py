"""Load handoffs and save their steps: the handoff, its event and its messages together or not at all."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, null, select, update

from webapp.domain.errors import LostRace, NotFound
from webapp.domain.handoff import Handoff, Status
from webapp.domain.history import GENESIS, Payload, bind
from webapp.domain.message import Message
from webapp.domain.step import Step
from webapp.keyring import NONCE_BYTES
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.store.batch import NewRow, insert_rows, update_and_insert
from webapp.store.rows import from_row, to_row
from webapp.work import Work

SALT_BYTES = 16
Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A payload as stored; `private_state` is decrypted, and `erased` says that it is gone for good."""

    body: Mapping[str, Any]
    state: bytes | None
    private_state: bytes | None
    erased: bool = False


H = tables.handoffs
BY_ID = Prepared(select(H).where(H.c.id == bindparam("id")))
WITH_CLOCK = Prepared(
    select(*H.c, tables.Clock().label("instant")).where(H.c.id == bindparam("id"))
)
# the clock is read above the lock: not before whoever held the row has let go of it
HELD = select(H).where(H.c.id == bindparam("id")).with_for_update().subquery()
LOCKED = Prepared(select(*HELD.c, tables.Clock().label("instant")))
WAITING = (tables.audience.name, tables.audience.c.waits_until.name)
NOBODY_WAITS = Prepared(
    update(tables.audience)
    .where(
        tables.audience.c.handoff_id == bindparam("id"),
        tables.audience.c.waits_until.is_not(None),
    )
    .values(waits_until=null())
)
NOTHING = Content(body={}, state=None, private_state=None, erased=True)


def find(work: Work, handoff_id: str, *, lock: bool = False) -> Handoff | None:
    """Give a handoff as it stands, None where there is none; `lock` holds it until the end of the transaction."""
    if not lock:
        row = work.ask_one(BY_ID, id=handoff_id)
        return from_row(row) if row else None
    work.begin()
    row = work.ask_one(LOCKED, id=handoff_id)
    if row is None:
        return None
    if row.instant is not None:
        work.note_instant(row.instant)
    return from_row(row)


def load_once(work: Work, handoff_id: str) -> Handoff:
    """Give a handoff that this unit of work saves once and at the end; raises NotFound.

    At the first attempt nothing is locked, since saving compares, and few meet at one handoff; whoever
    lost comes again and waits for the lock.
    """
    if not work.may_trust or work.begun:
        return load(work, handoff_id, lock=True)
    found = find_with_clock(work, handoff_id)
    if found is None:
        raise NotFound
    return found


def find_with_clock(work: Work, handoff_id: str) -> Handoff | None:
    """Give a handoff as it stands, None where there is none, and read the instant beside it."""
    row = work.ask_one(WITH_CLOCK, id=handoff_id)
    if row is None:
        return None
    if row.instant is not None:
        work.note_instant(row.instant)
    return from_row(row)


def load(work: Work, handoff_id: str, *, lock: bool = False) -> Handoff:
    """Give a handoff as it stands; raises NotFound."""
    found = find(work, handoff_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def some(work: Work, query: Select[Any]) -> list[Handoff]:
    """Give the handoffs that a query over the table of handoffs finds."""
    return [from_row(row) for row in work.run(query)]


def content(work: Work, handoff_id: str, sequence: int) -> Content:
    """Give what the payload of one event holds."""
    return contents(work, {(handoff_id, sequence)}).get((handoff_id, sequence), NOTHING)


def contents(work: Work, wanted: Collection[Place]) -> dict[Place, Content]:
    """Give the payloads of several events, named by handoff and sequence; erased ones are left out."""
    p = tables.payloads
    ids, sequences = {place[0] for place in wanted}, {place[1] for place in wanted}
    query = select(p).where(p.c.handoff_id.in_(ids), p.c.sequence.in_(sequences))
    found: dict[Place, Content] = {}
    for row in work.run(query):
        place = (row.handoff_id, row.sequence)
        if place in wanted:
            found[place] = read_content(work, row)
    return found


def read_content(work: Work, row: Row[Any]) -> Content:
    """Read a row of payloads."""
    private = row.private_state
    if private is not None:
        private = work.store.keyring.open(tables.stored_bytes(private) or b"", row.handoff_id)
    state = tables.stored_bytes(row.state)
    return Content(body=json.loads(row.body), state=state, private_state=private)


def add(work: Work, step: Step, beside: Sequence[NewRow] = ()) -> Handoff:
    """Save the first step of a new handoff with the rows that belong to it. Raises LostRace where a key is taken."""
    after, rows = _bound(work, step)
    new = [(tables.handoffs, to_row(after)), *rows, *_audience_rows(after), *beside]
    insert_rows(work, new)
    work.added[after.id] = after.agent_id
    return after


def advance(work: Work, step: Step) -> Handoff:
    """Save one step of a handoff that exists, unless it has moved since it was loaded. Raises LostRace."""
    before = step.before
    if before is None:
        return add(work, step)
    after, rows = _bound(work, step)
    audience, was = _audience_rows(after), _audience_rows(before)
    leaves = _teams(audience) == _teams(was) and not any(row["waits_until"] for _, row in audience)
    if not leaves and audience != was:
        work.begin()
    _move(work, before, after, rows)
    if not leaves and audience != was:
        _replace_audience(work, before, audience)
    work.changed[after.id] = after.agent_id
    return after


def _move(work: Work, before: Handoff, after: Handoff, rows: Sequence[NewRow]) -> None:
    """Write the handoff anew, insert the rows that belong to it, and let nobody wait that it left.

    Raises LostRace.
    """
    if not work.store.is_sqlite:
        was = {"id": before.id, "sequence": before.sequence}
        emptied = WAITING if before.status is not after.status else None
        if not update_and_insert(work, (H, to_row(after)), was, rows, emptied):
            raise LostRace
        return
    found = (H.c.id == before.id) & (H.c.sequence == before.sequence)
    if work.write(update(H).where(found).values(to_row(after))).rowcount != 1:
        raise LostRace
    if before.status is not after.status:
        work.tell(NOBODY_WAITS, id=before.id)
    insert_rows(work, rows)


def _replace_audience(work: Work, before: Handoff, audience: Sequence[NewRow]) -> None:
    """Write anew who may see it and who is waited for."""
    a = tables.audience
    work.write(delete(a).where(a.c.handoff_id == before.id))
    insert_rows(work, audience)


def _teams(audience: Sequence[NewRow]) -> list[str]:
    return [row["team"] for _, row in audience]


def _bound(work: Work, step: Step) -> tuple[Handoff, list[NewRow]]:
    """Bind the event of a step into the chain; give the handoff with its new head and the rows to insert."""
    after, draft = step.after, step.event
    salt = work.store.world.entropy(SALT_BYTES)
    sealed = _sealed(work, draft.payload, after.id)
    facts = {
        "handoff_id": after.id,
        "sequence": after.sequence,
        "at": work.now,
        "status": after.status.value,
        "revision": after.revision,
        "fingerprint": after.fingerprint,
        "policy": after.verdict.policy,
        "previous": step.before.head if step.before else GENESIS,
    }
    event = bind(draft, facts, sealed.digest(salt) if sealed else None)
    row = {name: getattr(event, name) for name in event.__slots__}
    row.update(type=event.type.value, agent_id=after.agent_id, version=after.version)
    rows: list[NewRow] = [(tables.events, row)]
    if sealed:
        rows.append((tables.payloads, _payload_row(after, sealed, salt)))
    rows.extend((tables.outbox, message_row(message)) for message in step.messages)
    return replace(after, head=event.hash), rows


def _sealed(work: Work, payload: Payload | None, handoff_id: str) -> Payload | None:
    """Encrypt the private state: it is for the agent alone."""
    if payload is None or payload.private_state is None:
        return payload
    nonce = work.store.world.entropy(NONCE_BYTES)
    sealed = work.store.keyring.seal(payload.private_state, nonce, handoff_id)
    return replace(payload, private_state=sealed)


def _payload_row(after: Handoff, payload: Payload, salt: bytes) -> dict[str, Any]:
    return {
        "handoff_id": after.id,
        "sequence": after.sequence,
        "salt": salt,
        "body": payload.body,
        "state": payload.state,
        "private_state": payload.private_state,
    }


def message_row(message: Message) -> dict[str, Any]:
    """Give the outbox row of a message."""
    return {
        "topic": message.topic.value,
        "reach": message.topic.reach.value,
        "handoff_id": message.handoff_id,
        "due_at": message.due_at,
        "version": message.version,
    }


def post(work: Work, message: Message) -> None:
    """Post a message that belongs to no step."""
    work.write(insert(tables.outbox), message_row(message))


def _audience_rows(handoff: Handoff) -> list[NewRow]:
    """Say who may see it, and which teams' approvers it waits for and until when."""
    deciding = handoff.teams
    until = handoff.deadline_at if handoff.status is Status.PENDING else None
    return [
        (
            tables.audience,
            {
                "team": team,
                "handoff_id": handoff.id,
                "waits_until": until if team in deciding else None,
            },
        )
        for team in dict.fromkeys((handoff.owner, *deciding))
    ]
