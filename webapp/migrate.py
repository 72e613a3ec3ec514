"""Bring the database's tables up to date, one process at a time and wholly or not at all."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from webapp.domain.errors import HandrailError
from webapp.store.revision import MIGRATIONS
from webapp.work import Store, Work, unit_of_work

LOCK = "handrail.migrations"
HEAD, NOTHING = "head", "base"
WAIT_FOR_ANOTHER = "120s"  # for a process that migrates at this moment
WAIT_FOR_TABLE = "5s"  # then it gives up, so that it does not hold up everybody else
LONGEST_STATEMENT = "10min"


class CannotMigrate(HandrailError):
    """The database could not be brought up to date; nothing was changed."""

    code = "cannot_migrate"


def migrate(store: Store, target: str = HEAD) -> None:
    """Upgrade to the revision `target`, unless that is done. Raises CannotMigrate."""
    _run(store, command.upgrade, target)


def undo(store: Store, target: str = NOTHING) -> None:
    """Downgrade to the revision `target`. Raises CannotMigrate."""
    _run(store, command.downgrade, target)


def _run(store: Store, move: Callable[[Config, str], None], target: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with unit_of_work(store) as work:
        config.attributes["connection"] = work.connection
        try:
            _wait_for_turn(work)
            move(config, target)
        except DBAPIError as error:
            message = f"Migrating failed, and nothing was changed: {error.orig}"
            raise CannotMigrate(message) from error


def _wait_for_turn(work: Work) -> None:
    """Let no other process migrate until the end of this transaction."""
    work.begin()
    # Alembic begins no transaction of its own on a connection that has been used in one
    work.connection.exec_driver_sql("SELECT 1")
    if work.store.is_sqlite:
        return
    _allow(work, lock=WAIT_FOR_ANOTHER, statement=WAIT_FOR_ANOTHER)
    work.lock_for(LOCK, shared=False)
    _allow(work, lock=WAIT_FOR_TABLE, statement=LONGEST_STATEMENT)


def _allow(work: Work, *, lock: str, statement: str) -> None:
    for name, length in (("lock_timeout", lock), ("statement_timeout", statement)):
        work.connection.exec_driver_sql(f"SET LOCAL {name} = '{length}'")
