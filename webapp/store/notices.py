"""Copies of messages about handoffs, as stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import exists, func, select, update

from webapp.domain.channel import DIGESTED
from webapp.domain.copy import Copy, Purpose, Standing
from webapp.domain.handoff import Status
from webapp.store import tables
from webapp.store.notice_tables import notices
from webapp.work import Work

N = notices
ASKS = N.c.purpose == Purpose.ASK.value
STANDS = N.c.standing.in_((Standing.NEW.value, Standing.OPEN.value))


def add(work: Work, copy: Copy) -> bool:
    """Store a new copy; False where there is one of that purpose in that channel already."""
    work.write(tables.insert_if_absent(N, _values(copy), sqlite=work.store.is_sqlite))
    return find(work, copy.id) is not None


def save(work: Work, copy: Copy, draw: int) -> bool:
    """Write a copy anew, unless it was drawn again since drawing `draw`; say whether it was written."""
    same = (N.c.id == copy.id) & (N.c.draw == draw)
    return bool(work.write(update(N).where(same).values(_values(copy))).rowcount)


def find(work: Work, copy_id: str) -> Copy | None:
    """Give one copy."""
    row = work.row(select(N).where(N.c.id == copy_id))
    return _read(row) if row else None


def of_handoff(work: Work, handoff_id: str) -> list[Copy]:
    """List the copies about a handoff, oldest first."""
    found = select(N).where(N.c.handoff_id == handoff_id).order_by(N.c.id)
    return [_read(row) for row in work.run(found)]


def first_ask_like(work: Work, channel_id: str, likeness: str) -> Copy | None:
    """Give the message that asks in a channel for handoffs alike, which others wait behind."""
    same = (N.c.channel_id == channel_id) & (N.c.likeness == likeness)
    row = work.row(select(N).where(same, ASKS, STANDS).order_by(N.c.id).limit(1))
    return _read(row) if row else None


def behind(work: Work, channel_id: str, likeness: str) -> int:
    """Count those that wait behind a message in a channel."""
    waits = N.c.standing == Standing.BEHIND.value
    same = (N.c.channel_id == channel_id) & (N.c.likeness == likeness)
    return int(work.run(select(func.count()).select_from(N).where(same, ASKS, waits)).scalar_one())


def next_behind(work: Work, channel_id: str, likeness: str) -> Copy | None:
    """Give the oldest that waits behind a message in a channel."""
    waits = N.c.standing == Standing.BEHIND.value
    same = (N.c.channel_id == channel_id) & (N.c.likeness == likeness)
    row = work.row(select(N).where(same, ASKS, waits).order_by(N.c.id).limit(1))
    return _read(row) if row else None


def standing_asks(work: Work) -> list[str]:
    """Name the handoffs that messages ask about."""
    return [row[0] for row in work.run(select(N.c.handoff_id).distinct().where(ASKS, STANDS))]


def waiting_of_low_risk(work: Work, teams: Collection[str] | None) -> int:
    """Count what of low risk waits for these teams; None means for any."""
    h, a = tables.handoffs, tables.audience
    low = h.c.risk.in_([one.value for one in DIGESTED])
    query = select(func.count()).select_from(h).where(h.c.status == Status.PENDING.value, low)
    if teams is not None:
        waits = (a.c.handoff_id == h.c.id) & a.c.team.in_(teams) & a.c.waits_until.is_not(None)
        query = query.where(exists().where(waits))
    return int(work.run(query).scalar_one())


def _values(copy: Copy) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in Copy.__slots__} | {
        "standing": copy.standing.value
    }


def _read(row: Any) -> Copy:
    values = {name: getattr(row, name) for name in Copy.__slots__}
    return Copy(**values | {"standing": Standing(row.standing)})
