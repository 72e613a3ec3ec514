"""Anchors, and the events read in two orders: as they were committed, and chain by chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, func, insert, select, tuple_, type_coerce

from webapp.domain.history import FIELDS, GENESIS, Event, Payload
from webapp.store import tables
from webapp.store.engine_tables import autonomy
from webapp.store.events import SETTLED, Place
from webapp.work import Work

A, E, H, P = tables.anchors, tables.events, tables.handoffs, tables.payloads
L = autonomy
ELECTION = "handrail.anchoring"
UNREADABLE = datetime.min.replace(tzinfo=UTC)
HASHES_AT_ONCE = 1000
ENTRIES_AT_ONCE = 64  # each may bring a payload of a megabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One batch of events, bound to the batch before it; `place` is that of its last event."""

    number: int
    place: Place
    count: int
    at: datetime
    previous: str
    hash: str


BEFORE_ALL = Anchor(
    number=0,
    place=Place(xid=0, id=0),
    count=0,
    at=UNREADABLE,
    previous="",
    hash=GENESIS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An event as an anchor sees it."""

    place: Place
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a handoff's own row says, which the last event of its chain says too.

    `action` is the canonical JSON that people look at; its fingerprint is the hash of these very characters.
    """

    sequence: int
    head: str
    status: str
    revision: int
    fingerprint: str | None
    action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStanding:
    """What an agent's row says of its level, which the last change in its own chain says too."""

    sequence: int
    head: str
    level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event with its payload as stored, and with how its handoff, or its agent's level, stood just then.

    `standing` is None where that row is gone.
    """

    event: Event
    payload: Payload | None
    salt: bytes
    standing: Standing | LevelStanding | None


def elected(work: Work) -> bool:
    """Be the only one who anchors until the end of the transaction; False where another one is."""
    work.begin()
    if work.store.is_sqlite:  # its one writer
        return True
    take = func.pg_try_advisory_xact_lock(func.hashtext(ELECTION))
    return bool(work.run(select(take)).scalar_one())


def newest(work: Work) -> Anchor:
    """Give the last anchor."""
    row = work.row(select(A).order_by(A.c.number.desc()).limit(1))
    return _anchor(row) if row else BEFORE_ALL


def add(work: Work, anchor: Anchor) -> None:
    """Store the next anchor."""
    values = {"number": anchor.number, "xid": anchor.place.xid, "event_id": anchor.place.id}
    kept = {name: getattr(anchor, name) for name in ("count", "at", "previous", "hash")}
    work.write(insert(A), {**values, **kept})


def all_anchors(work: Work) -> Iterator[Anchor]:
    """Give every anchor, a page at a time."""
    number = -1
    while True:
        page = select(A).where(A.c.number > number).order_by(A.c.number).limit(HASHES_AT_ONCE)
        rows = work.run(page).all()
        yield from map(_anchor, rows)
        if len(rows) < HASHES_AT_ONCE:
            return
        number = rows[-1].number


def links(work: Work, after: Place, at_most: int) -> list[Link]:
    """Give the next settled events after a place, in the order of commits."""
    settled = [] if work.store.is_sqlite else [SETTLED]
    query = select(E.c.xid, E.c.id, E.c.hash).where(_after(after), *settled)
    rows = work.run(query.order_by(E.c.xid, E.c.id).limit(at_most))
    return [Link(place=Place(xid=row.xid, id=row.id), hash=row.hash) for row in rows]


def hashes(work: Work, after: Place, last: Place) -> Iterator[str]:
    """Give the hashes of the events after a place up to another one, a page at a time."""
    until = tuple_(E.c.xid, E.c.id) <= tuple_(last.xid, last.id)
    while True:
        query = select(E.c.xid, E.c.id, E.c.hash).where(_after(after), until)
        rows = work.run(query.order_by(E.c.xid, E.c.id).limit(HASHES_AT_ONCE)).all()
        yield from (row.hash for row in rows)
        if len(rows) < HASHES_AT_ONCE:
            return
        after = Place(xid=rows[-1].xid, id=rows[-1].id)


def count_after(work: Work, place: Place) -> int:
    """Count the events after a place, those of open transactions not among them."""
    query = select(func.count()).select_from(E).where(_after(place))
    found: int = work.run(query).scalar_one()
    return found


def entries(work: Work) -> Iterator[Entry]:
    """Give every event with its payload, chain by chain, a page at a time.

    Pages are read one after the other, not as of one instant. Each entry carries how its handoff
    stood in the same page, so the last entry of a chain and its handoff are of one instant.
    """
    handoff_id, sequence = "", 0
    while True:
        after = tuple_(E.c.handoff_id, E.c.sequence) > tuple_(handoff_id, sequence)
        rows = work.run(_entry_page().where(after)).all()
        yield from map(_entry, rows)
        if len(rows) < ENTRIES_AT_ONCE:
            return
        handoff_id, sequence = rows[-1].handoff_id, rows[-1].sequence


def without_events(work: Work) -> str | None:
    """Name a handoff, or an agent whose level has moved, of which no event is left."""
    told = select(E.c.id).where(E.c.handoff_id == H.c.id).exists()
    moved = select(E.c.id).where(E.c.handoff_id == L.c.agent_id).exists()
    handoffs = select(H.c.id).where(~told).limit(1)
    levels = select(L.c.agent_id).where(L.c.sequence > 0, ~moved).limit(1)
    found: str | None = work.run(handoffs).scalar() or work.run(levels).scalar()
    return found


def _entry_page() -> Select[Any]:
    facts = [E.c[name] for name in (*FIELDS, "hash") if name != "at"]
    # read as it is stored: a damaged instant must be reported, not raised
    at = type_coerce(E.c.at, Text).label("at")
    beside = P.c.salt, P.c.body, P.c.state, P.c.private_state
    standing = [H.c[name].label(f"its_{name}") for name in Standing.__slots__]
    level = [L.c[name].label(f"level_{name}") for name in LevelStanding.__slots__]
    of_event = (P.c.handoff_id == E.c.handoff_id) & (P.c.sequence == E.c.sequence)
    return (
        select(*facts, at, *beside, *standing, *level)
        .select_from(E)
        .outerjoin(P, of_event)
        .outerjoin(H, H.c.id == E.c.handoff_id)
        .outerjoin(L, L.c.agent_id == E.c.handoff_id)
        .order_by(E.c.handoff_id, E.c.sequence)
        .limit(ENTRIES_AT_ONCE)
    )


def _entry(row: Row[Any]) -> Entry:
    facts = {name: getattr(row, name) for name in Event.__slots__}
    parts: Sequence[bytes | None] = [
        tables.stored_bytes(part) for part in (row.salt, row.state, row.private_state)
    ]
    salt, state, private = parts
    stored = salt is not None
    return Entry(
        event=Event(**{**facts, "at": _instant(row.at)}),
        payload=Payload(body=row.body, state=state, private_state=private) if stored else None,
        salt=salt or b"",
        standing=_standing(row),
    )


def _standing(row: Row[Any]) -> Standing | LevelStanding | None:
    if row.its_head is not None:
        return Standing(**{name: getattr(row, f"its_{name}") for name in Standing.__slots__})
    if row.level_head is None:
        return None
    kept = {name: getattr(row, f"level_{name}") for name in LevelStanding.__slots__}
    return LevelStanding(**kept)


def _instant(stored: str | datetime) -> datetime:
    try:
        read = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
        return read.astimezone(UTC)
    except ValueError:
        return UNREADABLE


def _anchor(row: Row[Any]) -> Anchor:
    columns = row._mapping  # noqa: SLF001 — `count` is a method of every row
    kept = {name: columns[name] for name in ("number", "count", "at", "previous", "hash")}
    return Anchor(**kept, place=Place(xid=columns["xid"], id=columns["event_id"]))


def _after(place: Place) -> ColumnElement[bool]:
    return tuple_(E.c.xid, E.c.id) > tuple_(place.xid, place.id)
