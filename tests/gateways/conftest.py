"""Redis that comes and goes, and wake-ups on it."""

from contextlib import contextmanager

import pytest

from tests.servers import PATIENCE
from webapp.config import embedded_redis_url, environment
from webapp.embedded import redis_program, wait_for_redis
from webapp.gateways.wakeups import Wakeups
from webapp.processes import end, spawn


class Server:
    """A Redis-compatible server at an address that stays, whether it runs or not."""

    def __init__(self, home) -> None:
        self._home = home
        self._process = None
        self.url = embedded_redis_url(home)

    def start(self) -> None:
        program = redis_program(self._home, environment())
        self._process = spawn(program, self._home / "redis.log")
        wait_for_redis(self._process, self._home)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            end(self._process, PATIENCE)


@pytest.fixture
def server(tmp_path):
    """A server that the test starts and kills."""
    (tmp_path / "log").mkdir()
    there = Server(tmp_path)
    yield there
    there.kill()


@pytest.fixture
def processes():
    """Give wake-ups as another process would have them, closed at the end."""
    made: list[Wakeups] = []

    def another(url: str) -> Wakeups:
        made.append(Wakeups(url))
        return made[-1]

    yield another
    for one in made:
        one.close()


@contextmanager
def listening(wakeups: Wakeups, *topics: str):
    """Give a waiter that has been told once to look, as each is when the subscription stands."""
    with wakeups.waiting(*topics) as waiter:
        assert waiter.wait(PATIENCE)
        yield waiter
