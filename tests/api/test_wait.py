"""GET /handoffs/{id}?wait=: an answer as soon as there is something new, and not before."""

from dataclasses import replace

import pytest

from tests.api.callers import FRAUD
from tests.api.waiting import Deaf, Watched, meanwhile
from webapp.app import create_app
from webapp.domain.message import Topic
from webapp.services.expire import end_if_due

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def desk(desk):
    return replace(desk, wakeups=Watched(desk.wakeups))


@both
def test_a_decision_ends_the_wait(desk, agent, ann, pending):
    with meanwhile(desk, agent.read, pending, wait=30) as answer:
        ann.decide(pending)
    assert answer.result()["status"] == "approved"
    assert "poll_after" not in answer.result()


@both
def test_a_revision_ends_the_wait_for_a_later_version(desk, agent, pending):
    with meanwhile(desk, agent.read, pending, wait=30, after=1) as answer:
        agent.post(f"/handoffs/{pending['id']}/revisions", {"action": FRAUD})
    assert (answer.result()["status"], answer.result()["version"]) == ("pending", 2)


def test_a_revision_does_not_end_the_wait_for_a_decision(desk, agent, ann, pending):
    with meanwhile(desk, agent.read, pending, wait=30) as answer:
        revised = agent.post(f"/handoffs/{pending['id']}/revisions", {"action": pending["action"]})
        assert desk.wakeups.begun.acquire(timeout=10)  # it looked, and waits again
        assert not answer.done()
        ann.decide(revised.json, "deny", note="No.")
    assert answer.result()["status"] == "denied"


@both
def test_a_vote_that_does_not_complete_the_quorum_does_not_end_the_wait(desk, agent, ann, bob):
    handoff = agent.submit(action=FRAUD)
    with meanwhile(desk, agent.read, handoff, wait=30, after=1) as answer:
        assert ann.decide(handoff).json["status"] == "pending"
        assert desk.wakeups.begun.acquire(timeout=10)
        assert not answer.done()
        assert bob.decide(handoff).json["status"] == "approved"
    assert answer.result()["status"] == "approved"


def test_expiry_ends_the_wait(desk, agent, world):
    handoff = agent.submit(expires_in="10s")
    with meanwhile(desk, agent.read, handoff, wait=30) as answer:
        world.pass_time(seconds=11)
        desk.transact(lambda work: end_if_due(work, Topic.EXPIRE, handoff["id"]))
    assert answer.result()["status"] == "expired"


def test_when_the_time_is_up_the_handoff_comes_unchanged(agent, pending):
    answer = agent.read(pending, wait=1, after=1)
    assert answer.pop("poll_after") == 1
    assert answer == pending


@pytest.mark.parametrize("query", [{"after": 0}, {"after": 1}, {}])
def test_what_has_moved_already_is_answered_at_once(agent, approved, query):
    assert agent.read(approved, wait=30, **query)["status"] == "approved"


def test_a_person_may_wait_too(ann, agent, approved):
    assert ann.read(approved, wait=30)["status"] == "approved"


@pytest.fixture
def deaf(settings, world, desk, agent):
    """Wake-ups that get lost, in the process that the agent asks."""
    wakeups = Deaf()
    agent.app = create_app(settings, world, replace(desk, wakeups=wakeups))
    return wakeups


@both
def test_nobody_who_waits_holds_a_database_connection(desk, agent, pending, deaf):
    held = []
    deaf.meanwhile = lambda: held.append(desk.store.engine.pool.checkedout())
    agent.read(pending, wait=30)
    assert held == [0]


def test_a_lost_wake_up_costs_time_but_no_answer(agent, ann, pending, deaf):
    deaf.meanwhile = lambda: ann.decide(pending)
    answer = agent.read(pending, wait=30)
    assert answer["status"] == "approved"
    assert "poll_after" not in answer


@pytest.mark.parametrize(
    "query", [{"wait": 31}, {"wait": -1}, {"wait": "x"}, {"wait": "٣"}, {"after": 2**31}, {"w": 1}]
)
def test_a_wait_that_makes_no_sense_is_refused(agent, pending, query):
    answer = agent.get(f"/handoffs/{pending['id']}", **query)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == f"?{next(iter(query))}"
