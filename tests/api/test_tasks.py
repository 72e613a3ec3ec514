"""Tasks over the API: what goes in, what comes out, and how people complete them."""

import pytest

from tests.api.callers import ASK
from webapp.domain.decision import Role

TASKS = """
tasks:
  support.ticket:
    inputs: {type: object, required: [ticket], properties: {ticket: {type: string}}}
    touches: {allow: ["orders/*"], deny: ["payments/*"]}
    approvals: {from: [support]}
unknown_action: review
"""
TASK = {
    "type": "support.ticket",
    "goal": "Close ticket T-42",
    "inputs": {"ticket": "T-42"},
    "acceptance": ["its status is closed"],
    "touches": ["orders/8841"],
}
ERRAND = {"kind": "task", "title": "Ticket T-42", "task": TASK}


@pytest.fixture
def gated(publish, agent):
    """An agent under a policy with a type of task."""
    publish(("\nunknown_action: review\n", TASKS))
    return agent


@pytest.fixture
def sue(add_person):
    return add_person("sue", Role.APPROVER, "support")


def hand_in(agent, key="ticket:42", **changes):
    answer = agent.post("/handoffs", {**ERRAND, "task": {**TASK, **changes}}, key=key)
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_fit_task_is_answered_at_once_with_its_own_id_as_task_id(gated):
    done = hand_in(gated)
    assert (done["status"], done["admitted"], done["task_id"]) == ("answered", True, done["id"])
    assert (done["task"], done["permit"]) == (TASK, None)
    assert "task_id" in done["resume"]["instruction"]
    assert [one["code"] for one in done["verdict"]["reasons"]] == ["task_admitted"]
    assert gated.read(done) == done


def test_what_is_lacking_is_told_with_property_and_place(gated):
    handoff = hand_in(gated, inputs={}, acceptance="")
    assert (handoff["status"], handoff["admitted"]) == ("pending", False)
    assert "task_id" not in handoff
    found = {one["pointer"]: one["property"] for one in handoff["verdict"]["reasons"]}
    assert found == {"/task/inputs/ticket": "complete", "/task/acceptance": "verifiable"}


def test_a_person_completes_it_with_a_token(gated, sue):
    handoff = hand_in(gated, inputs={})
    answer = sue.decide(handoff, "respond", response={"task": {"inputs": {"ticket": "T-42"}}})
    assert answer.status_code == 200, answer.text
    now = gated.read(handoff)
    assert (now["admitted"], now["task_id"]) == (True, handoff["id"])
    assert now["resume"]["response"] == {"task": TASK}
    assert now["resume"]["from"]["name"] == "sue@desk.test"


def test_what_a_person_leaves_out_is_told_by_pointer(gated, sue):
    handoff = hand_in(gated, inputs={})
    answer = sue.decide(handoff, "respond", response={"task": {"touches": ["payments/1"]}})
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json["errors"]} == {
        "/response/task/inputs/ticket",
        "/response/task/touches/0",
    }


def test_a_task_is_revised_like_anything_else(gated):
    handoff = hand_in(gated, inputs={})
    answer = gated.post(f"/handoffs/{handoff['id']}/revisions", {"task": TASK})
    assert (answer.status_code, answer.json["admitted"]) == (200, True)


def test_only_the_goal_must_be_said(agent):
    answer = agent.post("/handoffs", {**ERRAND, "task": {"goal": "Close it"}}, key="a")
    assert answer.status_code == 201
    assert answer.json["task"]["type"] == "*"
    assert answer.json["verdict"]["reasons"][0]["code"] == "unknown_task"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"task": None}, "/task"),
        ({"task": {}}, "/task/goal"),
        ({"task": {"goal": " "}}, "/task/goal"),
        ({"task": {**TASK, "type": "Not a name"}}, "/task/type"),
        ({"task": {**TASK, "touches": "orders/1"}}, "/task/touches"),
        ({"task": {**TASK, "acceptance": [1]}}, "/task/acceptance/0"),
        ({"task": {**TASK, "colour": "red"}}, "/task/colour"),
        ({"action": ASK["action"]}, "/action"),
        ({"task_id": "ho_1"}, "/task_id"),
        ({"interpretations": [{"id": "a", "text": "A"}]}, "/interpretations"),
        ({"allowed_decisions": ["approve"]}, "/allowed_decisions/0"),
    ],
)
def test_a_task_that_has_not_its_form_is_refused_by_pointer(agent, changes, pointer):
    answer = agent.post("/handoffs", {**ERRAND, **changes}, key="a")
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json["errors"]]


def test_an_action_carries_no_task(agent):
    answer = agent.post("/handoffs", {**ASK, "task": TASK}, key="a")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/task")


def test_an_agent_finds_its_tasks(gated):
    done = hand_in(gated)
    gated.submit()
    listed = gated.get("/handoffs", kind="task").json["handoffs"]
    assert [one["id"] for one in listed] == [done["id"]]
    assert gated.get("/handoffs", kind="favour").status_code == 422
