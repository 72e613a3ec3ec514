"""The tables of an empty database, for the templates that each test gets a copy of."""

from pathlib import Path

from sqlalchemy import create_engine

from webapp.store.tables import metadata


def build(url: str) -> None:
    """Lay the tables into the empty database at `url`."""
    engine = create_engine(url)
    metadata.create_all(engine)
    engine.dispose()


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"
