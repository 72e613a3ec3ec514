"""The worker as a process: it does all its parts, and ends when it is told to."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.worker.office import NOWHERE, PATIENCE, SECRET, office, until
from webapp.config import environment
from webapp.domain.handoff import Status
from webapp.store import tables
from webapp.world import RealWorld

HERE = [sys.executable, "-W", "error", "-m", "worker.main"]


@contextmanager
def worker(log, *parts: str, **settings: str):
    """Run a worker; what it says goes to the file `log`."""
    with log.open("w") as said:
        process = subprocess.Popen([*HERE, *parts], env=environment() | settings, stderr=said)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def settings(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HANDRAIL_SECRET_KEY": SECRET,
    }


@pytest.mark.parametrize("redis", ["there", "away"])
def test_a_worker_expires_notifies_anchors_and_ends_calmly(
    database_url, redis_url, redis, tmp_path
):
    log, address = tmp_path / "log", redis_url if redis == "there" else NOWHERE
    with office(database_url, redis_url, RealWorld()) as desk:
        asked = desk.ask(timedelta(seconds=1))
        with worker(log, **settings(database_url, address)) as process:
            assert until(lambda: desk.now(asked).status is Status.EXPIRED)
            assert until(lambda: desk.topics() == [])
            assert until(lambda: desk.count(tables.anchors))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    assert asked.id in log.read_text()
    assert "Traceback" not in log.read_text()


def test_the_parts_may_run_in_processes_of_their_own(sqlite_database, redis_url, tmp_path):
    given = settings(sqlite_database, redis_url)
    with office(sqlite_database, redis_url, RealWorld()) as desk:
        desk.ask()
        with (
            worker(tmp_path / "relay", "relay", **given),
            worker(tmp_path / "jobs", "jobs", **given),
        ):
            assert until(lambda: desk.topics() == ["handoff.expire"])
        assert desk.count(tables.anchors) == 0


def test_a_worker_that_cannot_start_says_what_to_do(tmp_path):
    with worker(tmp_path / "log", DATABASE_URL="mysql://no") as process:
        assert process.wait(PATIENCE) == 1
    assert "DATABASE_URL is not usable: set it to" in (tmp_path / "log").read_text()
