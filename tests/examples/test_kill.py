"""The sample agents survive kill -9 at any moment: they ask nothing twice and do nothing twice."""

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress

import pytest
import refunds

from tests.examples.conftest import EXAMPLES

PROGRAM = EXAMPLES / "agents" / "refunds.py"
KILLS = range(2, 46, 4)
NEVER = 1_000_000
PATIENCE = 60_000  # milliseconds

pytestmark = pytest.mark.fault


@pytest.fixture
def cases(tmp_path):
    """Give a file of 24 cases, some of which run unasked, some not."""
    data = (EXAMPLES / "agents" / "data" / "refunds.jsonl").read_text().splitlines()[20:44]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(data))
    return path


@pytest.fixture
def start(real, cases, tmp_path):
    """Give a function that starts the agent, and kills it when its ledger has that many lines."""
    ledger = tmp_path / "ledger"

    def grown():
        return len(ledger.read_bytes().splitlines()) if ledger.exists() else 0

    with real.served() as url:
        environ = {"HANDRAIL_URL": url, "HANDRAIL_KEY": real.key("billing-agent")}
        options = ["--data", cases, "--ledger", ledger, "--pace", "0", "--once"]
        command = [sys.executable, PROGRAM, *options]

        def run(until):
            with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
                for _ in range(PATIENCE):
                    if process.poll() is not None or grown() >= until:
                        break
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(0.001)
                process.kill()
            return process.returncode

        yield run


@pytest.fixture
def approver(real):
    """Approve whatever comes, in the background, until the test ends."""
    done = threading.Event()

    def approve():
        agent = real.client()
        while not done.wait(0.02):
            for handoff in agent.list(status="pending"):
                real.decide(handoff, "approve")

    thread = threading.Thread(target=approve)
    thread.start()
    yield
    done.set()
    thread.join()


def test_killed_again_and_again_it_asks_and_acts_once(real, start, approver, cases, tmp_path):
    assert [start(lines) for lines in KILLS] == [-signal.SIGKILL] * len(KILLS)
    assert start(NEVER) == 0
    lines = [json.loads(line) for line in (tmp_path / "ledger").read_text().splitlines()]
    did = Counter(line["done"] for line in lines if "done" in line)
    keys = [refunds.key_of(json.loads(line)) for line in cases.read_text().splitlines()]
    ended = {handoff.key: handoff.status for handoff in real.client().list()}
    assert Counter(handoff.key for handoff in real.client().list()) == Counter(keys)
    assert set(did.values()) == {1}
    assert set(ended.values()) <= {"succeeded", "unknown", "blocked"}
    assert {key for key, status in ended.items() if status == "succeeded"} == set(did)
    assert {line["closed"] for line in lines if "closed" in line} == set(keys)
