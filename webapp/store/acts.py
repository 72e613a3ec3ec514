"""What people did that no handoff's history tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

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
    query = select(acts).where(acts.c.about == about).order_by(acts.c.id.desc()).limit(at_most)
    return [
        Act(at=row.at, by=row.by, what=row.what, about=row.about, detail=row.detail)
        for row in work.run(query)
    ]
