"""Migrations go up, down and up again, and lead to exactly the tables that the program knows."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.schema import build
from tests.worlds import FixedWorld
from webapp.keyring import Keyring
from webapp.migrate import CannotMigrate, migrate, undo
from webapp.store import revision
from webapp.work import open_store, reading

REVISIONS = sorted(file.stem[:4] for file in (revision.MIGRATIONS / "versions").glob("[0-9]*.py"))
COLUMNS = """
    select table_name, column_name, data_type, character_maximum_length, is_nullable,
        column_default, is_identity
    from information_schema.columns
    where table_schema = 'public' and table_name != 'alembic_version'
"""
CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid != 'alembic_version'::regclass
"""
INDEXES = """
    select indexdef from pg_indexes where schemaname = 'public' and tablename != 'alembic_version'
"""


@pytest.fixture
def store(empty_database_url):
    opened = open_store(empty_database_url, FixedWorld(), Keyring("secret"), database_clock=False)
    yield opened
    opened.engine.dispose()


def schema_of(url):
    """Give everything that the database says of its tables, as a set of facts."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("select sql from sqlite_master where sql is not null"))
            facts = {line for row in found for line in facts_of(row.sql)}
        else:
            connection.execute(text("create table if not exists alembic_version (v int)"))
            parts = (COLUMNS, CONSTRAINTS, INDEXES)
            facts = {tuple(row) for part in parts for row in connection.execute(text(part))}
    engine.dispose()
    return facts


def facts_of(sql):
    """Split a statement that SQLite kept into its lines, each with the table that it belongs to."""
    first, *lines = sql.splitlines()
    first = first.replace('"', "")  # as it writes the name of a table that was made anew
    if "alembic_version" in first:
        return set()
    # a column that was added later stands on the line of the one before
    lines = [
        part for line in lines for part in re.split(r", (?=[a-z_]+ [A-Z]+(?:\(|,| DEF|$))", line)
    ]
    return {re.sub(r"\s+", " ", f"{first} {line}".rstrip(", ")) for line in lines or [""]}


def is_current(store):
    with reading(store) as work:
        return revision.is_current(work)


def tables_of(store):
    return set(inspect(store.engine).get_table_names()) - {"alembic_version"}


def test_the_migrated_tables_are_those_that_the_program_knows(
    store, empty_database_url, empty_database_twin
):
    migrate(store)
    build(empty_database_twin)
    migrated, known = schema_of(empty_database_url), schema_of(empty_database_twin)
    assert migrated == known
    assert len(known) > 100


@pytest.mark.parametrize("number", REVISIONS)
def test_each_migration_can_be_undone_and_done_again(store, empty_database_url, number):
    migrate(store, number)
    after = schema_of(empty_database_url)
    undo(store, "-1")
    assert schema_of(empty_database_url) != after
    migrate(store, number)
    assert schema_of(empty_database_url) == after


def test_undoing_all_leaves_no_table(store):
    migrate(store)
    undo(store)
    assert tables_of(store) == set()


def test_a_migration_that_fails_leaves_nothing_behind(store):
    migrate(store, "0002")
    with store.engine.connect() as connection:
        connection.execute(text("create table audience (x int)"))
    with pytest.raises(CannotMigrate, match="already exists"):
        migrate(store)
    assert "handoffs" not in tables_of(store)


def test_two_processes_that_migrate_at_once_do_it_once(store):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: migrate(store), range(2)))
    assert is_current(store)


def test_a_database_is_current_only_at_the_newest_revision(store):
    assert not is_current(store)
    migrate(store, REVISIONS[-2])
    assert not is_current(store)
    migrate(store)
    assert is_current(store)


def test_the_newest_revision_is_that_of_the_last_file():
    assert revision.newest() == REVISIONS[-1]
