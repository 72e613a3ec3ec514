"""Labels and open samples: rows that people are asked about, and what they said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from webapp.domain.handoff import Handoff, Verb
from webapp.domain.label import OVER, Label, LabelKind, Labelled
from webapp.domain.verdict import Route
from webapp.store import tables
from webapp.store.batch import NewRow, insert_rows
from webapp.store.engine_tables import labels
from webapp.store.rows import from_row
from webapp.work import Work

L, H, A = labels, tables.handoffs, tables.audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which labels to list; None means any. `before` is the handoff that the page before ended with."""

    teams: tuple[str, ...] | None = None
    kind: LabelKind | None = None
    label: Label | None = None
    is_open: bool = False
    agent: str | None = None
    action: str | None = None
    since: datetime | None = None
    before: str | None = None


def row_of(one: Labelled) -> NewRow:
    """Give the row of a label."""
    return (L, {name: _plain(getattr(one, name)) for name in Labelled.__slots__})


def add(work: Work, one: Labelled) -> None:
    """Add a label. Raises LostRace where the handoff has one already."""
    work.begin()
    insert_rows(work, [row_of(one)])


def find(work: Work, handoff_id: str) -> Labelled | None:
    """Give the label or open sample of a handoff."""
    row = work.row(select(L).where(L.c.handoff_id == handoff_id))
    return _read(row) if row else None


def of_handoffs(work: Work, handoff_ids: Collection[str]) -> dict[str, Labelled]:
    """Give the labels of several handoffs, by handoff."""
    query = select(L).where(L.c.handoff_id.in_(handoff_ids))
    return {row.handoff_id: _read(row) for row in work.run(query)}


def close(work: Work, one: Labelled) -> bool:
    """Write what a person said; False where somebody was faster."""
    values = {name: _plain(getattr(one, name)) for name in ("label", "reason", "by_id", "by", "at")}
    found = (L.c.handoff_id == one.handoff_id) & L.c.label.is_(None)
    return work.write(update(L).where(found).values(values)).rowcount == 1


def drop_open(work: Work, handoff_id: str) -> None:
    """Ask nobody about it any more: it did not run unasked after all."""
    work.write(delete(L).where(L.c.handoff_id == handoff_id, L.c.label.is_(None)))


def open_samples(work: Work, teams: Collection[str] | None, size: int) -> list[Handoff]:
    """Give what was chosen, is over and waits for a word of these teams, oldest first; None means every team."""
    query = (
        select(H)
        .join(L, L.c.handoff_id == H.c.id)
        .where(L.c.label.is_(None), H.c.status.in_([status.value for status in OVER]))
        .order_by(L.c.chosen_at, L.c.handoff_id)
        .limit(size)
    )
    if teams is not None:
        query = query.where(_concerns(H.c.id, teams))
    return [from_row(row) for row in work.run(query)]


def newest(work: Work, wanted: Wanted, size: int) -> list[Labelled]:
    """Give the labels of the newest handoffs that fit."""
    query = select(L).where(*_conditions(wanted)).order_by(L.c.handoff_id.desc()).limit(size)
    return [_read(row) for row in work.run(query)]


def _concerns(handoff_id: ColumnElement[str], teams: Collection[str]) -> ColumnElement[bool]:
    shared = select(A.c.handoff_id).where(A.c.handoff_id == handoff_id, A.c.team.in_(teams))
    return shared.exists()


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    exact = {
        L.c.kind: _plain(wanted.kind),
        L.c.label: _plain(wanted.label),
        L.c.agent: wanted.agent,
        L.c.action_name: wanted.action,
    }
    found = [column == value for column, value in exact.items() if value is not None]
    if wanted.is_open:
        found.append(L.c.label.is_(None))
    if wanted.since:
        found.append(L.c.chosen_at >= wanted.since)
    if wanted.before:
        found.append(L.c.handoff_id < wanted.before)
    if wanted.teams is not None:
        found.append(_concerns(L.c.handoff_id, wanted.teams))
    return found


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def _read(row: Any) -> Labelled:
    columns = dict(row._mapping)  # noqa: SLF001 — the documented way to read a row by name
    return Labelled(
        **{
            **columns,
            "kind": LabelKind(columns["kind"]),
            "route": Route(columns["route"]),
            "verb": Verb(columns["verb"]) if columns["verb"] else None,
            "label": Label(columns["label"]) if columns["label"] else None,
        }
    )
