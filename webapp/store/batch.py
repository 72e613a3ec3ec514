"""Write several rows at once: one statement, one round trip, and therefore atomic, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import String, Table, bindparam, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine

from webapp.domain.errors import LostRace
from webapp.prepared import POSTGRESQL, Prepared
from webapp.store import tables
from webapp.store.tables import metadata
from webapp.work import Trust, Work

NewRow = tuple[Table, Mapping[str, Any]]
Shape = tuple[tuple[str, ...], ...]


def insert_rows(work: Work, rows: Sequence[NewRow]) -> None:
    """Insert all rows or none. Raises LostRace where one of them exists already."""
    try:
        if work.store.is_sqlite:
            _insert_each(work, rows)
        elif work.trust:
            _insert_if_true(work, work.trust, rows)
        else:
            work.write_at_once(_inserting(_shape(rows)), _values(rows))
    except IntegrityError as error:
        raise LostRace from error


def _insert_if_true(work: Work, trust: Trust, rows: Sequence[NewRow]) -> None:
    """Insert the rows where what was taken on trust is so. Raises LostRace where it is not."""
    words = _proving(trust.condition, len(trust.values), _shape(rows))
    proved = work.write_at_once(words, [*trust.values, *_values(rows)]).fetchone()[0]
    if not proved:
        raise LostRace
    work.trust = None


def update_and_insert(
    work: Work, changed: NewRow, was: Mapping[str, Any], rows: Sequence[NewRow]
) -> bool:
    """Change the one row that is as it `was` and insert the others; False where that row is not there.

    Then the transaction must not be committed: the other rows may have been inserted all the same.
    """
    table, new = changed
    words = _updating(table.name, tuple(new), tuple(was), _shape(rows))
    values = [*new.values(), *was.values(), *_values(rows)]
    return bool(work.write_at_once(words, values).fetchone()[0])


def _insert_each(work: Work, rows: Sequence[NewRow]) -> None:
    for table, values in rows:
        work.tell(_one_insert(table.name, tuple(values)), **values)


@lru_cache(maxsize=256)
def _one_insert(table: str, columns: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {column: bindparam(column) for column in columns}
    return Prepared(insert(metadata.tables[table]).values(values).inline())


def _shape(rows: Iterable[NewRow]) -> Shape:
    return tuple([(table.name, *values) for table, values in rows])


def _values(rows: Iterable[NewRow]) -> list[Any]:
    return [value for _, row in rows for value in row.values()]


@lru_cache(maxsize=256)
def _inserting(shape: Shape) -> str:
    """Write the SQL for rows of these tables and columns: data-modifying CTEs, then the last insert."""
    inserts = _inserts(shape, count(1))
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(inserts[:-1]))
    return f"WITH {ctes} {inserts[-1]}" if ctes else inserts[-1]


@lru_cache(maxsize=256)
def _updating(table: str, new: tuple[str, ...], was: tuple[str, ...], shape: Shape) -> str:
    """Write the SQL that changes one row, inserts others, and counts the changed ones."""
    places = count(1)
    changes = ", ".join(f"{_quoted(c)} = ${next(places)}" for c in new)
    found = " AND ".join(f"{_quoted(c)} = ${next(places)}" for c in was)
    moved = f"UPDATE {table} SET {changes} WHERE {found} RETURNING 1"  # noqa: S608 — names from tables.py only
    written = [moved, *_inserts(shape, places)]
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(written))
    return f"WITH {ctes} SELECT count(*) FROM w0"  # noqa: S608 — as above


@lru_cache(maxsize=256)
def _proving(condition: str, given: int, shape: Shape) -> str:
    """Write the SQL that inserts all rows where the condition holds, and counts whether it did."""
    place = count(given + 1)
    written = [f"SELECT WHERE {condition}"]
    for table, *columns in shape:
        types = [metadata.tables[table].c[column].type for column in columns]
        values = ", ".join(f"${next(place)}::{_cast(one)}" for one in types)
        names = ", ".join(map(_quoted, columns))
        written.append(f"INSERT INTO {table} ({names}) SELECT {values} FROM w0")  # noqa: S608 — names from tables.py only
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(written))
    return f"WITH {ctes} SELECT count(*) FROM w0"  # noqa: S608 — as above


def _cast(kind: TypeEngine[Any]) -> str:
    """Name a type for PostgreSQL; text of any length, since a cast to a length would cut it."""
    if isinstance(kind, String):
        return "text"
    if isinstance(kind, tables.Instant):
        return "timestamptz"
    return str(kind.compile(POSTGRESQL))


def _inserts(shape: Shape, places: Iterable[int]) -> list[str]:
    place = iter(places)
    return [
        f"INSERT INTO {table} ({', '.join(_quoted(c) for c in columns)})"  # noqa: S608 — names from tables.py only
        f" VALUES ({', '.join(f'${next(place)}' for _ in columns)})"
        for table, *columns in shape
    ]


def _quoted(column: str) -> str:
    return f'"{column}"'
