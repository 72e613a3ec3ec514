"""Revisions, withdrawal and the end of a run: what an agent takes back or says anew."""

import pytest

from tests.api.callers import ARGS, ASK, OTHER, QUESTION, REFUND
from webapp.domain.message import Topic
from webapp.services.expire import end_if_due

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def revise(agent, handoff, **body):
    return agent.post(f"/handoffs/{handoff['id']}/revisions", body)


def withdraw(agent, handoff):
    return agent.post(f"/handoffs/{handoff['id']}/withdraw")


def refused(answer):
    return answer.status_code, answer.json["code"]


@both
def test_a_revision_has_its_own_fingerprint_and_is_routed_again(agent, pending):
    answer = revise(agent, pending, **{**ASK, "action": OTHER, "confidence": 0.99})
    assert (answer.status_code, answer.json["status"]) == (200, "approved")
    assert (answer.json["revision"], answer.json["version"]) == (2, 2)
    assert answer.json["fingerprint"] != pending["fingerprint"]
    assert answer.json["id"] == pending["id"]


@both
def test_asked_for_changes_the_agent_revises_and_a_person_looks_again(agent, ann, pending):
    ann.decide(pending, "request_changes", note="Which photo?")
    asked = agent.read(pending)
    assert (asked["status"], asked["resume"]["note"]) == ("changes_requested", "Which photo?")
    answer = revise(agent, pending, action=REFUND, confidence=0.99, title="With the photo")
    assert (answer.json["status"], answer.json["title"]) == ("pending", "With the photo")
    assert answer.json["verdict"]["reasons"][-1]["code"] == "asked_back"


def test_kind_and_title_stay_where_a_revision_leaves_them_out(agent, pending):
    answer = revise(agent, pending, action=OTHER, confidence=0.8)
    assert (answer.json["kind"], answer.json["title"]) == ("action", pending["title"])


def test_votes_are_void_after_a_revision(agent, ann):
    handoff = agent.submit(action={"name": "payments.refund", "args": {**ARGS, "reason": "fraud"}})
    assert len(ann.decide(handoff).json["votes"]) == 1
    assert revise(agent, handoff, action=handoff["action"]).json["votes"] == []


def test_a_revision_cannot_change_the_kind(agent, pending):
    answer = revise(agent, pending, **QUESTION)
    assert refused(answer) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == "/kind"


def test_a_revision_with_wrong_args_changes_nothing(agent, pending):
    answer = revise(agent, pending, action={"name": "payments.refund", "args": {}})
    assert refused(answer) == (422, "invalid_args")
    assert agent.read(pending) == pending


def test_what_was_decided_cannot_be_revised(agent, approved):
    assert refused(revise(agent, approved, **ASK)) == (409, "not_pending")


def test_after_the_deadline_nothing_is_revised(agent, pending, world):
    world.pass_time(hours=1)
    assert refused(revise(agent, pending, **ASK)) == (409, "expired")


def test_a_handoff_has_ten_revisions_at_most(agent, pending):
    for _ in range(10):
        assert revise(agent, pending, **ASK).status_code == 200
    assert refused(revise(agent, pending, **ASK)) == (409, "too_many_revisions")


@both
def test_what_waits_can_be_withdrawn_and_again(agent, pending):
    assert withdraw(agent, pending).json["status"] == "withdrawn"
    assert withdraw(agent, pending).status_code == 200


def test_an_approval_can_be_withdrawn_until_it_is_redeemed(agent, approved):
    assert withdraw(agent, approved).json["permit"] is None
    assert refused(agent.redeem(approved)) == (409, "permit_void")


def test_what_runs_cannot_be_withdrawn(agent, approved):
    agent.redeem(approved)
    assert refused(withdraw(agent, approved)) == (409, "not_pending")


@both
def test_the_end_of_a_run_withdraws_what_waits_in_it_and_nothing_else(agent, add_agent):
    waiting = agent.submit(key="a", run_id="r1")["id"]
    agent.submit(key="b", run_id="r1", confidence=0.99)
    agent.submit(key="c", run_id="r2")
    add_agent("other-agent").submit(run_id="r1")
    answer = agent.post("/runs/r1/end")
    assert answer.json == {"run_id": "r1", "withdrawn": [waiting]}
    assert agent.post("/runs/r1/end", {}).json["withdrawn"] == []


def test_expired_is_expired_for_the_agent_too(desk, agent, pending, world):
    world.pass_time(hours=1)
    desk.transact(lambda work: end_if_due(work, Topic.EXPIRE, pending["id"]))
    assert agent.read(pending)["resume"]["instruction"].startswith("Time ran out")
    assert refused(withdraw(agent, pending)) == (409, "not_pending")
