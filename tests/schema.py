"""The tables of an empty database: as migrations lead to them, and as the program knows them."""

from pathlib import Path

from sqlalchemy import create_engine

from tests.worlds import FixedWorld
from webapp.keyring import Keyring
from webapp.migrate import migrate
from webapp.store import engine_tables, notice_tables
from webapp.work import open_store

# each module of tables adds its own to the same metadata, which is complete where all of them were read
MODULES = (engine_tables, notice_tables)


def prepare(url: str) -> None:
    """Migrate the empty database at `url`; each test gets a copy of the result."""
    store = open_store(url, FixedWorld(), Keyring("k" * 32), database_clock=False)
    migrate(store)
    store.engine.dispose()


def build(url: str) -> None:
    """Lay the tables as the program knows them into the empty database at `url`."""
    engine = create_engine(url)
    for module in MODULES:
        module.metadata.create_all(engine)
    engine.dispose()


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
