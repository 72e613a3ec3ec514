"""Attempts: what agents did that may turn out to be a loop, each with its instant, so that windows slide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, func, insert, select

from webapp.domain.handoff import Status
from webapp.store import tables
from webapp.store.engine_tables import attempts
from webapp.store.rows import CONTRADICTED
from webapp.work import Work

A, H = attempts, tables.handoffs


def note(work: Work, agent_id: str, names: Iterable[str], handoff_id: str | None = None) -> None:
    """Note that an agent did what these names stand for."""
    usual = {"agent_id": agent_id, "at": work.now, "handoff_id": handoff_id}
    rows = [{"name": name, **usual} for name in names]
    if rows:
        work.write(insert(A).values(rows))


def count(work: Work, agent_id: str, name: str, after: datetime, at_most: int) -> int:
    """Count how often since `after`, up to `at_most`."""
    found = select(A.c.id).where(_is(agent_id, name, after)).limit(at_most)
    return len(work.run(found).all())


def handoffs(
    work: Work, agent_id: str, name: str, after: datetime, but: str, at_most: int
) -> list[str]:
    """Name the handoffs noted so since `after`, without `but`, newest first."""
    found = (
        select(A.c.handoff_id)
        .where(_is(agent_id, name, after), A.c.handoff_id != but)
        .group_by(A.c.handoff_id)
        .order_by(func.max(A.c.id).desc())
        .limit(at_most)
    )
    return [row.handoff_id for row in work.run(found)]


def endings(
    work: Work, agent_id: str, name: str, after: datetime, at_most: int
) -> list[tuple[str, Status]]:
    """Name the handoffs noted so since `after`, and say how each stands now, newest first.

    What is contradicted has failed, whatever was reported.
    """
    wrong = H.c.verified == CONTRADICTED
    ended = case((wrong, Status.FAILED.value), else_=H.c.status).label("ended")
    found = (
        select(H.c.id, ended)
        .select_from(A.join(H, A.c.handoff_id == H.c.id))
        .where(_is(agent_id, name, after))
        .order_by(A.c.id.desc())
        .limit(at_most)
    )
    return [(row.id, Status(row.ended)) for row in work.run(found)]


def forget(work: Work, agent_id: str, names: Iterable[str]) -> None:
    """Forget what an agent did under these names."""
    work.write(delete(A).where(A.c.agent_id == agent_id, A.c.name.in_(list(names))))


def prune(work: Work, before: datetime) -> int:
    """Forget what is older than `before`; say how much it was."""
    return work.write(delete(A).where(A.c.at < before)).rowcount


def _is(agent_id: str, name: str, after: datetime) -> ColumnElement[bool]:
    return (A.c.agent_id == agent_id) & (A.c.name == name) & (A.c.at > after)
