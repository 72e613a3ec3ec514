"""How an instant is written wherever a program reads it: RFC 3339 in UTC, with a Z."""

from __future__ import annotations

from datetime import datetime


def written(at: datetime) -> str:
    """Write an aware instant in UTC: `2026-11-21T09:00:00Z`."""
    return at.isoformat().replace("+00:00", "Z")
