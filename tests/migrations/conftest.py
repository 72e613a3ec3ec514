"""A second empty database beside `empty_database_url`, on the same kind of engine."""

import itertools

import pytest

from tests.schema import sqlite_url

numbers = itertools.count(1)


@pytest.fixture
def empty_database_twin(database_engine, postgres, tmp_path):
    if database_engine == "sqlite":
        yield sqlite_url(tmp_path / "twin.sqlite3")
    else:
        name = f"twin_{next(numbers)}"
        yield postgres.create(name)
        postgres.drop(name)
