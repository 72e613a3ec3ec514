"""Before the infrastructure agent rotates a key, its task passes the gate."""

import threading

import desk
import infrastructure
import pytest
from ledger import Ledger

from handrail import Status
from tests.examples.conftest import EXAMPLES

DATA = EXAMPLES / "agents" / "data" / "infrastructure.jsonl"
CASES = {case["change"]: case for case in desk.read_cases(DATA, once=True, every=0)}
LACKS_CONTACT, NEEDS_A_WORD, DENIED, FIT = (
    CASES[f"C-{number}"] for number in (3302, 3308, 3311, 3326)
)


@pytest.fixture
def agent(real):
    return real.client("infra-agent")


@pytest.fixture
def courier(agent, tmp_path):
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        yield desk.Courier(client=agent, ledger=ledger, sleep=lambda _: None)


def handed_in(agent, case):
    ask = infrastructure.task_for(case)
    return agent.submit(key=ask.key, title=ask.title, kind=ask.kind, **ask.claims)


def codes(handoff):
    return [reason.code for reason in handoff.verdict.reasons]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (LACKS_CONTACT, ["task_input_missing"]),
        (NEEDS_A_WORD, ["task_touch_review"]),
        (DENIED, ["task_input_missing", "task_touch_denied"]),
        (FIT, ["task_admitted"]),
    ],
)
def test_the_gate_says_what_each_task_lacks(agent, case, expected):
    assert codes(handed_in(agent, case)) == expected


def test_only_changes_of_keys_are_tasks_first():
    kinds = {case["action"] for case in CASES.values() if infrastructure.task_for(case)}
    assert kinds == {"infra.rotate_key"}


def test_a_task_that_a_person_completed_is_what_the_change_belongs_to(real, agent, courier):
    task = handed_in(agent, LACKS_CONTACT)
    completed = {"inputs": {**task.task["inputs"], "contact": "Mara"}}
    real.decide(task, "respond", response={"task": completed})
    thread = threading.Thread(
        target=infrastructure.handle, args=(courier, LACKS_CONTACT), daemon=True
    )
    thread.start()
    change = found(agent, "change:C-3302")
    assert change.data["task_id"] == task.id
    assert "task_not_admitted" not in codes(change)
    real.decide(change, "deny", note="Not today.")
    thread.join(timeout=20)
    assert agent.get(change.id).status is Status.DENIED


def test_without_its_task_nothing_is_proposed(real, agent, courier):
    real.decide(handed_in(agent, DENIED), "deny", note="By hand, in one room.")
    infrastructure.handle(courier, DENIED)
    assert agent.find("change:C-3311") is None


def found(agent, key):
    """Wait until the agent has asked."""
    pause = threading.Event()
    for _ in range(100):
        handoff = agent.find(key)
        if handoff:
            return handoff
        pause.wait(0.1)
    raise AssertionError(key)
