"""docs/callbacks.md: its receiver, its commands and its checks do what the page says."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.receiver import LOOPBACK, receiver
from tests.servers import free_port
from tests.worker.office import SECRET as DESKS_SECRET
from tests.worker.office import office, until
from tests.worker.test_callback import BOSS, NAME, leased
from tests.worlds import FixedWorld
from webapp.cli import cli
from webapp.verification import register, verify
from webapp.world import RealWorld
from worker.jobs import work_off

TEXT = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
RECEIVER, BY_HAND = range(2)
REGISTER, REDRIVE, OPENSSL, CURL = range(4)


@pytest.fixture
def desk(sqlite_database):
    now = FixedWorld(RealWorld().now())
    with office(sqlite_database, world=now, HANDRAIL_ALLOW_NETWORKS=LOOPBACK) as there:
        yield there


def approve_and_tell(desk) -> str:
    handoff = desk.approve(desk.ask())
    for attempt in leased(desk):
        work_off(desk.hands, attempt)
    return handoff.id


def bash(script: str, folder: Path, **variables: str) -> str:
    given = {**os.environ, **variables}
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=given, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def handrail(line: str, database: str, folder: Path) -> str:
    """Do what a line that begins with `handrail` says."""
    environ = {
        "HANDRAIL_HOME": str(folder),
        "HANDRAIL_SECRET_KEY": DESKS_SECRET,
        "DATABASE_URL": database,
        "REDIS_URL": "",
        "HANDRAIL_ALLOW_NETWORKS": LOOPBACK,
    }
    words = line.partition("#")[0].replace('"', "").replace("billing-agent", NAME).split()
    done = CliRunner().invoke(cli, words[1:], env=environ)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_receiver_is_registered_verified_and_told(desk, sqlite_database, tmp_path):
    run = partial(handrail, database=sqlite_database, folder=tmp_path)
    port = str(free_port())
    first, start, second = SHELL[REGISTER].strip().splitlines()
    secret = re.search(r"whsec_\S+", run(first.replace("$PORT", port)))[0]
    assert start == "SECRET=whsec_… python receiver.py &"
    (tmp_path / "receiver.py").write_text(PYTHON[RECEIVER])
    running = subprocess.Popen(
        [sys.executable, "receiver.py"],
        cwd=tmp_path,
        env={**os.environ, "SECRET": secret, "PORT": port},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert until(partial(answers, f"http://127.0.0.1:{port}/handrail"))
        assert bash(SHELL[CURL], tmp_path, PORT=port) == "401"
        assert "verified" in run(second)
        handoff = approve_and_tell(desk)
        assert running.stdout.readline() == f"handoff.approved {handoff}\n"
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def answers(url: str) -> bool:
    try:
        return httpx.post(url, content=b"{}").status_code == 401
    except httpx.TransportError:
        return False


@pytest.fixture
def post(desk):
    """What the desk has posted, and the secret that signed it."""
    with receiver() as hook:
        secret = register(desk.desk, NAME, hook.url, None, BOSS).secret
        verify(desk.desk, NAME, BOSS)
        approve_and_tell(desk)
        yield hook.events[0], secret


def test_a_signature_is_checked_by_hand(post):
    taken, secret = post
    names = {}
    exec(compile(PYTHON[BY_HAND], "docs/callbacks.md", "exec"), names)
    assert names["is_genuine"](secret, taken.headers, taken.body) is True
    assert names["is_genuine"](secret, taken.headers, taken.body + b" ") is False
    forged = {**taken.headers, "webhook-signature": "v1,é"}
    assert names["is_genuine"](secret, forged, taken.body) is False


@pytest.mark.parametrize(("more", "said"), [(b"", "genuine"), (b" ", "forged")])
def test_a_signature_is_checked_with_openssl(post, tmp_path, more, said):
    taken, secret = post
    (tmp_path / "body").write_bytes(taken.body + more)
    given = {
        "SECRET": secret,
        "ID": taken.id,
        "TIMESTAMP": taken.headers["webhook-timestamp"],
        "SIGNATURE": taken.headers["webhook-signature"],
    }
    assert bash(SHELL[OPENSSL], tmp_path, **given) == said


def test_the_lines_about_what_was_given_up_work(desk, sqlite_database, tmp_path):
    for line in SHELL[REDRIVE].strip().splitlines():
        assert handrail(line, sqlite_database, tmp_path)


def test_there_is_no_line_that_no_test_runs():
    assert (len(PYTHON), len(SHELL)) == (BY_HAND + 1, CURL + 1)
