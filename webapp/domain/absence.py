"""Absences: who is away until when, and who decides in their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_AWAY = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A person, named."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """One person away from `began_at` until `ends_at`; without a delegate nobody decides in their place."""

    id: str
    who: Named
    delegate: Named | None
    began_at: datetime
    ends_at: datetime
