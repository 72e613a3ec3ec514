"""Attention and loops in the API: told when to come again, counted when unreadable, seen in /me."""

import pytest

from tests.api.callers import ARGS, ASK, REFUND, Caller
from webapp.store import alerts as store

OWNER = "  billing-agent:\n    owner: payments\n"
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def bound(publish):
    publish((OWNER, f"{OWNER}    attention: {{pending: 1, per_day: 5}}\n"))


@pytest.fixture
def watched(publish):
    publish(("unknown_action: review", "stop_loops: {invalid: 3/10m, same_fingerprint: 2/10m}"))


def open_alerts(desk):
    return desk.read(lambda work: store.unsettled(work, None))


@both
def test_beyond_its_attention_an_agent_is_told_when_to_come_again(agent, ann, bound, pending):
    answer = agent.post("/handoffs", ASK, key="refund:2")
    assert (answer.status_code, answer.json["code"]) == (429, "deferred_queue_full")
    assert answer.json["retry_after"] == 60
    assert answer.headers["Retry-After"] == "60"
    assert (answer.json["limit"], answer.json["of"]) == (1, "waiting at once")
    assert agent.get("/handoffs", key="refund:2").json["handoffs"] == []
    ann.decide(pending, "deny", note="No.")
    assert agent.post("/handoffs", ASK, key="refund:2").status_code == 201


def test_what_was_asked_before_is_answered_where_there_is_no_more_room(agent, bound, pending):
    answer = agent.post("/handoffs", ASK, key="refund:8841")
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (200, "true")


@both
def test_an_agent_sees_how_much_attention_is_left(agent, bound, pending):
    found = agent.get("/me").json["attention"]
    assert found["pending"] == {"limit": 1, "used": 1, "left": 0}
    daily = found["per_day"]
    assert (daily["limit"], daily["used"], daily["left"]) == (5, 1, 4)


def test_without_a_bound_there_is_none_to_see(agent):
    assert agent.get("/me").json["attention"] is None


@both
def test_invalid_and_unreadable_submissions_count_alike_and_are_one_alert(agent, desk, watched):
    wrong = {"name": "payments.refund", "args": {**ARGS, "amount": 129}}
    assert agent.post("/handoffs", {**ASK, "action": wrong}, key="1").status_code == 422
    assert agent.post("/handoffs", {"kind": "action"}, key="2").status_code == 422
    assert open_alerts(desk) == []
    assert agent.post("/handoffs", raw=b'{"kind": ', key="3").status_code == 400
    assert agent.post("/handoffs", {**ASK, "mood": "calm"}, key="4").status_code == 422
    [alert] = open_alerts(desk)
    assert (alert.agent, alert.count) == ("billing-agent", 4)
    assert [fault["pointer"] for fault in alert.detail["faults"]] == ["/mood"]


def test_what_strangers_send_counts_for_nobody(app, desk, watched):
    for _ in range(4):
        answer = Caller(app, "hr_nobody").post("/handoffs", {"kind": "action"}, key="1")
        assert answer.status_code == 401
    assert open_alerts(desk) == []


def test_a_person_s_token_counts_for_nobody_either(ann, desk, watched):
    for _ in range(4):
        assert ann.post("/handoffs", {"kind": "action"}, key="1").status_code == 403
    assert open_alerts(desk) == []


def test_a_loop_is_a_reason_that_an_agent_can_read(agent, watched):
    sure = {"confidence": 0.99, "action": REFUND}
    assert agent.submit("1", **sure)["status"] == "approved"
    again = agent.submit("2", **sure)
    [reason] = again["verdict"]["reasons"]
    assert (again["status"], reason["code"]) == ("pending", "loop_repeated")
    assert reason["rule"] == "stop_loops.same_fingerprint"
