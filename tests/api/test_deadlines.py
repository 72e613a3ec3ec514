"""Deadlines, escalation and absences as programs see them: fields of a handoff, a decision and a person."""

import pytest

from tests.api.conftest import POLICY
from webapp.domain.message import Topic
from webapp.services import absences, policies
from webapp.services.escalate import go_on_if_due

TEXT = POLICY.replace(
    "deadline: {after: 30m, then: expire}",
    "deadline: {after: 30m, remind: 5m, escalate: [{after: 15m, to: leads}]}",
)


@pytest.fixture
def pending(desk, agent):
    desk.transact(lambda work: policies.publish(work, TEXT, "test"))
    return agent.submit()


def test_a_handoff_says_who_is_asked_next_and_when(pending):
    assert pending["verdict"]["deadline"] == {
        "after": "30m",
        "remind": "5m",
        "escalate": [{"after": "15m", "to": "leads"}],
    }
    assert pending["escalated_to"] == []
    assert pending["escalates"] == {"to": "leads", "at": "2026-03-02T09:15:00Z"}
    assert pending["deadline_at"] == "2026-03-02T09:30:00Z"


def test_after_it_escalated_it_says_so_and_no_waiting_agent_is_woken(desk, agent, world, pending):
    world.pass_time(minutes=15)
    desk.transact(lambda work: go_on_if_due(work, Topic.ESCALATE, pending["id"]))
    now = agent.get(f"/handoffs/{pending['id']}").json
    assert (now["escalated_to"], now["escalates"]) == (["leads"], None)
    assert (now["version"], now["deadline_at"]) == (pending["version"], pending["deadline_at"])


def test_the_next_team_decides_when_it_was_asked(desk, add_person, world, pending):
    lea = add_person("lea", team="leads")
    refused = lea.decide(pending)
    assert (refused.status_code, refused.json["code"]) == (403, "not_an_approver")
    world.pass_time(minutes=15)
    desk.transact(lambda work: go_on_if_due(work, Topic.ESCALATE, pending["id"]))
    assert lea.decide(pending).json["status"] == "approved"


def test_without_a_word_on_it_the_verdict_has_no_deadline(agent):
    assert agent.submit()["verdict"]["deadline"] is None


def test_a_delegates_decision_names_both(desk, world, add_person, ann, pending):
    kim = add_person("kim", team="support")
    assert kim.get("/me").json["stands_in_for"] == []
    until = world.now().date()
    desk.transact(
        lambda work: absences.go_away(work, "ann@desk.test", until, "kim@desk.test", "test")
    )
    assert kim.get("/me").json["stands_in_for"] == ["ann@desk.test"]
    done = kim.decide(pending).json
    assert (done["decision"]["by"], done["decision"]["in_place_of"]) == (
        "kim@desk.test",
        "ann@desk.test",
    )
    assert done["votes"][0]["in_place_of"] == "ann@desk.test"
    late = ann.decide(pending, verb="deny", note="No.")
    assert "kim@desk.test for ann@desk.test has decided this already" in late.json["detail"]
