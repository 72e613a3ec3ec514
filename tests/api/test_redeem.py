"""Permits and outcomes: what was approved runs once, as approved, and its end is recorded once."""

import jwt
import pytest

from tests.api.callers import ARGS, OTHER
from webapp.domain.message import Topic
from webapp.services.expire import end_if_due

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
PAYOUT = {"name": "payments.payout", "args": {}}
REVIEW_MORE = ("count: 1, when_critical: 2", "count: 2")


def refused(answer):
    return answer.status_code, answer.json["code"]


@pytest.fixture
def running(agent, approved):
    """A handoff whose permit was redeemed."""
    return agent.redeem(approved).json


@both
def test_a_permit_is_redeemed_once(agent, approved):
    answer = agent.redeem(approved, key="first")
    assert (answer.status_code, answer.json["status"]) == (200, "running")
    assert answer.json["execution"]["permit"] == approved["permit"]["id"]
    again = agent.redeem(approved, key="second")
    assert refused(again) == (409, "already_redeemed")
    assert again.json["redeemed_at"] == "2026-03-02T09:00:00Z"


@both
def test_a_lost_answer_can_be_asked_for_again_with_the_same_key(agent, approved):
    first = agent.redeem(approved, key="attempt")
    assert agent.redeem(approved, key="attempt").json == first.json


def test_without_a_key_nothing_can_be_asked_for_again(agent, approved):
    assert agent.redeem(approved, key=None).status_code == 200
    assert refused(agent.redeem(approved, key=None)) == (409, "already_redeemed")


def test_after_the_report_the_same_key_does_not_run_it_again(agent, approved, running):
    agent.report(approved)
    assert refused(agent.redeem(approved)) == (409, "already_redeemed")


@both
def test_another_action_than_the_approved_one_does_not_run(agent, approved):
    answer = agent.redeem(approved, action=OTHER)
    assert refused(answer) == (409, "fingerprint_mismatch")
    assert answer.json["fingerprint"] == approved["fingerprint"]
    assert agent.read(approved)["status"] == "approved"


def test_the_same_action_written_differently_runs(agent, approved):
    args = dict(reversed(ARGS.items()))
    answer = agent.redeem(approved, action={"name": "payments.refund", "arguments": args})
    assert answer.status_code == 200


def test_too_early_says_how_long_to_wait(agent, ann, world):
    handoff = agent.submit(action=PAYOUT, confidence=1)
    ann.decide(handoff)
    handoff = agent.read(handoff)
    answer = agent.redeem(handoff)
    assert refused(answer) == (409, "too_early")
    assert (answer.headers["Retry-After"], answer.json["not_before"]) == (
        "90",
        "2026-03-02T09:01:30Z",
    )
    world.pass_time(seconds=90)
    assert agent.redeem(handoff).status_code == 200


def test_an_approval_does_not_last_for_ever(agent, approved, world):
    world.pass_time(hours=25)
    assert refused(agent.redeem(approved)) == (409, "permit_expired")


def test_an_approval_that_has_lapsed_says_so(desk, agent, approved, world):
    world.pass_time(hours=25)
    desk.transact(lambda work: end_if_due(work, Topic.LAPSE, approved["id"]))
    assert refused(agent.redeem(approved)) == (409, "permit_expired")


def test_a_permit_of_an_earlier_approval_is_void(agent, ann, approved):
    ann.post(f"/handoffs/{approved['id']}/revoke")
    ann.decide(approved)
    again = agent.read(approved)
    assert again["permit"]["id"] != approved["permit"]["id"]
    assert refused(agent.redeem(approved)) == (409, "permit_void")
    assert agent.redeem(again).status_code == 200


STOPS = [
    {"scope": "global"},
    {"scope": "agent", "name": "billing-agent"},
    {"scope": "action", "name": "payments.*"},
]


@both
@pytest.mark.parametrize("stop", STOPS, ids=[stop["scope"] for stop in STOPS])
def test_nothing_starts_under_a_stop(agent, admin, approved, stop):
    stopped = admin.post("/stops", {**stop, "reason": "Bank is down"}).json
    answer = agent.redeem(approved)
    assert refused(answer) == (409, "stopped")
    assert answer.json["stop"]["reason"] == "Bank is down"
    admin.post(f"/stops/{stopped['id']}/resume")
    assert agent.redeem(approved).status_code == 200


