"""What stands in the outbox, counted and listed along its indexes and never further than a bound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from webapp.domain.backlog import MOST_COUNTED, Due, GivenUp, Retried
from webapp.domain.message import Reach
from webapp.store import tables
from webapp.store.outbox import STANDING, given_up_of
from webapp.work import Work

BOX = tables.outbox
TRIES = BOX.c.attempt - BOX.c.forgiven


def due(work: Work, reach: Reach) -> Due:
    """Count what is due of a reach, by topic."""
    topics = _by_topic(work, _in_order(_due(work, reach)))
    return Due(reach=reach, topics=topics, oldest_at=oldest_due(work, reach))


def oldest_due(work: Work, reach: Reach) -> datetime | None:
    """Say since when the oldest message of a reach is due; None where none is."""
    found = select(BOX.c.due_at).where(_due(work, reach)).order_by(BOX.c.due_at, BOX.c.id)
    oldest: datetime | None = work.run(found.limit(1)).scalar()
    return oldest


def count_retried(work: Work, reach: Reach) -> Mapping[str, int]:
    """Count by topic what failed before, among the messages of a reach that come next."""
    return _by_topic(work, _in_order(_of(reach)), failed=True)


def retried(work: Work, reach: Reach, at_most: int) -> list[Retried]:
    """List what failed before, among the messages of a reach that come next, the soonest first."""
    soon = _in_order(_of(reach)).with_only_columns(BOX.c.id).limit(MOST_COUNTED).subquery()
    query = (
        select(BOX, TRIES.label("tries"))
        .where(BOX.c.id.in_(select(soon.c.id)), BOX.c.error.is_not(None))
        .order_by(BOX.c.due_at, BOX.c.id)
        .limit(at_most)
    )
    return [
        Retried(
            id=row.id,
            topic=row.topic,
            about=row.handoff_id,
            tries=row.tries,
            error=row.error,
            next_at=row.due_at,
        )
        for row in work.run(query)
    ]


def count_given_up(work: Work) -> Mapping[str, int]:
    """Count by topic what was given up."""
    return _by_topic(work, select(BOX).where(~STANDING).order_by(BOX.c.id))


def given_up(work: Work, at_most: int) -> list[GivenUp]:
    """List what was given up, the oldest message first."""
    query = select(BOX).where(~STANDING).order_by(BOX.c.id).limit(at_most)
    return [given_up_of(row) for row in work.run(query)]


def _of(reach: Reach) -> ColumnElement[bool]:
    return STANDING & (BOX.c.reach == reach.value)


def _due(work: Work, reach: Reach) -> ColumnElement[bool]:
    return _of(reach) & (BOX.c.due_at <= work.now)


def _in_order(found: ColumnElement[bool]) -> Select[Any]:
    return select(BOX).where(found).order_by(BOX.c.due_at, BOX.c.id)


def _by_topic(work: Work, ordered: Select[Any], *, failed: bool = False) -> Mapping[str, int]:
    """Count by topic what stands first in an order that an index keeps, and no further."""
    first = ordered.with_only_columns(BOX.c.topic, BOX.c.error).limit(MOST_COUNTED + 1).subquery()
    query = (
        select(first.c.topic, func.count().label("found"))
        .group_by(first.c.topic)
        .order_by(first.c.topic)
    )
    if failed:
        query = query.where(first.c.error.is_not(None))
    return {row.topic: row.found for row in work.run(query)}
