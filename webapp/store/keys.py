"""Sealed signing keys."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from webapp.store.tables import signing_keys as keys
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A signing key as it is stored."""

    kid: str
    sealed: bytes
    made_at: datetime


def newest_first(work: Work) -> list[SealedKey]:
    """Give every key that is kept, the one that signs first."""
    found = work.run(select(keys).order_by(keys.c.created_at.desc(), keys.c.kid.desc()))
    return [
        SealedKey(kid=row.kid, sealed=bytes(row.sealed), made_at=row.created_at) for row in found
    ]


def add(work: Work, kid: str, sealed: bytes) -> None:
    """Store a new key."""
    work.write(insert(keys), {"kid": kid, "sealed": sealed, "created_at": work.now})


def forget(work: Work, kids: Collection[str]) -> None:
    """Forget keys, the private halves included."""
    work.write(delete(keys).where(keys.c.kid.in_(kids)))
