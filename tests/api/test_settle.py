"""Settling through the API: a person says whether it ran, and asks again for what did not."""

import pytest

from tests.api.callers import ASK
from tests.api.conftest import POLICY
from webapp.services import policies

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
NOTE = "The bank has no such refund."


@pytest.fixture
def lost(agent, approved):
    """A run of which the agent does not know whether it took effect."""
    agent.redeem(approved)
    return agent.report(approved, "unknown").json


def settle(person, handoff, **said):
    return person.post(f"/handoffs/{handoff['id']}/settle", {"ran": False, "note": NOTE, **said})


def run_again(person, handoff):
    return person.post(f"/handoffs/{handoff['id']}/run-again")


def refused(answer):
    return answer.status_code, answer.json["code"]


@both
@pytest.mark.parametrize("ran", [True, False])
def test_a_person_says_whether_it_ran_and_everybody_reads_it(agent, ann, lost, ran):
    answer = settle(ann, lost, ran=ran)
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["version"]) == ("unknown", lost["version"])
    said = {"ran": ran, "by": "ann@desk.test", "via": "api", "note": NOTE}
    assert answer.json["settled"] == {**said, "at": "2026-03-02T09:00:00Z"}
    read = agent.read(lost)
    assert (read["settled"], read["status"]) == (answer.json["settled"], "unknown")
    assert "a person has found out" in read["resume"]["instruction"]


