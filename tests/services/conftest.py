"""A store on each kind of database, and use cases run on it as the edges run them."""

import pytest

from tests.services.scene import Scene
from webapp.keyring import Keyring
from webapp.work import open_store, reading, unit_of_work


@pytest.fixture
def store(database_url, world):
    opened = open_store(database_url, world, Keyring("secret" * 6), database_clock=False)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def transact(store):
    """Run a use case in one transaction."""

    def run(use_case, *given, **named):
        with unit_of_work(store) as work:
            return use_case(work, *given, **named)

    return run


@pytest.fixture
def read(store):
    """Run a use case that only reads."""

    def run(use_case, *given, **named):
        with reading(store) as work:
            return use_case(work, *given, **named)

    return run


@pytest.fixture
def scene(store, world):
    """A desk at work; at the end its history must fit and every verdict must be derived again."""
    made = Scene(store, world)
    yield made
    assert made.faults() == []
