"""The names of asks: which handoff an agent's Idempotency-Key stands for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from webapp.domain.handoff import Handoff, Kind
from webapp.store import tables
from webapp.store.batch import NewRow
from webapp.work import Work

NAMES = tables.idempotency


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What was asked first under a key."""

    handoff_id: str
    kind: Kind
    fingerprint: str | None


def find(work: Work, agent_id: str, key: str) -> Ask | None:
    """Give the ask of that name, None where there is none."""
    row = work.row(select(NAMES).where(NAMES.c.agent_id == agent_id, NAMES.c.key == key))
    if row is None:
        return None
    return Ask(handoff_id=row.handoff_id, kind=Kind(row.kind), fingerprint=row.fingerprint)


def names_of(work: Work, handoff_ids: Collection[str]) -> dict[str, str]:
    """Give the keys that handoffs were submitted under, by handoff."""
    query = select(NAMES.c.handoff_id, NAMES.c.key).where(NAMES.c.handoff_id.in_(handoff_ids))
    return {row.handoff_id: row.key for row in work.run(query)}


def row_of(handoff: Handoff, key: str) -> NewRow:
    """Give the row that keeps the name of a new handoff."""
    return (
        tables.idempotency,
        {
            "agent_id": handoff.agent_id,
            "key": key,
            "handoff_id": handoff.id,
            "kind": handoff.kind.value,
            "fingerprint": handoff.fingerprint,
        },
    )