def test_the_same_word_again_is_fine_and_another_is_told_who_was_first(ann, bob, lost):
    assert settle(ann, lost).json == settle(ann, lost).json
    for answer in (settle(bob, lost), settle(ann, lost, ran=True)):
        assert refused(answer) == (409, "already_settled")
        assert answer.json["settled"] == {
            "ran": False,
            "by": "ann@desk.test",
            "via": "api",
            "at": "2026-03-02T09:00:00Z",
        }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ran": False}, "/note"),
        ({"ran": False, "note": " "}, "/note"),
        ({"ran": "no", "note": NOTE}, "/ran"),
        ({"note": NOTE}, "/ran"),
        ({"ran": True, "note": NOTE, "status": "succeeded"}, "/status"),
    ],
)
def test_a_settlement_says_what_and_why_and_nothing_else(ann, lost, body, pointer):
    answer = ann.post(f"/handoffs/{lost['id']}/settle", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_only_what_is_unknown_is_settled(agent, ann, approved):
    assert refused(settle(ann, approved)) == (409, "not_unknown")
    assert refused(run_again(ann, approved)) == (409, "may_have_run")


def test_an_agent_neither_settles_nor_lets_itself_run_again(agent, lost):
    assert refused(settle(agent, lost)) == (403, "person_needed")
    assert refused(run_again(agent, lost)) == (403, "person_needed")


def test_whoever_may_not_decide_may_not_settle(add_person, lost):
    other = add_person("olga", team="support")
    assert refused(settle(other, lost)) == (403, "not_an_approver")
    assert refused(run_again(other, lost)) == (403, "not_an_approver")


def test_nobody_settles_what_an_agent_did_with_their_key(add_agent, ann, bob):
    own = add_agent("billing-agent", by="ann@desk.test")
    asked = own.submit()
    bob.decide(asked)
    own.redeem(own.read(asked))
    own.report(asked, "unknown")
    assert refused(settle(ann, asked)) == (403, "own_request")
    assert settle(bob, asked).status_code == 200


@both
def test_the_agent_finds_what_a_person_asks_for_again_and_runs_it(agent, ann, bob, lost):
    settle(ann, lost)
    answer = run_again(ann, lost)
    fresh = answer.json
    assert (answer.status_code, fresh["status"]) == (201, "pending")
    assert answer.headers["Location"] == f"/api/v1/handoffs/{fresh['id']}"
    (found,) = agent.get("/handoffs", key=f"run-again:{lost['id']}").json["handoffs"]
    assert (found["id"], found["parent_handoff_id"]) == (fresh["id"], lost["id"])
    assert (found["action"], found["intent_id"]) == (lost["action"], lost["intent_id"])
    assert refused(ann.decide(found)) == (403, "own_request")
    assert bob.decide(found).status_code == 200
    assert agent.redeem(agent.read(found), key="once").json["status"] == "running"


@both
def test_it_is_asked_for_once(ann, bob, lost):
    settle(ann, lost)
    first, again = run_again(ann, lost), run_again(bob, lost)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json["id"] == first.json["id"]


def test_an_agent_that_asks_anew_under_the_key_it_is_told_asks_for_nothing_twice(agent, ann, lost):
    settle(ann, lost)
    fresh = run_again(ann, lost).json
    key = f"run-again:{lost['id']}"
    assert key in agent.read(lost)["resume"]["instruction"]
    body = {"kind": "action", "title": "Once more", "action": lost["action"], "confidence": 0.99}
    answer = agent.post("/handoffs", body, key=key)
    assert (answer.status_code, answer.json["id"]) == (200, fresh["id"])


def test_what_ran_is_not_asked_for_again(ann, lost):
    settle(ann, lost, ran=True)
    assert refused(run_again(ann, lost)) == (409, "may_have_run")


# --------------------------------------------------------------------------------------------------
# Undo

UNDO = """    undo: {action: payments.back, args: {order: "{order_id}", why: "Undo of {amount}"}}
  payments.back:
    risk: medium
    args:
      type: object
      additionalProperties: false
      required: [order]
      properties: {order: {type: string}, why: {type: string}}
    approvals: {from: [payments]}
  payments.payout:"""


@pytest.fixture
def done(desk, agent, ann):
    """A run of an action that can be undone."""
    text = POLICY.replace("  payments.payout:", UNDO, 1)
    desk.transact(lambda work: policies.publish(work, text, "test"))
    handoff = agent.submit("done")
    ann.decide(handoff)
    agent.redeem(agent.read(handoff))
    return agent.report(handoff).json


def undo(person, handoff):
    return person.post(f"/handoffs/{handoff['id']}/undo")


@both
def test_what_has_run_is_undone_by_a_new_handoff_once(agent, ann, bob, done):
    answer = undo(ann, done)
    asked = answer.json
    assert (answer.status_code, asked["status"]) == (201, "pending")
    assert answer.headers["Location"] == f"/api/v1/handoffs/{asked['id']}"
    assert asked["action"] == {
        "name": "payments.back",
        "args": {"order": "8841", "why": "Undo of 129.00"},
    }
    assert (asked["parent_handoff_id"], asked["key"]) == (done["id"], f"undo:{done['id']}")
    again = undo(bob, done)
    assert (again.status_code, again.json) == (200, asked)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert refused(ann.decide(asked)) == (403, "own_request")
    assert bob.decide(asked).status_code == 200
    [found] = agent.get("/handoffs", key=f"undo:{done['id']}").json["handoffs"]
    assert (found["id"], found["status"]) == (asked["id"], "approved")


def test_what_did_not_run_or_cannot_be_undone_is_said_in_words(agent, ann, done, lost):
    waits = agent.submit(key="waits")
    for one, words in ((waits, "pending"), (lost, "unknown")):
        answer = undo(ann, one)
        assert refused(answer) == (409, "cannot_undo")
        assert words in answer.json["detail"]


def test_an_agent_and_whoever_may_not_decide_undo_nothing(agent, add_person, done):
    assert refused(undo(agent, done)) == (403, "person_needed")
    assert refused(undo(add_person("olga", team="support"), done)) == (403, "not_an_approver")


def test_an_agent_cannot_stand_in_the_way_of_an_undo(agent, ann, done):
    answer = agent.post("/handoffs", ASK, key=f"undo:{done['id']}")
    assert refused(answer) == (400, "idempotency_key_missing")
    assert undo(ann, done).status_code == 201
