"""Drafts of policies: written, proposed, published or discarded."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import insert, select, update

from webapp.domain.policy_draft import PolicyDraft
from webapp.store.engine_tables import policy_drafts
from webapp.work import Work

D = policy_drafts
NAMES = tuple(field.name for field in fields(PolicyDraft))
MOST_LISTED = 50


def add(work: Work, draft: PolicyDraft) -> None:
    """Keep a new draft."""
    work.write(insert(D), {name: getattr(draft, name) for name in NAMES})


def find(work: Work, draft_id: str, *, lock: bool = False) -> PolicyDraft | None:
    """Give a draft; with `lock` nobody else can change it until the end of the transaction."""
    query = select(D).where(D.c.id == draft_id)
    if lock:
        work.begin()
        query = query.with_for_update()
    row = work.row(query)
    return _draft(row) if row else None


def save(work: Work, draft: PolicyDraft) -> None:
    """Save a draft that was found under lock."""
    values = {name: getattr(draft, name) for name in NAMES}
    work.write(update(D).where(D.c.id == draft.id).values(values))


def open_ones(work: Work) -> list[PolicyDraft]:
    """List the drafts that something can become of yet, the last changed first."""
    found = D.c.published_as.is_(None) & D.c.discarded_at.is_(None)
    query = select(D).where(found).order_by(D.c.changed_at.desc(), D.c.id).limit(MOST_LISTED)
    return [_draft(row) for row in work.run(query)]


def _draft(row: Any) -> PolicyDraft:
    return PolicyDraft(**{name: getattr(row, name) for name in NAMES})
