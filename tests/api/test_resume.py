"""The resume object: at every status the state, what to run if anything, and what to do next."""

import pytest

from tests.api.callers import ARGS, REFUND
from webapp.domain.handoff import Status
from webapp.domain.message import Topic
from webapp.services.expire import end_if_due

WARRANTY = {"name": "payments.refund", "args": {**ARGS, "reason": "warranty"}}
NEXT = {
    "pending": "Wait",
    "changes_requested": "A person asks for changes",
    "approved": "Redeem the permit, then run",
    "running": "The permit has been redeemed",
    "succeeded": "Done",
    "failed": "The failure is recorded",
    "unknown": "Nobody knows",
    "denied": "A person denied",
    "answered": "A person answered",
    "blocked": "The policy refuses",
    "expired": "Time ran out",
    "withdrawn": "It was withdrawn",
}


@pytest.fixture
def bring(desk, agent, ann, add_person, world):
    """Give a function that brings a handoff to a status and reads it."""
    expert = add_person("sue", team="support")

    def expire(handoff):
        world.pass_time(hours=1)
        desk.transact(lambda work: end_if_due(work, Topic.EXPIRE, handoff["id"]))

    def end(handoff, status):
        ann.decide(handoff)
        agent.redeem(agent.read(handoff))
        if status != "running":
            agent.report(handoff, status)

    ways = {
        "pending": lambda handoff: None,
        "approved": ann.decide,
        "changes_requested": lambda handoff: ann.decide(handoff, "request_changes", note="Why?"),
        "denied": lambda handoff: ann.decide(handoff, "deny", note="No."),
        "expired": expire,
        "withdrawn": lambda handoff: agent.post(f"/handoffs/{handoff['id']}/withdraw"),
        "blocked": lambda handoff: None,
        "answered": lambda handoff: expert.decide(
            handoff, "respond", response={"interpretation": "same"}
        ),
    }

    def brought(status):
        states = {"state": {"step": 3}, "private_state": "secret"}
        if status == "answered":
            handoff = agent.ask(**states)
        else:
            action = WARRANTY if status == "blocked" else REFUND
            handoff = agent.submit(action=action, **states)
        ways.get(status, lambda one: end(one, status))(handoff)
        return agent.read(handoff)

    return brought


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_resume(bring, status):
    handoff = bring(status)
    resume = handoff["resume"]
    assert handoff["status"] == status
    assert resume["instruction"].startswith(NEXT[status])
    assert (resume["state"], resume["private_state"]) == ({"step": 3}, "secret")
    assert resume["action"] == (REFUND if status in {"approved", "running"} else None)
    assert (handoff["permit"] is not None) == (status == "approved")


@pytest.mark.parametrize(("status", "note"), [("denied", "No."), ("changes_requested", "Why?")])
def test_what_a_person_said_is_marked_as_coming_from_a_person(bring, status, note):
    resume = bring(status)["resume"]
    assert resume["note"] == note
    assert resume["from"] == {"kind": "person", "name": "ann@desk.test", "via": "api"}


def test_where_nobody_spoke_nobody_is_named(agent):
    resume = agent.submit(confidence=0.99)["resume"]
    assert (resume["from"], resume["note"], resume["response"]) == (None, None, None)


def test_after_a_revocation_the_old_words_are_gone(agent, ann, pending):
    ann.decide(pending, note="Go ahead.")
    ann.post(f"/handoffs/{pending['id']}/revoke")
    handoff = agent.read(pending)
    assert (handoff["decision"], handoff["resume"]["note"]) == (None, None)


def test_an_agent_that_kept_only_its_key_gets_the_same(agent, ann, pending):
    ann.decide(pending)
    found = agent.get("/handoffs", key="refund:8841").json["handoffs"][0]
    assert found == agent.read(pending)
