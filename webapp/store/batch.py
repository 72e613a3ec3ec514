"""Write several new rows at once: one statement, one round trip, and therefore atomic, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.exc import IntegrityError

from webapp.domain.errors import LostRace
from webapp.work import Work

NewRow = tuple[Table, Mapping[str, Any]]


def insert_rows(work: Work, rows: Sequence[NewRow]) -> None:
    """Insert all rows or none. Raises LostRace where one of them exists already."""
    try:
        if work.store.is_sqlite:
            for table, values in rows:
                work.write(insert(table), values)
        else:
            _insert_as_one(work, rows)
    except IntegrityError as error:
        raise LostRace from error


def _insert_as_one(work: Work, rows: Sequence[NewRow]) -> None:
    sql = _statement(tuple((table.name, *values) for table, values in rows))
    values = [value for _, row in rows for value in row.values()]
    if work.begun:
        work.wrote = True
        work.connection.exec_driver_sql(sql, tuple(values))
    else:
        work.write_alone(sql, values)


@lru_cache(maxsize=256)
def _statement(shape: tuple[tuple[str, ...], ...]) -> str:
    """Write the SQL for rows of these tables and columns: data-modifying CTEs, then the last insert."""
    inserts = [
        f"INSERT INTO {table} ({', '.join(_quoted(c) for c in columns)})"  # noqa: S608 — names from tables.py only
        f" VALUES ({', '.join(['%s'] * len(columns))})"
        for table, *columns in shape
    ]
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(inserts[:-1]))
    return f"WITH {ctes} {inserts[-1]}" if ctes else inserts[-1]


def _quoted(column: str) -> str:
    return f'"{column}"'
