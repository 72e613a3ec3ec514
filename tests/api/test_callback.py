"""Callbacks through the API: chosen for each handoff, promised only where they can be kept, and seen by people."""

from datetime import timedelta
from functools import partial

import pytest

from tests.api.callers import ASK
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Membership, Person, Role
from webapp.domain.handoff import Face
from webapp.domain.message import Reach, Topic
from webapp.services import callbacks, endpoints, outbox

NAME = "billing-agent"
BOSS = Person(
    id="us_boss",
    email="boss@desk.test",
    name="Boss",
    memberships=(Membership(team="*", role=Role.ADMIN),),
    face=Face.CLI,
)
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def endpoint(desk, agent):
    """An endpoint that is in use."""
    url = "https://billing.example.org/handrail"
    desk.transact(lambda work: endpoints.register(work, NAME, url, CallbackWish.THIN, BOSS))
    asked = desk.transact(lambda work: endpoints.challenge(work, NAME, BOSS))
    return desk.transact(lambda work: endpoints.answered(work, NAME, asked, None, BOSS))


def leased(desk):
    """Lease what waits for the network, and give the callbacks among it."""
    lease = partial(outbox.lease, reach=Reach.OUTSIDE, limit=99, length=timedelta(seconds=30))
    found = [(a, desk.read(partial(outbox.claim, attempt=a))) for a in desk.transact(lease)]
    return [(attempt, message) for attempt, message in found if message.topic is Topic.CALLBACK]


def test_a_handoff_is_called_back_about_as_the_endpoint_says_unless_it_says_otherwise(
    agent, endpoint
):
    assert agent.submit("a")["callback"] == "thin"
    assert agent.submit("b", callback="full")["callback"] == "full"
    assert agent.submit("c", callback="none")["callback"] == "none"
    assert agent.submit("d", callback=None)["callback"] == "thin"


def test_a_callback_is_not_promised_where_there_is_no_endpoint(agent):
    answer = agent.post("/handoffs", {**ASK, "callback": "thin"}, key="a")
    assert (answer.status_code, answer.json["code"]) == (422, "no_endpoint")
    assert answer.json["errors"][0]["pointer"] == "/callback"
    assert "handrail agent callback billing-agent" in answer.json["hint"]
    assert agent.submit("a")["callback"] == "none"
    assert agent.submit("b", callback="none")["callback"] == "none"


def test_an_ask_that_was_made_is_found_again_also_after_the_endpoint_is_gone(desk, agent, endpoint):
    asked = agent.submit("a", callback="full")
    desk.transact(lambda work: endpoints.remove(work, NAME, BOSS))
    answer = agent.post("/handoffs", {**ASK, "callback": "full"}, key="a")
    assert (answer.status_code, answer.json["id"]) == (200, asked["id"])


def test_another_word_than_these_is_refused(agent):
    answer = agent.post("/handoffs", {**ASK, "callback": "thick"}, key="a")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/callback")


def test_a_revision_keeps_the_wish_unless_it_names_another(agent, endpoint):
    asked = agent.submit("a", callback="full")
    path = f"/handoffs/{asked['id']}/revisions"
    revised = agent.post(path, {**ASK, "confidence": 0.7}).json
    assert revised["callback"] == "full"
    assert agent.post(path, {**ASK, "callback": "none"}).json["callback"] == "none"


@both
def test_an_endpoint_counts_from_the_next_submission_on(desk, agent):
    agent.submit("a")
    remembered = dict(desk.store.recent)
    url = "https://billing.example.org/handrail"
    desk.transact(lambda work: endpoints.register(work, NAME, url, CallbackWish.FULL, BOSS))
    asked = desk.transact(lambda work: endpoints.challenge(work, NAME, BOSS))
    desk.transact(lambda work: endpoints.answered(work, NAME, asked, None, BOSS))
    desk.store.recent.update(remembered)  # as another process would have it
    assert agent.submit("b")["callback"] == "full"


def test_what_the_answer_to_a_submission_shows_is_not_told_again(desk, agent, endpoint):
    agent.submit("a", confidence=0.99)
    agent.submit("b")
    assert leased(desk) == []


def test_people_see_how_telling_the_agent_went_and_agents_do_not(desk, agent, ann, endpoint):
    handoff = agent.submit("a")
    ann.decide(handoff)
    [(attempt, message)] = leased(desk)
    call = desk.transact(lambda work: callbacks.begin(work, attempt, message))
    why = "it answered 503 Service Unavailable"
    desk.transact(lambda work: callbacks.missed(work, attempt, call, why))
    [seen] = ann.read(handoff)["callbacks"]
    assert seen == {
        "type": "handoff.approved",
        "version": 2,
        "state": "waiting",
        "tries": 1,
        "at": "2026-03-02T09:00:00Z",
        "next_try_at": "2026-03-02T09:00:22.500000Z",
        "problem": why,
    }
    assert "callbacks" not in agent.read(handoff)
