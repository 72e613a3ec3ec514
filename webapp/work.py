"""One transaction, one instant: the only begin, commit and rollback.

On SQLite every unit of work is BEGIN IMMEDIATE under a file lock that all processes share: one writer at a time, who
never waits in a busy loop. On PostgreSQL a unit of work begins its transaction when it first locks something; until
then it runs in autocommit, so that a submission, which is one statement and so atomic, pays no extra round trips.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, func, select
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from webapp.cooperation import connection_class
from webapp.domain.errors import HandrailError, LostRace, Unavailable
from webapp.keyring import Keyring
from webapp.prepared import Prepared, run
from webapp.world import World

WROTE_ALONE = "a unit of work that has not begun may write only once"
CLOCK = "SELECT clock_timestamp()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open database and what a unit of work needs beside it.

    `database_clock` takes the instant from PostgreSQL, so that machines whose clocks differ agree.
    `recent` is what this process read a moment ago and may take on trust (see `Trust`); `versions` are published
    policies by number, which never change. `tells` says that chats show handoffs, which must be drawn anew then.
    """

    engine: Engine
    world: World
    keyring: Keyring
    database_clock: bool
    lock: FileLock | None
    recent: dict[str, Any] = field(default_factory=dict, repr=False)
    versions: dict[int, Any] = field(default_factory=dict, repr=False)
    tells: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self.lock is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a unit of work has not read but remembered, as a condition in PostgreSQL's words.

    The one statement that writes must prove it (`write_at_once` with the condition in it). Ended in
    any other way, the unit of work counts as lost, and runs again without trust.
    """

    condition: str
    values: tuple[Any, ...]


class FileLock:
    """A lock that threads and processes share; threads queue among themselves first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock."""
        with self._threads, self._path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass(slots=True, kw_only=True)
class Work:
    """What a service works with: one transaction, one instant, fresh ids.

    `changed` collects the handoffs that moved, for waking those who wait for them after the commit,
    and `added` the new ones, which nobody can wait for yet.
    """

    connection: Connection
    store: Store
    begun: bool = False
    wrote: bool = False
    instant: datetime | None = None
    changed: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    may_trust: bool = False
    trust: Trust | None = None

    @property
    def now(self) -> datetime:
        """Give the instant of this unit of work: read once, after whatever was locked first."""
        if self.instant is None:
            self.instant = self._read_clock()
        return self.instant

    def note_instant(self, read: datetime) -> None:
        """Take the instant that a statement has read beside its rows, unless there is one already."""
        if self.instant is None and self.store.database_clock:
            self.instant = read.astimezone(UTC)

    def new_id(self, prefix: str) -> str:
        """Make a fresh sortable id."""
        return self.store.world.new_id(prefix)

    def begin(self) -> None:
        """Begin a transaction that lasts until the end of this unit of work, unless it has begun."""
        if self.trust:
            raise LostRace
        if not self.begun and self.wrote:
            raise RuntimeError(WROTE_ALONE)
        if not self.begun:
            run(self.connection, "BEGIN", ())
            self.begun = True

    def run(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Execute a statement that reads."""
        return self.connection.execute(statement, values)

    def row(self, statement: Executable) -> Row[Any] | None:
        """Give the first row that a statement finds."""
        return self.connection.execute(statement).first()

    def ask(self, prepared: Prepared, **values: Any) -> list[Any]:
        """Give all rows that a prepared statement finds."""
        form = prepared.sqlite if self.store.is_sqlite else prepared.postgresql
        found = run(self.connection, form.sql, form.values(values))
        return [form.row(row) for row in found.fetchall()]

    def ask_one(self, prepared: Prepared, **values: Any) -> Any:
        """Give the first row that a prepared statement finds, None where there is none."""
        form = prepared.sqlite if self.store.is_sqlite else prepared.postgresql
        row = run(self.connection, form.sql, form.values(values)).fetchone()
        return None if row is None else form.row(row)

    def tell(self, prepared: Prepared, **values: Any) -> Any:
        """Execute a prepared statement that writes, in a transaction, and give its cursor."""
        self.begin()
        self.wrote = True
        form = prepared.sqlite if self.store.is_sqlite else prepared.postgresql
        return run(self.connection, form.sql, form.values(values))

    def write(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Execute a statement that writes, in a transaction."""
        self.begin()
        self.wrote = True
        return self.connection.execute(statement, values)

    def write_at_once(self, sql: str, values: Sequence[Any]) -> Any:
        """Execute one statement in the driver's own words and give its cursor.

        Without a transaction it is atomic by itself, and the only one that may write.
        """
        if self.wrote and not self.begun:
            raise RuntimeError(WROTE_ALONE)
        self.wrote = True
        return run(self.connection, sql, values)

    def lock_for(self, name: str, *, shared: bool) -> None:
        """Take one of the named locks until the end of the transaction; SQLite's writer holds them all."""
        self.begin()
        if not self.store.is_sqlite:
            take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
            self.connection.execute(select(take(func.hashtext(name))))

    def _read_clock(self) -> datetime:
        if not self.store.database_clock:
            return self.store.world.now()
        read: datetime = run(self.connection, CLOCK, ()).fetchone()[0]
        return read.astimezone(UTC)


def open_store(url: str, world: World, keyring: Keyring, *, database_clock: bool) -> Store:
    """Open the database at `url` (`sqlite:///path` or `postgresql://…`); nothing is connected yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, isolation_level="AUTOCOMMIT", pool_size=32, max_overflow=96)
        event.listen(engine, "connect", _prepare_sqlite)
        lock = FileLock(Path(f"{parsed.database}.lock"))
        return Store(engine=engine, world=world, keyring=keyring, database_clock=False, lock=lock)
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_size=20,
        max_overflow=0,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s",
        },
    )
    event.listen(engine, "do_connect", _connect)
    return Store(
        engine=engine, world=world, keyring=keyring, database_clock=database_clock, lock=None
    )


@contextmanager
def unit_of_work(store: Store, *, may_trust: bool = False) -> Iterator[Work]:
    """Give a unit of work and commit it; roll back on any error but those that keep what was written.

    With `may_trust`, it raises LostRace where trust was taken and not proved: run it again without.
    """
    with _writer(store), _connected(store) as connection:
        work = Work(connection=connection, store=store, may_trust=may_trust)
        if store.is_sqlite:
            run(connection, "BEGIN IMMEDIATE", ())
            work.begun = True
        try:
            yield work
        except BaseException as error:
            _end(work, keep=isinstance(error, HandrailError) and error.keeps)
            if work.trust and isinstance(error, HandrailError):
                raise LostRace from error
            raise
        _end(work, keep=True)
        if work.trust:
            raise LostRace


@contextmanager
def reading(store: Store) -> Iterator[Work]:
    """Give a unit of work that only reads: no transaction, no lock."""
    with _connected(store) as connection:
        yield Work(connection=connection, store=store)


def _writer(store: Store) -> Any:
    return store.lock.held() if store.lock else nullcontext()


@contextmanager
def _connected(store: Store) -> Iterator[Connection]:
    """Borrow a connection; a database that is away or too busy becomes Unavailable."""
    try:
        with store.engine.connect() as connection:
            yield connection
    except (OperationalError, InterfaceError, PoolExhausted) as error:
        raise Unavailable from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable from error
        raise


def _end(work: Work, *, keep: bool) -> None:
    if not work.begun or work.connection.invalidated:
        return
    run(work.connection, "COMMIT" if keep else "ROLLBACK", ())
    work.begun = False
    if not keep:
        work.changed.clear()
        work.added.clear()


def _connect(_dialect: object, _record: object, words: Any, settings: Any) -> Any:
    """Connect to PostgreSQL in the way that suits this process."""
    return connection_class().connect(*words, **settings)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


Values = Mapping[str, Any]
