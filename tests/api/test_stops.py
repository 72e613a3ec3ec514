"""Stops: put in force by those who decide, lifted by admins, seen by those who are stopped."""

import pytest

from webapp.domain.decision import Role
from webapp.domain.stop import Scope
from webapp.services import stops

STOP = {"scope": "action", "name": "payments.refund", "reason": "Bank is down"}


def test_a_stop_is_in_force_until_it_is_lifted(ann, admin):
    stopped = ann.post("/stops", STOP)
    assert stopped.status_code == 201
    assert stopped.json | STOP == stopped.json
    assert ann.get("/stops").json["stops"] == [stopped.json]
    lifted = admin.post(f"/stops/{stopped.json['id']}/resume")
    assert lifted.json == {"resumed": stopped.json}
    assert ann.get("/stops").json["stops"] == []


def test_a_stop_asks_for_review_and_shows_in_me(agent, ann):
    ann.post("/stops", STOP)
    handoff = agent.submit(confidence=0.99)
    assert (handoff["status"], handoff["verdict"]["reasons"][0]["code"]) == ("pending", "stopped")


def test_an_agent_sees_that_it_is_stopped(agent, ann):
    stop = ann.post("/stops", {"scope": "agent", "name": "billing-agent", "reason": "Odd"}).json
    me = agent.get("/me").json
    assert (me["stopped"], me["stops"]) == (True, [stop])


def test_viewers_do_not_stop_and_approvers_do_not_resume(add_person, ann):
    answer = add_person("vic", Role.VIEWER).post("/stops", STOP)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    stop = ann.post("/stops", STOP).json
    assert ann.post(f"/stops/{stop['id']}/resume").json["code"] == "forbidden"


@pytest.mark.parametrize(
    "stop",
    [STOP, {"scope": "global", "reason": "Odd"}],
    ids=["action", "everything"],
)
def test_a_stop_is_lifted_by_admins_of_the_team_that_set_it_or_of_every_team(add_person, ann, stop):
    name = f"/stops/{ann.post('/stops', stop).json['id']}/resume"
    stranger = add_person("sam", Role.ADMIN, "support").post(name)
    assert (stranger.status_code, stranger.json["code"]) == (403, "forbidden")
    assert add_person("pat", Role.ADMIN, "payments").post(name).status_code == 200


def test_the_owner_of_a_stopped_agent_lifts_its_stop_whoever_set_it(agent, add_person):
    stop = {"scope": "agent", "name": "billing-agent", "reason": "Odd"}
    found = add_person("sid", Role.APPROVER, "support").post("/stops", stop).json
    name = f"/stops/{found['id']}/resume"
    assert add_person("pia", Role.ADMIN, "platform").post(name).status_code == 403
    assert add_person("pat", Role.ADMIN, "payments").post(name).status_code == 200


def test_what_nobody_known_has_stopped_is_for_admins_of_every_team_alone(desk, add_person, admin):
    made = desk.transact(lambda work: stops.stop(work, Scope.GLOBAL, None, "Odd", "cli:root"))
    name = f"/stops/{made.id}/resume"
    assert add_person("pat", Role.ADMIN, "payments").post(name).status_code == 403
    assert admin.post(name).status_code == 200


def test_agents_do_not_stop(agent):
    assert agent.post("/stops", STOP).json["code"] == "person_needed"
    assert agent.get("/stops").json["code"] == "person_needed"


def test_what_is_not_in_force_cannot_be_lifted(ann, admin):
    stop = ann.post("/stops", STOP).json
    admin.post(f"/stops/{stop['id']}/resume")
    assert admin.post(f"/stops/{stop['id']}/resume").status_code == 404


WRONG = [
    ({"scope": "galaxy", "reason": "x"}, "/scope"),
    ({"scope": "global", "name": "x", "reason": "x"}, "/name"),
    ({"scope": "agent", "reason": "x"}, "/name"),
    ({"scope": "global"}, "/reason"),
    ({"scope": "global", "reason": "  "}, "/reason"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG)
def test_a_stop_that_makes_no_sense_is_refused_by_its_place(ann, body, pointer):
    answer = ann.post("/stops", body)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)
