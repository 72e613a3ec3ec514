"""The outbox: what the worker still has to do, kept in the same database as what it is about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, update

from webapp.domain.backlog import GivenUp
from webapp.domain.message import Attempt, Hitch, Message, Reach, Topic
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.work import Work

BOX = tables.outbox
STANDING = BOX.c.given_up_at.is_(None)
# for every message, and often: what an attempt is about, keeping it, and striking it out
THIS = (BOX.c.id == bindparam("of")) & (BOX.c.attempt == bindparam("number"))
FOUND = Prepared(
    select(BOX.c.topic, BOX.c.handoff_id, BOX.c.due_at, BOX.c.version, BOX.c.error).where(
        # whoever can write to Redis can name any attempt: only one that was given out counts
        THIS,
        STANDING,
        BOX.c.leased_until.is_not(None),
    )
)
HELD = Prepared(update(BOX).where(THIS, STANDING).values(leased_until=bindparam("until")))
STRUCK = Prepared(delete(BOX).where(THIS))
FREE = or_(BOX.c.leased_until.is_(None), BOX.c.leased_until <= bindparam("now"))
NEXT = Prepared(
    select(BOX.c.due_at)
    .where(STANDING, BOX.c.reach == bindparam("of"), FREE)
    .order_by(BOX.c.due_at, BOX.c.id)
    .limit(1)
)


def lease(work: Work, reach: Reach, limit: int, until: datetime) -> list[Attempt]:
    """Take up to `limit` messages of this reach that are due and nobody has, oldest first, until `until`."""
    free = or_(BOX.c.leased_until.is_(None), BOX.c.leased_until <= work.now)
    due = (
        select(BOX.c.id)
        .where(STANDING, BOX.c.reach == reach.value, BOX.c.due_at <= work.now, free)
        .order_by(BOX.c.due_at, BOX.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # read once: in a subquery PostgreSQL might lock more than the limit
    )
    taken = (
        update(BOX)
        .where(BOX.c.id.in_(select(due.c.id)))
        .values(attempt=BOX.c.attempt + 1, leased_until=until)
        .returning(BOX.c.due_at, BOX.c.id, BOX.c.attempt)
    )
    return [Attempt(id=row.id, number=row.attempt) for row in sorted(work.write(taken))]


def release(work: Work, ids: Collection[int], until: datetime) -> None:
    """Let go of messages that are leased until exactly then."""
    ours = BOX.c.id.in_(ids) & (BOX.c.leased_until == until)
    work.write(update(BOX).where(ours).values(leased_until=None))


def find(work: Work, attempt: Attempt) -> Message | None:
    """Give the message while this is the attempt that counts."""
    row = work.ask_one(FOUND, of=attempt.id, number=attempt.number)
    if row is None:
        return None
    return Message(
        topic=Topic(row.topic),
        handoff_id=row.handoff_id,
        due_at=row.due_at,
        version=row.version,
        failed=row.error is not None,
    )


def tried(work: Work, attempt: Attempt) -> tuple[str, int] | None:
    """Give the topic of a message as it is stored, and how many attempts count against it."""
    row = work.row(select(BOX.c.topic, BOX.c.forgiven).where(_of(attempt)))
    return (row.topic, attempt.number - row.forgiven) if row else None


def hold(work: Work, attempt: Attempt, until: datetime) -> bool:
    """Keep a message until then, unless a later attempt has it; say whether this one still does."""
    return bool(work.tell(HELD, of=attempt.id, number=attempt.number, until=until).rowcount)


def remove(work: Work, attempt: Attempt) -> bool:
    """Strike out a message that is done, unless a later attempt has it; say whether this one did."""
    return bool(work.tell(STRUCK, of=attempt.id, number=attempt.number).rowcount)


def hitch(work: Work, topic: Topic, about: str) -> Hitch | None:
    """Say why such a message has not been worked off by its last try; None where there is none, or no trouble."""
    query = select(BOX.c.error, BOX.c.due_at, BOX.c.given_up_at)
    found = (BOX.c.topic == topic.value) & (BOX.c.handoff_id == about) & BOX.c.error.is_not(None)
    row = work.row(query.where(found).limit(1))
    if row is None:
        return None
    return Hitch(problem=row.error, again_at=None if row.given_up_at else row.due_at)


def is_posted(work: Work, topic: Topic, about: str) -> bool:
    """Say whether such a message is still to be worked off."""
    found = STANDING & (BOX.c.topic == topic.value) & (BOX.c.handoff_id == about)
    return work.row(select(BOX.c.id).where(found).limit(1)) is not None


def postpone(work: Work, attempt: Attempt, due_at: datetime, error: str | None) -> None:
    """Make a message due again at `due_at`, unless a later attempt has it."""
    values = {"due_at": due_at, "leased_until": None, "error": error}
    work.write(update(BOX).where(_of(attempt)).values(values))


def give_up(work: Work, attempt: Attempt, error: str) -> None:
    """Put a message aside for people to see, unless a later attempt has it."""
    values = {"given_up_at": work.now, "leased_until": None, "error": error}
    work.write(update(BOX).where(_of(attempt)).values(values))


def given_up(work: Work, message_id: int) -> GivenUp | None:
    """Give a message that was given up, None where there is none of this number, and hold it."""
    work.begin()
    query = select(BOX).where(BOX.c.id == message_id, ~STANDING).with_for_update()
    row = work.row(query)
    return given_up_of(row) if row else None


def given_up_of(row: Row[Any]) -> GivenUp:
    """Make the value of a row that was given up."""
    return GivenUp(
        id=row.id,
        topic=row.topic,
        handoff_id=row.handoff_id,
        error=row.error or "",
        tries=row.attempt - row.forgiven,
        at=row.given_up_at,
    )


def revive(work: Work, message_id: int) -> None:
    """Make a message that was given up due now, with all its attempts before it."""
    fresh = {"given_up_at": None, "due_at": work.now, "forgiven": BOX.c.attempt}
    work.write(update(BOX).where(BOX.c.id == message_id).values(fresh))


def strike(work: Work, message_id: int) -> None:
    """Strike out a message that was given up."""
    work.write(delete(BOX).where(BOX.c.id == message_id, ~STANDING))


def next_due(work: Work, reach: Reach) -> datetime | None:
    """Say when the next message of this reach that nobody has is due; None where there is none."""
    row = work.ask_one(NEXT, of=reach.value, now=work.now)
    return row.due_at if row else None


def _of(attempt: Attempt) -> ColumnElement[bool]:
    return (BOX.c.id == attempt.id) & (BOX.c.attempt == attempt.number)
