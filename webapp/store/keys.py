"""Sealed signing keys."""

from __future__ import annotations

from sqlalchemy import insert, select

from webapp.store.tables import signing_keys as keys
from webapp.work import Work


def newest(work: Work) -> tuple[str, bytes] | None:
    """Give the id and the sealed bytes of the newest key."""
    row = work.row(select(keys).order_by(keys.c.kid.desc()).limit(1))
    return (row.kid, bytes(row.sealed)) if row else None


def add(work: Work, kid: str, sealed: bytes) -> None:
    """Store a new key."""
    work.write(insert(keys), {"kid": kid, "sealed": sealed, "created_at": work.now})
