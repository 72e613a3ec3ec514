"""docs/executors.md: the tool and the policy of its ten minutes do what the page says."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.makers import submission
from tests.servers import free_port
from tests.worker.bench import a_bench
from tests.worker.office import ANA, until
from webapp.domain.action import Action
from webapp.domain.decision import as_shown
from webapp.domain.handoff import Status, Verb
from webapp.services.decide import decide
from webapp.services.submit import submit
from webapp.services.undo import undo

TEXT = (Path(__file__).parents[2] / "docs" / "executors.md").read_text(encoding="utf-8")
TEN_MINUTES = TEXT.partition("## In ten minutes")[2].partition("## What is promised")[0]
(TOOL,) = re.findall(r"```python\n(.*?)```", TEN_MINUTES, re.DOTALL)
(POLICY,) = re.findall(r"```yaml\n(.*?)```", TEN_MINUTES, re.DOTALL)
SET_UP, _, BEHIND = re.findall(r"```sh\n(.*?)```", TEN_MINUTES, re.DOTALL)
SECRET = re.search(r"printf (\w+) >secrets/(\w+)", SET_UP)


@pytest.fixture
def port(tmp_path):
    """The page's tool at work."""
    number = str(free_port())
    file = tmp_path / "tool.py"
    file.write_text(TOOL)
    environ = {**os.environ, "PORT": number}
    with subprocess.Popen(
        [sys.executable, str(file)], env=environ, stderr=subprocess.DEVNULL
    ) as at:
        assert until(partial(answers, f"http://127.0.0.1:{number}/plans/x"))
        yield number
        at.terminate()


def answers(url):
    try:
        return httpx.get(url).status_code
    except httpx.TransportError:
        return None


@pytest.fixture
def bench(sqlite_database, tmp_path, port):
    with a_bench(sqlite_database, tmp_path) as made:
        (tmp_path / SECRET[2]).write_text(SECRET[1])
        text = POLICY.replace("8765", port).replace("billing-agent", "refunder")
        made.publish(text=text.replace("{", "{{").replace("}", "}}"))
        yield made


def asked(bench, plan):
    """Have an agent ask, and Handrail look how things stand."""
    wish = submission(Action(name="plans.cancel", args={"plan": plan}))
    known = bench.office.known()
    made = bench.desk.transact(lambda work: submit(work, known, plan, wish)).handoff
    return bench.run(made)


def approve(bench, handoff):
    said = as_shown(handoff, Verb.APPROVE)
    bench.desk.transact(lambda work: decide(work, handoff.id, said, ANA))
    for _ in range(3):  # it runs, and is looked at
        bench.turn()
        bench.world.pass_time(seconds=2)
    return bench.office.now(handoff)


def state(port, plan):
    return httpx.get(f"http://127.0.0.1:{port}/plans/{plan}").json()["state"]


def test_what_is_approved_is_run_and_verified_and_can_be_undone(bench, port):
    ran = approve(bench, asked(bench, "plan-7"))
    assert (ran.status, ran.verified.holds, state(port, "plan-7")) == (
        Status.SUCCEEDED,
        True,
        "cancelled",
    )
    back = bench.desk.transact(lambda work: undo(work, ran.id, ANA)).handoff
    assert (back.action.name, back.action.args) == ("plans.restore", {"plan": "plan-7"})


def test_what_was_changed_behind_handrails_back_does_not_run(bench, port):
    seen = asked(bench, "plan-8")
    script = BEHIND.replace("8765", port)
    subprocess.run(["bash", "-euc", script], check=True, capture_output=True)
    assert state(port, "plan-8") == "cancelled"
    assert approve(bench, seen).status is Status.PENDING
