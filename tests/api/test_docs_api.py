"""docs/api.md: each of its lines of curl works, in the order in which they stand."""

import json
import re
import shlex
from pathlib import Path
from string import Template

import pytest

from tests.api.callers import Caller

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
LINES = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
SUBMIT, WAIT, REDEEM, REPORT, COME_BACK, DECIDE, TASK, LABEL, LABELS, SETTLE, AGAIN, UNDO = range(
    12
)


class Shell:
    """Do what curl would, with the variables of a shell."""

    def __init__(self, app, **variables):
        self.caller = Caller(app, None)
        self.variables = {"URL": "", **variables}

    def run(self, number):
        words = [Template(word).substitute(self.variables) for word in shlex.split(LINES[number])]
        program, url, *words = words
        assert program == "curl"
        options = list(zip(words[::2], words[1::2], strict=True))
        headers = dict(word.split(": ", 1) for option, word in options if option == "-H")
        data = next((word for option, word in options if option == "--json"), None)
        method = "GET" if data is None else "POST"
        return self.caller.call(method, url, data=data, headers=headers).json


@pytest.fixture
def shell(app, agent, ann):
    return Shell(app, KEY=agent.secret, TOKEN=ann.secret, RANDOM="17")


def test_the_lines_lead_from_the_ask_to_its_outcome(shell):
    handoff = shell.run(SUBMIT)
    shell.variables |= {"ID": handoff["id"], "FINGERPRINT": handoff["fingerprint"]}
    assert shell.run(DECIDE)["status"] == "approved"
    handoff = shell.run(WAIT)
    action = json.dumps(handoff["resume"]["action"])
    shell.variables |= {"PERMIT": handoff["permit"]["id"], "ACTION": action}
    assert shell.run(REDEEM)["status"] == "running"
    assert shell.run(REPORT)["status"] == "succeeded"
    assert shell.run(COME_BACK)["handoffs"][0]["outcome"]["detail"] == "re_8841"


def test_the_line_of_a_task_hands_it_in(shell):
    handoff = shell.run(TASK)
    assert (handoff["kind"], handoff["admitted"]) == ("task", False)


def test_the_lines_of_settling_ask_again_for_what_did_not_run(shell, agent, approved):
    agent.redeem(approved)
    agent.report(approved, "unknown")
    shell.variables |= {"LOST": approved["id"]}
    assert shell.run(SETTLE)["settled"]["ran"] is False
    again = shell.run(AGAIN)
    assert (again["status"], again["key"]) == ("pending", f"run-again:{approved['id']}")


def test_the_line_of_undoing_asks_for_what_the_policy_names(shell, agent, publish, approved):
    undo = '    undo: {action: payments.payout, args: {amount: "{amount}"}}\n    tiers: {auto: 0.95'
    publish(("    tiers: {auto: 0.95", undo))
    agent.redeem(approved)
    agent.report(approved)
    shell.variables |= {"DONE": approved["id"]}
    asked = shell.run(UNDO)
    assert (asked["action"]["name"], asked["key"]) == ("payments.payout", f"undo:{approved['id']}")


def test_there_is_no_line_that_no_test_runs():
    assert len(LINES) == UNDO + 1


def test_the_lines_of_labels_judge_what_ran_unasked(shell, agent, publish):
    publish(("    tiers: {auto: 0.95", "    audit_sample: 1\n    tiers: {auto: 0.95"))
    handoff = agent.submit("refund:1", confidence=0.99)
    agent.post(f"/handoffs/{handoff['id']}/withdraw")
    shell.variables |= {"SAMPLE": handoff["id"]}
    said = shell.run(LABEL)
    assert (said["label"], shell.run(LABELS)["labels"]) == ("wrong", [said])
