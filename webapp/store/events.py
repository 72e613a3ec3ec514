"""Read the append-only events: of one handoff, or as a stream that loses nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, and_, or_, select, text

from webapp.domain.history import OF_LEVELS, Event, EventType
from webapp.store.tables import events as E  # noqa: N812 — the table's initial, as in its neighbours
from webapp.work import Work

# Committed and final: no transaction that is still open can add an event before this point.
SETTLED = text("xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
# an agent must not learn what people look at afterwards, and how people are told is none of its business
UNTOLD = (EventType.LABELLED.value, EventType.NOTICE_FAILED.value)
WRITTEN = re.compile(r"1-([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the stream, written `1-<xid>-<id>`; the leading 1 is the version of that form."""

    xid: int
    id: int

    def __str__(self) -> str:
        return f"1-{self.xid}-{self.id}"

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Read what `str` gave; None where it is something else."""
        match = WRITTEN.fullmatch(written)
        if match is None or max(int(match[1]), int(match[2])) >= 1 << 63:
            return None
        return cls(xid=int(match[1]), id=int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event as a stream tells it: what moved, not what it holds.

    `level` is the level that the agent stands at from then on, where that is what moved.
    """

    place: Place
    handoff_id: str
    type: str
    status: str
    revision: int
    version: int
    at: datetime
    level: str | None = None


def of_agent_after(work: Work, agent_id: str, place: Place, at_most: int) -> list[Happened]:
    """Give an agent's events after a place, in the order of the stream."""
    query = (
        select(E)
        .where(E.c.agent_id == agent_id, E.c.type.not_in(UNTOLD), _after(place), *_settled(work))
        .order_by(E.c.xid, E.c.id)
        .limit(at_most)
    )
    return [
        Happened(
            place=Place(xid=row.xid, id=row.id),
            handoff_id=row.handoff_id,
            type=row.type,
            status=row.status,
            revision=row.revision,
            version=row.version,
            at=row.at,
            level=json.loads(row.data)["level"] if row.type in OF_LEVELS else None,
        )
        for row in work.run(query)
    ]


def newest_place(work: Work) -> Place:
    """Give the place of the newest event that is settled."""
    query = select(E.c.xid, E.c.id).where(*_settled(work))
    row = work.row(query.order_by(E.c.xid.desc(), E.c.id.desc()).limit(1))
    return Place(xid=row.xid, id=row.id) if row else Place(xid=0, id=0)


def of_handoff(work: Work, handoff_id: str) -> list[Event]:
    """Give the whole chain of one handoff."""
    query = select(E).where(E.c.handoff_id == handoff_id).order_by(E.c.sequence)
    return [event_of(row) for row in work.run(query)]


def event_of(row: Row[Any]) -> Event:
    """Read an event from its row."""
    columns = row._mapping  # noqa: SLF001 — the documented way to read a row by name
    facts = {name: columns[name] for name in Event.__slots__}
    return Event(**{**facts, "type": EventType(facts["type"])})


def _after(place: Place) -> ColumnElement[bool]:
    return or_(E.c.xid > place.xid, and_(E.c.xid == place.xid, E.c.id > place.id))


def _settled(work: Work) -> list[Any]:
    return [] if work.store.is_sqlite else [SETTLED]
