"""Write several rows at once: one statement, one round trip, and therefore atomic, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any

from sqlalchemy import String, Table, bindparam, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine

from webapp.domain.errors import LostRace
from webapp.prepared import POSTGRESQL, Prepared
from webapp.store import tables
from webapp.store.engine_tables import EVERY_TABLE
from webapp.work import Trust, Work

NewRow = tuple[Table, Mapping[str, Any]]
Shape = tuple[tuple[str, ...], ...]
Emptied = tuple[str, str]  # a table and the column that is emptied in the rows of this handoff


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
    work: Work,
    changed: NewRow,
    was: Mapping[str, Any],
    rows: Sequence[NewRow],
    emptied: Emptied | None = None,
) -> bool:
    """Change the one row that is as it `was`, insert the others, and empty what is named, all at once.

    Give False, and change nothing, where no row is as it was.
    """
    table, new = changed
    words = _updating(table.name, tuple(new), tuple(was), _shape(rows), emptied)
    values = [*new.values(), *was.values(), *_values(rows)]
    return bool(work.write_at_once(words, values).fetchone()[0])


def _insert_each(work: Work, rows: Sequence[NewRow]) -> None:
    for table, values in rows:
        work.tell(_one_insert(table.name, tuple(values)), **values)


@lru_cache(maxsize=256)
def _one_insert(table: str, columns: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {column: bindparam(column) for column in columns}
    return Prepared(insert(EVERY_TABLE.tables[table]).values(values).inline())


def _shape(rows: Iterable[NewRow]) -> Shape:
    return tuple([(table.name, *values) for table, values in rows])


def _values(rows: Iterable[NewRow]) -> list[Any]:
    return [value for _, row in rows for value in row.values()]


@lru_cache(maxsize=256)
def _inserting(shape: Shape) -> str:
    """Write the SQL for rows of these tables and columns: data-modifying CTEs, then the last insert."""
    place = count(1)
    inserts = [
        f"INSERT INTO {table} ({', '.join(map(_quoted, columns))})"  # noqa: S608 — names from tables.py only
        f" VALUES ({', '.join(f'${next(place)}' for _ in columns)})"
        for table, *columns in shape
    ]
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(inserts[:-1]))
    return f"WITH {ctes} {inserts[-1]}" if ctes else inserts[-1]


@lru_cache(maxsize=256)
def _updating(
    table: str, new: tuple[str, ...], was: tuple[str, ...], shape: Shape, emptied: Emptied | None
) -> str:
    """Write the SQL that changes one row and, where it did, inserts and empties others."""
    place = count(1)
    changes = ", ".join(f"{_quoted(column)} = ${next(place)}" for column in new)
    first = next(place)
    as_it_was = zip(was, range(first, first + len(was)), strict=True)
    found = " AND ".join(f"{_quoted(column)} = ${number}" for column, number in as_it_was)
    moved = f"UPDATE {table} SET {changes} WHERE {found} RETURNING 1"  # noqa: S608 — names from tables.py only
    written = [moved, *_guarded(shape, count(first + len(was)))]
    if emptied:
        words = f"UPDATE {emptied[0]} SET {_quoted(emptied[1])} = NULL"  # noqa: S608 — as above
        rows = f"handoff_id = ${first}::text AND {_quoted(emptied[1])} IS NOT NULL"
        written.append(f"{words} WHERE {rows} AND EXISTS (SELECT FROM w0)")
    return _counted(written)


@lru_cache(maxsize=256)
def _proving(condition: str, given: int, shape: Shape) -> str:
    """Write the SQL that inserts all rows where the condition holds, and counts whether it did."""
    return _counted([f"SELECT WHERE {condition}", *_guarded(shape, count(given + 1))])


def _counted(written: Sequence[str]) -> str:
    ctes = ", ".join(f"w{n} AS ({one})" for n, one in enumerate(written))
    return f"WITH {ctes} SELECT count(*) FROM w0"  # noqa: S608 — names from tables.py only


def _guarded(shape: Shape, place: Iterator[int]) -> Iterator[str]:
    """Write inserts that happen only where `w0` found something."""
    for table, *columns in shape:
        types = [EVERY_TABLE.tables[table].c[column].type for column in columns]
        values = ", ".join(f"${next(place)}::{_cast(one)}" for one in types)
        names = ", ".join(map(_quoted, columns))
        yield f"INSERT INTO {table} ({names}) SELECT {values} FROM w0"  # noqa: S608 — names from tables.py only


def _cast(kind: TypeEngine[Any]) -> str:
    """Name a type for PostgreSQL; text of any length, since a cast to a length would cut it."""
    if isinstance(kind, String):
        return "text"
    if isinstance(kind, tables.Instant):
        return "timestamptz"
    return str(kind.compile(POSTGRESQL))


def _quoted(column: str) -> str:
    return f'"{column}"'
