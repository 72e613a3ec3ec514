"""Statements that are run all the time: composed once, compiled once, run on the driver itself.

SQLAlchemy composes and compiles them and says how values are written and read. Running them goes
past its engine, which costs three times as much as the driver for a row that is found by its key.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql
from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
CURSOR = "handrail.cursor"
POSTGRESQL: Dialect = postgresql(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
SQLITE: Dialect = sqlite()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A statement as one driver takes it.

    `names` are its parameters in order, `fixed` those that the statement itself gives, `writes` how
    some are written, and `reads` how columns, by their place, are read; `make` makes a row of them.
    """

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    writes: Mapping[str, Convert]
    reads: tuple[tuple[int, Convert], ...]
    make: Callable[[Sequence[Any]], NamedTuple]

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Put values in the order of the statement."""
        known = {**self.fixed, **given} if self.fixed else given
        if not self.writes:
            return tuple([known[name] for name in self.names])
        writes = self.writes
        return tuple(
            [writes[name](known[name]) if name in writes else known[name] for name in self.names]
        )

    def row(self, found: Sequence[Any]) -> Any:
        """Make a row of what the driver found."""
        if self.reads:
            read = list(found)
            for place, convert in self.reads:
                read[place] = convert(read[place])
            found = read
        return self.make(found)


class Prepared:
    """One statement with named parameters, in the form of each database."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement

    @cached_property
    def postgresql(self) -> Form:
        """Give the form with `$1`, which psycopg sends as it is and PostgreSQL keeps prepared."""
        return self._form(POSTGRESQL)

    @cached_property
    def sqlite(self) -> Form:
        """Give the form with `?`."""
        return self._form(SQLITE)

    def _form(self, dialect: Dialect) -> Form:
        compiled = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        columns = getattr(self._statement, "selected_columns", ())
        readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024
        return Form(
            sql=str(compiled),
            names=tuple(compiled.positiontup or ()),
            fixed={n: one.value for n, one in compiled.binds.items() if not one.required},
            writes=_writers(compiled, dialect),
            reads=tuple((place, read) for place, read in enumerate(readers) if read),
            make=row._make,
        )


def _writers(compiled: SQLCompiler, dialect: Dialect) -> dict[str, Convert]:
    found = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
        for name, parameter in compiled.binds.items()
    }
    return {name: write for name, write in found.items() if write}


def run(connection: Connection, sql: str, values: Sequence[Any]) -> Any:
    """Execute on the driver and give its cursor; errors are those that SQLAlchemy raises."""
    raw: Any = connection.connection.driver_connection
    try:
        if isinstance(raw, sqlite3.Connection):
            return raw.execute(sql, values)
        cursor = connection.info.get(CURSOR)
        if cursor is None:
            cursor = connection.info[CURSOR] = psycopg.RawCursor(raw)
        return cursor.execute(sql, values)
    except (psycopg.Error, sqlite3.Error) as error:
        raise _failed(connection, sql, error) from error


def _failed(connection: Connection, sql: str, error: Any) -> BaseException:
    """Say it as SQLAlchemy does, and do away with a connection that is lost."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate()
    kind = dialect.loaded_dbapi.Error
    found: BaseException = DBAPIError.instance(
        sql,
        None,
        error,
        kind,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    return found
