"""What people did that no handoff's history tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select

from webapp.domain.decision import Person
from webapp.domain.handoff import Actor
from webapp.store.engine_tables import acts
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that somebody did, to what, and when."""

    at: datetime
    by: str
    what: str
    about: str
    detail: str


def note(work: Work, by: Person | Actor, what: str, about: str, detail: str = "") -> None:
    """Write down what somebody does."""
    name = by.email if isinstance(by, Person) else by.name
    values = {"by": name, "what": what, "about": about, "detail": detail}
    work.write(insert(acts), {"id": work.new_id("ac"), "at": work.now, **values})


def of(work: Work, about: str, at_most: int) -> list[Act]:
    """List what was done to one thing, the newest first."""
    return _read(work, select(acts).where(acts.c.about == about), at_most)


def newest(work: Work, at_most: int) -> list[Act]:
    """List what was done last, the newest first."""
    return _read(work, select(acts), at_most)


def _read(work: Work, query: Select[Any], at_most: int) -> list[Act]:
    return [
        Act(at=row.at, by=row.by, what=row.what, about=row.about, detail=row.detail)
        for row in work.run(query.order_by(acts.c.id.desc()).limit(at_most))
    ]
