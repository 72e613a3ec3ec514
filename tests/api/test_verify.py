"""Whether a success is one, through the API: what is pending, what was found out, and who sees what of it."""

import json
from datetime import timedelta

import pytest

from tests.api.conftest import POLICY, SETTINGS
from tests.serving import Quiet, served
from webapp import config
from webapp.domain.message import Attempt, Reach
from webapp.looking import look_into
from webapp.services import outbox, policies, verify
from webapp.store import handoffs

EXPECTED = {"/status": "refunded", "/owner/iban": "DE00"}
STEP = """    verify: {url: "URL/orders/{order_id}", within: 1m}
  payments.payout:"""


class Orders(Quiet):
    """What is looked at."""

    orders: dict

    def take(self):
        self.answer(200, self.orders)


@pytest.fixture
def settings(database, redis_url, tmp_path):
    place = {"DATABASE_URL": database, "REDIS_URL": redis_url, "HANDRAIL_HOME": str(tmp_path)}
    return config.read({**SETTINGS, **place, "HANDRAIL_ALLOW_NETWORKS": "127.0.0.0/8"})


@pytest.fixture
def orders(desk):
    found = {"status": "open", "owner": {"iban": "DE99"}}
    with served(Orders, orders=found) as address:
        text = POLICY.replace("  payments.payout:", STEP.replace("URL", address), 1)
        desk.transact(lambda work: policies.publish(work, text, "test"))
        yield found


@pytest.fixture
def done(agent, ann, orders):
    """A success that is not looked into yet."""
    handoff = agent.submit(expected_effect=EXPECTED)
    assert ann.decide(handoff).status_code == 200
    running = agent.redeem(agent.read(handoff)).json
    return agent.report(running, effect={"status": "refunded"}).json


@pytest.fixture
def look(desk, world):
    """Look as the worker does, at last when the time is over."""

    def once(handoff):
        world.pass_time(minutes=5)
        found = desk.read(lambda work: handoffs.load(work, handoff["id"]))
        seen = look_into(desk, found)
        [*_, leased] = desk.transact(
            lambda work: outbox.lease(work, Reach.OUTSIDE, 100, timedelta(days=1))
        )
        last = Attempt(id=leased.id, number=9)
        desk.transact(lambda work: verify.record(work, last, found, seen))

    return once


def test_until_it_was_looked_at_nothing_is_known(done):
    assert done["status"] == "succeeded"
    assert done["outcome"]["verified"] is None
    assert done["outcome"]["verification"] == {
        "state": "pending",
        "by": "look",
        "at": None,
        "differences": [],
        "problem": None,
    }


def test_people_see_what_is_there_and_the_agent_only_which_of_its_values_differ(
    agent, ann, done, look
):
    look(done)
    seen = ann.read(done)["outcome"]["verification"]
    assert seen["state"] == "contradicted"
    assert seen["differences"] == [
        {"pointer": "/status", "expected": "refunded", "is": "open"},
        {"pointer": "/owner/iban", "expected": "DE00", "is": "DE99"},
    ]
    told = agent.read(done)
    assert told["outcome"]["verified"] is False
    assert told["outcome"]["verification"]["differences"] == [
        {"pointer": "/status", "expected": "refunded"},
        {"pointer": "/owner/iban", "expected": "DE00"},
    ]
    assert "DE99" not in json.dumps(told)
    assert "not as expected" in told["resume"]["instruction"]
    assert (told["status"], told["version"]) == ("succeeded", done["version"])


def test_what_is_as_expected_is_verified(agent, done, look, orders):
    orders.update(status="refunded", owner={"iban": "DE00"})
    look(done)
    assert agent.read(done)["outcome"]["verified"] is True
