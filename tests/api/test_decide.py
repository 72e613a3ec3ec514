"""Decisions by people's programs: bound to what was shown, one winner, never by an agent."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.callers import ARGS, FRAUD, OTHER
from webapp.domain.decision import Role

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def refused(answer):
    return answer.status_code, answer.json["code"]


@both
def test_an_approval_permits_and_names_who_gave_it(agent, ann, pending):
    answer = ann.decide(pending, note="Fine.")
    assert (answer.status_code, answer.json["status"]) == (200, "approved")
    assert answer.json["decision"] == {
        "verb": "approve",
        "by": "ann@desk.test",
        "in_place_of": None,
        "via": "api",
        "at": "2026-03-02T09:00:00Z",
        "note": "Fine.",
        "response": None,
        "changes": [],
        "standing": None,
    }


def test_an_agents_key_never_decides(agent, pending):
    assert refused(agent.decide(pending)) == (403, "person_needed")
    assert refused(agent.post(f"/handoffs/{pending['id']}/revoke")) == (403, "person_needed")


@both
def test_the_same_decision_again_is_no_conflict(ann, pending):
    first = ann.decide(pending)
    assert ann.decide(pending).json == first.json


@both
def test_the_loser_learns_who_decided_and_when(ann, bob, pending):
    ann.decide(pending)
    answer = bob.decide(pending, "deny", note="No.")
    assert refused(answer) == (409, "already_decided")
    assert answer.json["decision"] == {
        "verb": "approve",
        "by": "ann@desk.test",
        "via": "api",
        "at": "2026-03-02T09:00:00Z",
    }


@both
def test_of_two_decisions_at_once_one_wins(agent, ann, bob):
    for n in range(5):
        handoff = agent.submit(key=f"k{n}")
        with ThreadPoolExecutor(2) as pool:
            yes = pool.submit(ann.decide, handoff)
            no = pool.submit(bob.decide, handoff, "deny", note="No.")
        statuses = sorted([yes.result().status_code, no.result().status_code])
        assert statuses == [200, 409]


STALE = [{"revision": 2}, {"fingerprint": "sha256:" + "0" * 64}, {"fingerprint": None}]


@pytest.mark.parametrize("shown", STALE)
def test_a_decision_on_something_else_than_what_stands_is_stale(ann, pending, shown):
    answer = ann.decide(pending, **shown)
    assert refused(answer) == (409, "stale_revision")
    assert (answer.json["revision"], answer.json["fingerprint"]) == (1, pending["fingerprint"])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_only_looks_does_not_decide(add_person, pending, role):
    assert refused(add_person("vic", role).decide(pending)) == (403, "not_an_approver")


def test_an_approver_of_another_team_has_no_right_and_learns_nothing(add_person, pending):
    answer = add_person("eve", Role.APPROVER, "support").decide(pending)
    assert refused(answer) == (403, "not_an_approver")
    assert "payments" not in answer.text


def test_whoever_made_the_key_does_not_decide(add_agent, ann):
    handoff = add_agent("billing-agent", by="ann@desk.test").submit()
    assert refused(ann.decide(handoff)) == (403, "own_request")


def test_whom_the_agent_acts_for_does_not_decide(agent, ann, bob):
    handoff = agent.submit(on_behalf_of="Ann@desk.test")
    assert refused(ann.decide(handoff)) == (403, "own_request")
    assert bob.decide(handoff).status_code == 200


@both
def test_a_quorum_takes_distinct_people(agent, ann, bob):
    handoff = agent.submit(action=FRAUD)
    assert ann.decide(handoff).json["status"] == "pending"
    assert [vote["by"] for vote in ann.decide(handoff).json["votes"]] == ["ann@desk.test"]
    assert bob.decide(handoff).json["status"] == "approved"


@pytest.mark.parametrize("verb", ["deny", "request_changes", "reject", "decline"])
def test_a_no_and_a_question_need_words(ann, pending, verb):
    answer = ann.decide(pending, verb)
    assert refused(answer) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == "/note"


@pytest.mark.parametrize(
    ("alias", "verb"), [("accept", "approve"), ("reject", "deny"), ("decline", "deny")]
)
def test_other_tools_words_are_understood_and_never_given_back(ann, pending, alias, verb):
    assert ann.decide(pending, alias, note="So.").json["decision"]["verb"] == verb


@both
def test_an_edit_changes_what_runs_and_says_how(agent, ann, pending):
    answer = ann.decide(pending, "edit", args=OTHER["args"], note="Only the lamp.")
    assert (answer.json["status"], answer.json["revision"]) == ("approved", 2)
    change = {"op": "replace", "path": "/args/amount", "value": "100.00"}
    assert answer.json["decision"]["changes"] == [change]
    resume = agent.read(pending)["resume"]
    assert (resume["action"], "was changed" in resume["instruction"]) == (OTHER, True) or (
        "changed by" in resume["instruction"]
    )


def test_choosing_another_interpretation_is_an_edit_to_its_action(agent, ann):
    readings = [{"id": "a", "text": "All"}, {"id": "b", "text": "Part", "action": OTHER}]
    handoff = agent.submit(interpretations=readings)
    answer = ann.decide(handoff, "edit", response={"interpretation": "b"})
    assert (answer.json["status"], answer.json["action"]) == ("approved", OTHER)


def test_an_edit_that_the_policy_blocks_is_refused_with_the_reasons(ann, pending):
    answer = ann.decide(pending, "edit", args={**ARGS, "reason": "warranty"})
    assert refused(answer) == (422, "edit_refused")
    assert answer.json["reasons"][0]["message"] == "The maker pays for this"


def test_an_edit_to_something_riskier_needs_more_people(agent, ann, bob, pending):
    edited = ann.decide(pending, "edit", args=FRAUD["args"]).json
    assert (edited["status"], edited["decision"]) == ("pending", None)
    assert agent.read(pending)["resume"]["from"] is None
    assert bob.decide(edited).json["status"] == "approved"


EDITS = [
    ({}, "/args"),
    ({"args": ARGS}, "/args"),
    ({"args": {**ARGS, "amount": 1}}, "/args/amount"),
    ({"args": ARGS, "response": {"interpretation": "a"}}, "/args"),
    ({"response": {"interpretation": "a"}}, "/response/interpretation"),
]


@pytest.mark.parametrize(("edit", "pointer"), EDITS)
def test_an_edit_that_is_none_is_refused_by_its_place(ann, pending, edit, pointer):
    answer = ann.decide(pending, "edit", **edit)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_only_what_the_agent_can_handle_is_allowed(agent, ann):
    handoff = agent.submit(allowed_decisions=["accept", "reject"])
    assert handoff["allowed_decisions"] == ["approve", "deny"]
    answer = ann.decide(handoff, "edit", args=OTHER["args"])
    assert refused(answer) == (409, "decision_not_allowed")


def test_an_agent_cannot_keep_people_from_denying(agent, ann):
    handoff = agent.submit(allowed_decisions=["approve"])
    assert handoff["allowed_decisions"] == ["approve", "deny"]
    assert ann.decide(handoff, "deny", note="No.").json["status"] == "denied"


def test_after_the_deadline_nobody_decides(ann, pending, world):
    world.pass_time(hours=1)
    assert refused(ann.decide(pending)) == (409, "expired")


def test_what_was_withdrawn_is_not_decided(agent, ann, pending):
    agent.post(f"/handoffs/{pending['id']}/withdraw")
    assert refused(ann.decide(pending)) == (409, "not_pending")


@pytest.fixture
def expert(add_person):
    """Somebody who answers this agent's questions."""
    return add_person("sue", Role.APPROVER, "support")


