"""Who is away, as stored: one absence of a person at a time, and those of the past."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, insert, select, update

from webapp.domain.absence import Absence, Named
from webapp.domain.decision import DECIDING, Absent
from webapp.store import tables
from webapp.store.engine_tables import absences
from webapp.work import Work

A, M = absences, tables.memberships
WHO, DELEGATE = tables.users.alias("who"), tables.users.alias("delegate")
DECIDES = M.c.role.in_([role.value for role in DECIDING])


def in_force(work: Work, condition: ColumnElement[bool] | None = None) -> list[Absence]:
    """List the absences of this moment, of people whose account is not disabled."""
    return [_read(row) for row in work.run(_query(work, condition).order_by(WHO.c.email))]


def of_user(work: Work, user_id: str) -> Absence | None:
    """Give the absence of a person, None where they are there."""
    found = in_force(work, A.c.user_id == user_id)
    return found[0] if found else None


def stood_in_for(work: Work, user_id: str) -> tuple[Absent, ...]:
    """Give those in whose place a person decides now, each with the teams for which they may decide."""
    away = {one.who.id: one.who for one in in_force(work, A.c.delegate_id == user_id)}
    if not away:
        return ()
    teams: dict[str, list[str]] = {}
    roles = select(M).where(M.c.user_id.in_(away), DECIDES).order_by(M.c.team)
    for row in work.run(roles):
        teams.setdefault(row.user_id, []).append(row.team)
    return tuple(
        Absent(id=one.id, email=one.email, name=one.name, teams=tuple(teams.get(one.id, ())))
        for one in away.values()
    )


def add(work: Work, absence: Absence, by: str) -> None:
    """Store that somebody is away, in place of what was said before."""
    end(work, absence.who.id)
    values = {
        "id": absence.id,
        "user_id": absence.who.id,
        "delegate_id": absence.delegate.id if absence.delegate else None,
        "began_at": absence.began_at,
        "ends_at": absence.ends_at,
        "by": by,
    }
    work.write(insert(A), values)


def end(work: Work, user_id: str) -> bool:
    """Let somebody be back; say whether they were away."""
    found = (A.c.user_id == user_id) & A.c.ended_at.is_(None)
    was_away = of_user(work, user_id) is not None
    work.write(update(A).where(found).values(ended_at=work.now))
    return was_away


def _query(work: Work, condition: ColumnElement[bool] | None) -> Select[Any]:
    joined = A.join(WHO, WHO.c.id == A.c.user_id).outerjoin(
        DELEGATE, DELEGATE.c.id == A.c.delegate_id
    )
    columns = (
        A,
        WHO.c.email,
        WHO.c.name,
        DELEGATE.c.email.label("delegate_email"),
        DELEGATE.c.name.label("delegate_name"),
    )
    now = (A.c.ended_at.is_(None), A.c.ends_at > work.now, WHO.c.disabled_at.is_(None))
    query = select(*columns).select_from(joined).where(*now)
    return query if condition is None else query.where(condition)


def _read(row: Row[Any]) -> Absence:
    delegate = None
    if row.delegate_id:
        delegate = Named(id=row.delegate_id, email=row.delegate_email, name=row.delegate_name)
    return Absence(
        id=row.id,
        who=Named(id=row.user_id, email=row.email, name=row.name),
        delegate=delegate,
        began_at=row.began_at,
        ends_at=row.ends_at,
    )
