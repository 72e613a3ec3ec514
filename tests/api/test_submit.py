"""POST /handoffs: recorded once, routed at once."""

import pytest

from tests.api.callers import ARGS, ASK, OTHER, QUESTION, Caller
from webapp.services import accounts

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@both
def test_a_new_ask_is_recorded_and_routed(agent):
    answer = agent.post("/handoffs", ASK, key="refund:8841")
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/handoffs/{answer.json['id']}"
    assert (answer.json["status"], answer.json["key"]) == ("pending", "refund:8841")
    assert answer.json["summary"] == "Refund 129.00 EUR to cus_77"


@both
def test_the_same_ask_again_gives_the_handoff_as_it_stands_now(agent, ann, pending):
    ann.decide(pending)
    reworded = {**ASK, "title": "Please refund", "confidence": 0.99, "reasoning": "anew"}
    answer = agent.post("/handoffs", reworded, key="refund:8841")
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (200, "true")
    assert answer.json["status"] == "approved"
    assert answer.json["title"] == pending["title"]


def test_a_new_ask_is_not_marked_as_replayed(agent):
    answer = agent.post("/handoffs", ASK, key="refund:8841")
    assert "Idempotent-Replayed" not in answer.headers


@both
@pytest.mark.parametrize("other", [{**ASK, "action": OTHER}, QUESTION], ids=["action", "kind"])
def test_the_same_key_for_another_ask_is_a_conflict_that_names_the_first(agent, pending, other):
    answer = agent.post("/handoffs", other, key="refund:8841")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_conflict")
    assert answer.json["handoff"] == {name: pending[name] for name in ("id", "status", "links")}


def test_keys_belong_to_their_agent(agent, add_agent, pending):
    other = add_agent("other-agent").post("/handoffs", ASK, key="refund:8841")
    assert other.status_code == 201
    assert other.json["id"] != pending["id"]


def test_equal_actions_are_the_same_ask_however_they_are_written(agent, pending):
    args = dict(reversed(ARGS.items()))
    again = {**ASK, "action": {"name": "payments.refund", "arguments": args}}
    assert agent.post("/handoffs", again, key="refund:8841").status_code == 200


def test_what_is_surely_allowed_is_approved_at_once(agent):
    handoff = agent.submit(confidence=0.97)
    assert (handoff["status"], handoff["verdict"]["route"]) == ("approved", "auto")
    assert handoff["permit"]["id"].startswith("pm_")


def test_what_the_policy_forbids_is_blocked_with_the_reason_and_is_no_error(agent):
    action = {"name": "payments.refund", "args": {**ARGS, "reason": "warranty"}}
    handoff = agent.submit(action=action)
    assert (handoff["status"], handoff["permit"]) == ("blocked", None)
    messages = [reason["message"] for reason in handoff["verdict"]["reasons"]]
    assert "The maker pays for this" in messages


def test_without_confidence_a_person_decides(agent):
    handoff = agent.submit(confidence=None)
    assert handoff["status"] == "pending"
    assert handoff["verdict"]["reasons"][0]["code"] == "confidence_missing"


def test_wrong_args_come_back_field_by_field_and_do_not_use_the_key_up(agent):
    wrong = {"name": "payments.refund", "args": {**ARGS, "amount": 129, "curency": "EUR"}}
    answer = agent.post("/handoffs", {**ASK, "action": wrong}, key="refund:8841")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_args")
    pointers = {one["pointer"] for one in answer.json["errors"]}
    assert pointers == {"/action/args/amount", "/action/args/curency"}
    assert agent.post("/handoffs", ASK, key="refund:8841").status_code == 201


def test_what_is_invalid_is_not_a_handoff(agent):
    wrong = {"name": "payments.refund", "args": {}}
    agent.post("/handoffs", {**ASK, "action": wrong}, key="refund:8841")
    assert agent.get("/handoffs").json["handoffs"] == []


@pytest.mark.parametrize("key", [None, "", " a", "a ", "ä", "x" * 256])
def test_a_submission_needs_a_usable_key(agent, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = agent.call("POST", "/api/v1/handoffs", data="{}", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")


def test_the_agent_may_shorten_the_deadline_but_not_lengthen_it(agent):
    shorter = agent.submit(expires_in="10m")
    longer = agent.submit(key="other", expires_in="5h")
    assert shorter["deadline_at"] == "2026-03-02T09:10:00Z"
    assert longer["deadline_at"] == "2026-03-02T09:30:00Z"


def test_a_question_waits_for_the_team_that_the_policy_names(agent):
    handoff = agent.ask()
    assert handoff["verdict"]["approvals"]["from"] == ["support"]
    assert (handoff["fingerprint"], handoff["deadline_at"]) == (None, "2026-03-02T11:00:00Z")


def test_the_claims_come_back_as_they_were_sent(agent):
    claims = {
        "uncertainty": "The photo may show a different item.",
        "intent": "Settle the complaint",
        "request": {"text": "my lamp arrived broken", "from": "cus_77", "at": "2026-03-01T10:00Z"},
        "reasoning": [{"step": 1, "text": "Looked at the photo", "tool": "vision", "args": {}}],
        "evidence": [{"label": "Photo", "url": "https://example.org/photo"}],
        "expected_effect": {"/status": "refunded"},
        "tags": ["lamp"],
        "on_behalf_of": "carl@desk.test",
    }
    handoff = agent.submit(**claims)
    assert {name: handoff[name] for name in claims} == claims


@pytest.mark.parametrize(
    ("expected", "pointer", "code"),
    [
        ({"status": "refunded"}, "/expected_effect/status", "pointer"),
        ({"": 1}, "/expected_effect/", "pointer"),
        ({f"/{n}": n for n in range(1_000)}, "/expected_effect", "maxProperties"),
        ({"/" + "x" * 1_000: 1}, "/expected_effect", "maxLength"),
        (["/status"], "/expected_effect", "type"),
    ],
)
def test_an_effect_is_expected_as_a_few_values_by_pointer(agent, expected, pointer, code):
    answer = agent.post("/handoffs", {**ASK, "expected_effect": expected}, key="effect")
    assert answer.status_code == 422
    [problem] = answer.json["errors"]
    assert (problem["pointer"], bool(problem["expected"])) == (pointer, True)
    assert code in {problem["code"], "type"}


@pytest.mark.parametrize("path", ["messages", "steps"])
def test_messages_and_steps_come_later(agent, pending, path):
    answer = agent.post(f"/handoffs/{pending['id']}/{path}", {"text": "hello"})
    assert (answer.status_code, answer.json["code"]) == (422, "not_supported_yet")


def test_without_a_key_nobody_is_known(app):
    answer = Caller(app, None).post("/handoffs", ASK, key="a")
    assert (answer.status_code, answer.json["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["hr_unknown", "hp_unknown", "nonsense", "hr_" + "x" * 4000])
@pytest.mark.parametrize("body", ["{}", "no json"])
def test_an_unknown_key_learns_nothing_about_its_body(app, secret, body):
    answer = Caller(app, secret).post("/handoffs", raw=body, key="a")
    assert (answer.status_code, answer.json["code"]) == (401, "not_authenticated")


def test_a_revoked_key_is_unknown(desk, agent):
    desk.transact(lambda work: accounts.revoke_key(work, "billing-agent", None))
    assert agent.post("/handoffs", ASK, key="a").status_code == 401


def test_a_person_does_not_hand_off(ann):
    answer = ann.post("/handoffs", ASK, key="a")
    assert (answer.status_code, answer.json["code"]) == (403, "agent_needed")
