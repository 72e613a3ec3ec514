"""Fixtures for all tests: a clock, real servers, and a fresh database on each kind of engine."""

import itertools
import shutil

import pytest

from tests import servers
from tests.schema import prepare, sqlite_url
from tests.worlds import FixedWorld

numbers = itertools.count(1)


@pytest.fixture
def world() -> FixedWorld:
    """The clock and the chance of this test."""
    return FixedWorld()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server; each test process has its own, and it ends with the process."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of a Redis-compatible server; what a test leaves there, the next one finds."""
    with servers.redis() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser that Playwright can drive."""
    return str(servers.chromium())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A SQLite file with all tables and no row."""
    file = tmp_path_factory.mktemp("template") / "handrail.sqlite3"
    prepare(sqlite_url(file))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres) -> str:
    """The name of a PostgreSQL database with all tables and no row."""
    prepare(postgres.create("template_handrail"))
    return "template_handrail"


@pytest.fixture
def sqlite_database(sqlite_template, tmp_path) -> str:
    """The address of a SQLite database with all tables and no row, for this test alone."""
    file = tmp_path / "handrail.sqlite3"
    shutil.copyfile(sqlite_template, file)
    return sqlite_url(file)


@pytest.fixture
def postgres_url(postgres, postgres_template):
    """The address of a PostgreSQL database with all tables and no row, for this test alone."""
    name = f"test_{next(numbers)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """The address of a database with all tables and no row; the test runs on each engine."""
    fixtures = {"sqlite": "sqlite_database", "postgresql": "postgres_url"}
    return request.getfixturevalue(fixtures[request.param])


@pytest.fixture
def empty_database_url(database_engine, postgres, tmp_path):
    """The address of a database without tables, for migrations; runs on each engine."""
    if database_engine == "sqlite":
        yield sqlite_url(tmp_path / "empty.sqlite3")
    else:
        name = f"empty_{next(numbers)}"
        yield postgres.create(name)
        postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request) -> str:
    """The kind of database that `empty_database_url` is."""
    return request.param