@both
def test_a_stricter_policy_takes_the_approval_back(agent, ann, bob, approved, publish):
    publish(REVIEW_MORE)
    answer = agent.redeem(approved)
    assert refused(answer) == (409, "policy_changed")
    assert answer.json["verdict"]["approvals"]["count"] == 2
    recalled = agent.read(approved)
    assert (recalled["status"], recalled["permit"]) == ("pending", None)


def test_a_policy_that_is_not_stricter_takes_nothing_back(agent, approved, publish):
    publish(("run_within: 15m", "run_within: 20m"))
    assert agent.redeem(approved).status_code == 200


def test_the_token_names_what_may_run_and_is_short_lived(desk, approved):
    key = desk.signing_key.private.public_key()
    unchecked = {"verify_exp": False, "verify_nbf": False}
    claims = jwt.decode(
        approved["permit"]["token"],
        key,
        ["EdDSA"],
        issuer="https://desk.test",
        audience="handrail-tools",
        options=unchecked,
    )
    assert "redeemed_at" not in claims
    assert (claims["jti"], claims["sub"]) == (approved["permit"]["id"], "billing-agent")
    assert claims["fingerprint"] == approved["fingerprint"]
    assert claims["exp"] - claims["nbf"] == 300


def test_a_token_is_minted_anew_at_each_read(agent, approved, world):
    world.pass_time(minutes=10)
    assert agent.read(approved)["permit"]["token"] != approved["permit"]["token"]


@both
@pytest.mark.parametrize("status", ["succeeded", "failed", "unknown"])
def test_the_outcome_is_recorded(agent, running, status):
    told = {"detail": "re_1", "effect": {"/status": "refunded"}, "usage": {"tokens": 7}}
    answer = agent.report(running, status, **told)
    assert (answer.status_code, answer.json["status"]) == (200, status)
    assert answer.json["outcome"] == {
        "status": status,
        "by": "billing-agent",
        "at": "2026-03-02T09:00:00Z",
        **told,
        "verified": None,
        "verification": None,
    }


@both
@pytest.mark.parametrize(
    ("status", "verified", "differences"),
    [
        ("refunded", True, []),
        ("open", False, [{"pointer": "/status", "expected": "refunded", "is": "open"}]),
    ],
)
def test_the_effect_is_held_against_what_was_expected(agent, ann, status, verified, differences):
    handoff = agent.submit(expected_effect={"/status": "refunded"})
    ann.decide(handoff)
    running = agent.redeem(agent.read(handoff)).json
    answer = agent.report(running, effect={"status": status}).json
    assert (answer["status"], answer["version"]) == ("succeeded", running["version"] + 1)
    assert answer["outcome"]["verified"] is verified
    assert answer["outcome"]["verification"] == {
        "state": "verified" if verified else "contradicted",
        "by": "agent",
        "at": "2026-03-02T09:00:00Z",
        "differences": differences,
        "problem": None,
    }
    assert ann.read(handoff)["outcome"] == answer["outcome"]


@both
def test_the_same_report_again_changes_nothing_and_another_is_a_conflict(agent, running):
    first = agent.report(running, detail="re_1").json
    assert agent.report(running, detail="re_1").json == first
    assert refused(agent.report(running, detail="re_2")) == (409, "outcome_conflict")
    assert refused(agent.report(running, "failed")) == (409, "outcome_conflict")
    assert agent.read(running) | {"changed_at": ""} == first | {"changed_at": ""}


def test_without_a_run_there_is_nothing_to_report(agent, approved):
    assert refused(agent.report(approved)) == (409, "not_running")


def test_a_run_that_nobody_reports_becomes_unknown_and_a_late_report_does_not_settle_it(
    desk, agent, running, world
):
    world.pass_time(minutes=16)
    desk.transact(lambda work: end_if_due(work, Topic.OVERRUN, running["id"]))
    answer = agent.report(running)
    assert (answer.status_code, answer.json["status"]) == (200, "unknown")
