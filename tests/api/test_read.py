"""Reading: one's own, byte for byte, and nothing of anybody else's."""

import json

import pytest

from tests.api.callers import ASK
from webapp.api.bodies import ClaimsBody
from webapp.domain.decision import Decision, Role
from webapp.domain.handoff import Face, Verb
from webapp.handoff_json import CLAIMS
from webapp.services import accounts
from webapp.services.decide import decide

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
STATE = '{"a": 1.50, "b":  [1], "é": "\\u00e9"}'
SECRET = '{ "checkpoint":1.0 }'


@pytest.fixture
def stated(agent):
    """A handoff with states whose bytes no JSON library would write."""
    raw = json.dumps(ASK)[:-1] + f', "private_state": {SECRET}, "state": {STATE}}}'
    return agent.post("/handoffs", raw=raw, key="a")


@both
def test_states_come_back_byte_for_byte(agent, stated):
    read = agent.get(f"/handoffs/{stated.json['id']}")
    listed = agent.get("/handoffs")
    for answer in (stated, read, listed):
        assert f'"state":{STATE},"private_state":{SECRET},'.encode() in answer.data


def test_a_state_of_null_is_a_state(agent):
    raw = json.dumps(ASK)[:-1] + ', "state":  null}'
    assert agent.post("/handoffs", raw=raw, key="a").json["resume"]["state"] is None


def test_a_replayed_ask_gives_the_state_of_the_first(agent, stated):
    again = agent.post("/handoffs", {**ASK, "state": "other"}, key="a")
    assert STATE.encode() in again.data


def test_people_see_the_state_but_never_the_private_one(ann, stated):
    answer = ann.get(f"/handoffs/{stated.json['id']}")
    assert f'"state":{STATE}'.encode() in answer.data
    assert b"checkpoint" not in answer.data


def test_no_note_brings_the_private_state_before_people(desk, ann, stated):
    forged = f"\0private_state:{stated.json['id']}"

    def say(work):
        ask, who = stated.json, accounts.identify(work, ann.secret, Face.API)
        said = Decision(verb=Verb.DENY, revision=1, fingerprint=ask["fingerprint"], note=forged)
        return decide(work, ask["id"], said, who)

    desk.transact(say)
    assert b"checkpoint" not in ann.get(f"/handoffs/{stated.json['id']}").data


def test_people_get_neither_permit_nor_resume(ann, approved):
    assert not {"resume", "permit", "poll_after"} & ann.read(approved).keys()


def test_the_canonical_action_comes_back(agent):
    action = {"name": "notes.write", "args": {"n": 1.0, "b": 2, "a": 1e3}}
    handoff = agent.submit(action=action)
    raw = agent.get(f"/handoffs/{handoff['id']}").text
    assert '"action":{"name":"notes.write","args":{"a":1000,"b":2,"n":1}}' in raw


def same(one, other):
    """Compare two problems but for what names the request."""
    names = one.json.keys() | other.json.keys()
    return all(one.json[n] == other.json[n] for n in names - {"instance", "request_id"})


CALLS = [
    ("GET", "", None),
    ("POST", "/withdraw", None),
    ("POST", "/revisions", ASK),
    ("POST", "/outcome", {"status": "failed"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[call[1] for call in CALLS])
def test_another_agents_handoff_looks_like_none(add_agent, pending, method, path, body):
    other = add_agent("other-agent")
    data = json.dumps(body) if body else None
    theirs = other.call(method, f"/api/v1/handoffs/{pending['id']}{path}", data=data)
    none = other.call(method, f"/api/v1/handoffs/ho_{'0' * 26}{path}", data=data)
    assert theirs.status_code == none.status_code == 404
    assert same(theirs, none)


def test_another_agents_permit_looks_like_none(add_agent, approved):
    other = add_agent("other-agent")
    theirs = other.redeem(approved)
    none = other.redeem({**approved, "permit": {"id": f"pm_{'0' * 26}_1"}})
    assert theirs.status_code == none.status_code == 404
    assert same(theirs, none)


def test_a_handoff_of_another_team_looks_like_none_to_people(add_person, pending):
    stranger = add_person("eve", Role.APPROVER, "support")
    theirs = stranger.get(f"/handoffs/{pending['id']}")
    none = stranger.get("/handoffs/ho_0")
    assert theirs.status_code == none.status_code == 404
    assert same(theirs, none)


@pytest.mark.parametrize("name", ["%00", "ho_%00", "%F0%9F%98%80", "x" * 3000, "..%2F..", "'; --"])
def test_an_id_that_is_none_is_not_found(agent, name):
    assert agent.get(f"/handoffs/{name}").status_code == 404


def test_the_agent_reads_who_it_is_and_what_is_left(agent, pending):
    me = agent.get("/me").json
    assert (me["kind"], me["agent"], me["level"]) == ("agent", "billing-agent", "standard")
    assert (me["queue"], me["budget"], me["stopped"]) == ({"pending": 1}, None, False)


def test_a_budget_says_what_is_left_and_when_it_renews(desk, agent, publish):
    publish(("    questions:", "    daily_budget: 100\n    questions:"))
    agent.submit(confidence=0.97)
    budget = agent.get("/me").json["budget"]
    assert budget == {"limit": 100, "spent": 1, "left": 99, "renews_at": "2026-03-03T00:00:00Z"}


def test_a_person_reads_who_they_are(ann):
    me = ann.get("/me").json
    assert (me["kind"], me["email"]) == ("person", "ann@desk.test")
    assert me["roles"] == [{"team": "payments", "role": "approver"}]


def test_what_an_agent_claims_is_repeated_whole():
    assert tuple(ClaimsBody.model_fields) == CLAIMS