@both
def test_a_question_is_answered_by_choosing(agent, expert):
    question = agent.ask()
    answer = expert.decide(question, "respond", response={"interpretation": "same"})
    assert (answer.status_code, answer.json["status"]) == (200, "answered")
    assert agent.read(question)["resume"]["response"] == {"interpretation": "same"}


SCHEMA = {
    "type": "object",
    "properties": {"days": {"type": "integer", "minimum": 1}},
    "required": ["days"],
}


def test_a_question_is_answered_by_what_fits_its_schema(agent, expert):
    question = agent.ask(interpretations=None, response_schema=SCHEMA)
    wrong = expert.decide(question, "respond", response={"days": 0})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/response/days")
    right = expert.decide(question, "response", response={"days": 3})
    assert right.json["decision"]["response"] == {"days": 3}


@pytest.mark.parametrize("response", [None, {"interpretation": "third"}, {"days": 1}])
def test_an_answer_that_is_none_is_refused(agent, expert, response):
    answer = expert.decide(agent.ask(), "respond", response=response)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"].startswith("/response")


@both
def test_an_approval_can_be_taken_back_until_it_is_redeemed(agent, ann, approved):
    answer = ann.post(f"/handoffs/{approved['id']}/revoke", {"note": "Wrong order."})
    assert (answer.status_code, answer.json["status"]) == (200, "pending")
    assert agent.read(approved)["permit"] is None
    ann.decide(answer.json)
    agent.redeem(agent.read(approved))
    late = ann.post(f"/handoffs/{approved['id']}/revoke")
    assert refused(late) == (409, "already_redeemed")


def test_what_waits_cannot_be_taken_back(ann, pending):
    answer = ann.post(f"/handoffs/{pending['id']}/revoke")
    assert refused(answer) == (409, "not_pending")


def test_only_an_approver_takes_back(add_person, approved):
    viewer = add_person("vic", Role.VIEWER)
    answer = viewer.post(f"/handoffs/{approved['id']}/revoke")
    assert refused(answer) == (403, "not_an_approver")
