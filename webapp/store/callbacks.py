"""How telling agents went: one row for each version of a handoff that its agent was told of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from webapp.domain.callback import Callback, CallbackState
from webapp.domain.errors import LostRace
from webapp.domain.handoff import Status
from webapp.domain.message import Attempt
from webapp.prepared import Prepared
from webapp.store import outbox, tables
from webapp.store.engine_tables import callbacks
from webapp.work import Work

C, BOX = callbacks, tables.outbox
OF_VERSION = Prepared(
    select(C).where(C.c.handoff_id == bindparam("handoff"), C.c.version == bindparam("about"))
)
WRITTEN = insert(C).values({one.name: bindparam(one.name) for one in C.columns})
SAVED = Prepared(
    WRITTEN.on_conflict_do_update(
        index_elements=list(C.primary_key.columns), set_=dict(WRITTEN.excluded.items())
    )
)
STRUCK = delete(BOX).where(BOX.c.id == bindparam("message"), BOX.c.attempt == bindparam("number"))
TAKEN = Prepared(
    update(C)
    .where(C.c.handoff_id == bindparam("handoff"), C.c.version == bindparam("about"))
    .values(state=CallbackState.DELIVERED.value, next_at=None, problem=None)
    .add_cte(STRUCK.cte("struck"))
)
KEPT = (
    update(BOX)
    .where(outbox.STANDING)
    .where(BOX.c.id == bindparam("message"), BOX.c.attempt == bindparam("number"))
    .values(leased_until=bindparam("until"))
    .returning(BOX.c.id)
    .cte("kept")
)
TRY = insert(C).from_select(
    [one.name for one in C.columns],
    select(*[bindparam(one.name, type_=one.type).label(one.name) for one in C.columns]).where(
        exists().select_from(KEPT)
    ),
)
# not where another process has begun this very try, or one that was thought lost has been heard of
BEGUN = Prepared(
    TRY.on_conflict_do_update(
        index_elements=list(C.primary_key.columns),
        set_=dict(TRY.excluded.items()),
        where=(C.c.attempt < TRY.excluded.attempt) & (C.c.state != CallbackState.DELIVERED.value),
    )
)
# in words, or the partial index is not used
UNSETTLED = text("callbacks.state in ('waiting', 'given_up')")


def find(work: Work, handoff_id: str, version: int) -> Callback | None:
    """Give how telling of one version went, None before the first try."""
    row = work.ask_one(OF_VERSION, handoff=handoff_id, about=version)
    return _read(row) if row else None


def save(work: Work, callback: Callback) -> None:
    """Write how it went, in place of what was known before."""
    work.tell(SAVED, **_written(callback))


def begin(work: Work, attempt: Attempt, callback: Callback, until: datetime) -> bool:
    """Write that a try begins and keep its message until then: on PostgreSQL in one statement.

    False where this attempt counts no more. Raises LostRace where what was known of it has changed meanwhile.
    """
    if work.store.is_sqlite:
        if not outbox.hold(work, attempt, until):
            return False
        save(work, callback)
        return True
    form, values = BEGUN.postgresql, _written(callback)
    kept = {"message": attempt.id, "number": attempt.number, "until": until}
    if work.write_at_once(form.sql, form.values({**values, **kept})).rowcount:
        return True
    if outbox.find(work, attempt):
        raise LostRace
    return False


def taken(work: Work, attempt: Attempt, callback: Callback) -> None:
    """Write that the agent has taken it, and strike its message out: on PostgreSQL in one statement."""
    if work.store.is_sqlite:
        delivered = replace(callback, state=CallbackState.DELIVERED, next_at=None, problem=None)
        save(work, delivered)
        outbox.remove(work, attempt)
        return
    form = TAKEN.postgresql
    given = {"handoff": callback.handoff_id, "about": callback.version}
    struck = {"message": attempt.id, "number": attempt.number}
    work.write_at_once(form.sql, form.values({**given, **struck}))


def of_handoff(work: Work, handoff_id: str) -> list[Callback]:
    """List what the agent was told of one handoff, the newest version first."""
    query = select(C).where(C.c.handoff_id == handoff_id).order_by(C.c.version.desc())
    return [_read(row) for row in work.run(query)]


def newest(work: Work, agent_id: str, at_most: int) -> list[Callback]:
    """List what an agent was told, the last try first."""
    query = select(C).where(C.c.agent_id == agent_id).order_by(C.c.last_at.desc())
    return [_read(row) for row in work.run(query.limit(at_most))]


def dead(work: Work, agent_id: str, at_most: int, handoff_id: str | None = None) -> list[Callback]:
    """List what was given up and can be set going again, the oldest first."""
    query = _joined(agent_id).where(BOX.c.given_up_at.is_not(None))
    if handoff_id is not None:
        query = query.where(C.c.handoff_id == handoff_id)
    return [_read(row) for row in work.run(query.order_by(C.c.message_id).limit(at_most))]


def waiting(work: Work, agent_id: str) -> list[int]:
    """Give the messages that wait for their next try."""
    found = _joined(agent_id).where(BOX.c.given_up_at.is_(None))
    return [row.message_id for row in work.run(found)]


def hurry(work: Work, message_ids: Collection[int]) -> None:
    """Make messages due now that nobody works on."""
    found = BOX.c.id.in_(message_ids) & BOX.c.given_up_at.is_(None) & BOX.c.leased_until.is_(None)
    work.write(update(BOX).where(found).values(due_at=work.now))


def _joined(agent_id: str) -> Select[Any]:
    query = select(C).join(BOX, BOX.c.id == C.c.message_id)
    return query.where(C.c.agent_id == agent_id, UNSETTLED)


def _written(callback: Callback) -> dict[str, Any]:
    return asdict(callback) | {"status": callback.status.value, "state": callback.state.value}


def _read(row: Row[Any]) -> Callback:
    values = {name: getattr(row, name) for name in Callback.__slots__}
    return Callback(**{**values, "status": Status(row.status), "state": CallbackState(row.state)})
