"""Which migration the database is at, and which is the newest, without loading Alembic."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import column, inspect, select, table

from webapp.work import Work

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
APPLIED = table("alembic_version", column("version_num"))


@lru_cache(maxsize=1)
def newest() -> str:
    """Name the newest revision: migrations are files `NNNN_verb_noun.py`, in order."""
    return max(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def applied(work: Work) -> str | None:
    """Name the revision that the database is at, None before the first."""
    if not inspect(work.connection).has_table(APPLIED.name):
        return None
    row = work.row(select(APPLIED))
    return row.version_num if row else None


def is_current(work: Work) -> bool:
    """Say whether the database has every migration."""
    return applied(work) == newest()
