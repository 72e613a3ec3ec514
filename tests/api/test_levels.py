"""Levels through the API: people see, promote and demote; agents see where they stand and what is missing."""

import json

import pytest

from tests.api.test_events import stream
from webapp.domain.decision import Role

LADDER = "{start: low_risk, max: standard, promote: {decided: 1}, demote: {denied: 1/7d}}"
UP = {"level": "standard", "reason": "It does well."}
PLACE = "/agents/billing-agent/level"


@pytest.fixture
def ladder(agent, publish):
    publish(("{start: standard, max: standard}", LADDER))


@pytest.mark.usefixtures("ladder")
def test_an_agent_sees_where_it_stands_and_what_is_missing(agent):
    me = agent.get("/me").json
    assert (me["level"], me["max"]) == ("low_risk", "standard")
    assert me["next_level"]["level"] == "standard"
    assert me["next_level"]["missing"][0] == "0 of 1 cases decided by people within 30d."
    assert me["next_level"]["record"]["decided"] == 0


@pytest.mark.usefixtures("ladder")
def test_an_agent_at_the_top_has_no_next_level(agent, admin):
    admin.post(PLACE, UP)
    me = agent.get("/me").json
    assert (me["level"], me["next_level"]) == ("standard", None)


@pytest.mark.usefixtures("ladder")
def test_an_admin_promotes_for_a_reason(agent, ann, admin):
    ann.decide(agent.submit())
    assert ann.get(PLACE).json["next_level"]["ready"]
    promoted = admin.post(PLACE, UP)
    assert promoted.status_code == 200
    assert promoted.json == {
        "agent": "billing-agent",
        "owner": "payments",
        "level": "standard",
        "max": "standard",
        "next_level": None,
    }
    assert agent.submit("refund:2", confidence=0.99)["status"] == "approved"


@pytest.mark.usefixtures("ladder")
def test_a_denial_takes_the_level_back_where_the_policy_says_so(agent, ann):
    ann.decide(agent.submit(), "deny", note="No.")
    assert agent.get("/me").json["level"] == "read_only"


@pytest.mark.usefixtures("ladder")
def test_approvers_demote_but_do_not_promote_and_agents_do_neither(agent, ann, add_person):
    assert ann.post(PLACE, UP).json["code"] == "forbidden"
    assert add_person("vic", Role.VIEWER).post(PLACE, UP).json["code"] == "forbidden"
    assert agent.post(PLACE, UP).json["code"] == "person_needed"
    assert agent.get(PLACE).json["code"] == "person_needed"
    down = ann.post(PLACE, {"level": "supervised", "reason": "Odd."})
    assert down.json["level"] == "supervised"


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"level": "trusted", "reason": "x"}, 409, None),
        ({"level": "gone", "reason": "x"}, 422, "/level"),
        ({"level": "standard", "reason": "  "}, 422, "/reason"),
        ({"level": "standard"}, 422, "/reason"),
        ({"reason": "x"}, 422, "/level"),
        ({**UP, "force": True}, 422, "/force"),
    ],
)
@pytest.mark.usefixtures("ladder")
def test_other_steps_are_refused_by_their_place(admin, body, status, pointer):
    answer = admin.post(PLACE, body)
    assert answer.status_code == status
    assert [one["pointer"] for one in answer.json.get("errors", [])][:1] == (
        [pointer] if pointer else []
    )
    assert admin.get(PLACE).json["level"] == "low_risk"


def test_there_is_no_level_of_an_agent_that_is_not_there(admin):
    assert admin.post("/agents/nobody/level", UP).status_code == 404
    assert admin.get("/agents/nobody/level").status_code == 404


@pytest.mark.usefixtures("ladder")
def test_the_agents_stream_tells_of_its_promotion(agent, admin, conforms):
    with stream(agent) as frames:
        next(frames)
        admin.post(PLACE, UP)
        told = next(frames)
        assert told["event"] == "level"
        conforms("LevelMoved", json.loads(told["data"]))
