"""What people see of the world, through the API: they decide on it, and it must still be so when it runs."""

from datetime import timedelta

import pytest

from tests.api.conftest import POLICY, SETTINGS
from tests.serving import Quiet, served
from webapp import config
from webapp.domain.message import Reach
from webapp.http import room
from webapp.looking import picture
from webapp.services import outbox, policies, previews
from webapp.store import handoffs

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
DAY = timedelta(days=1)
WORLD = """    preview: {url: "URL/orders/{order_id}", only: [/status]}
  payments.payout:"""


class Orders(Quiet):
    """What is looked at, as `orders` says it is."""

    orders: dict

    def take(self):
        self.orders["asked"] += 1
        self.answer(
            self.orders["code"], {"status": self.orders["status"], "at": self.orders["asked"]}
        )


@pytest.fixture
def settings(database, redis_url, tmp_path):
    place = {"DATABASE_URL": database, "REDIS_URL": redis_url, "HANDRAIL_HOME": str(tmp_path)}
    return config.read({**SETTINGS, **place, "HANDRAIL_ALLOW_NETWORKS": "127.0.0.0/8"})


@pytest.fixture
def orders(desk):
    found = {"asked": 0, "code": 200, "status": "open"}
    with served(Orders, orders=found) as address:
        text = POLICY.replace("  payments.payout:", WORLD.replace("URL", address), 1)
        desk.transact(lambda work: policies.publish(work, text, "test"))
        yield found


@pytest.fixture
def look(desk, agent):
    """Look at the world for a handoff as the worker does, and give it as it stands then."""

    def once(handoff):
        name = handoff["id"]
        found = desk.read(lambda work: handoffs.load(work, name))
        seen = picture(desk, found)
        leased = desk.transact(lambda work: outbox.lease(work, Reach.OUTSIDE, 100, DAY))
        desk.transact(lambda work: previews.record(work, leased[-1], found, seen))
        return agent.read(handoff)

    return once


def approve(ann, handoff):
    return ann.decide(handoff, preview=(handoff["preview"] or {}).get("digest"))


def refused(answer):
    return answer.status_code, answer.json["code"]


@both
def test_a_handoff_says_what_people_see(agent, ann, orders, look):
    handoff = agent.submit()
    assert handoff["preview"] == {
        "state": "pending", "at": None, "digest": None, "before": None, "after": None, "problem": None,
    }  # fmt: skip
    assert refused(ann.decide(handoff)) == (409, "preview_pending")
    seen = look(handoff)["preview"]
    assert seen.pop("digest").startswith("sha256:")
    assert seen == {
        "state": "shown",
        "at": "2026-03-02T09:00:00Z",
        "before": {"/status": "open"},
        "after": None,
        "problem": None,
    }
    assert ann.read(handoff)["preview"]["before"] == {"/status": "open"}


def test_without_a_preview_there_is_none(agent, ann):
    handoff = agent.submit()
    assert handoff["preview"] is None
    assert ann.decide(handoff).status_code == 200


def test_a_look_that_failed_says_why(agent, ann, orders, look):
    orders["code"] = 404
    seen = look(agent.submit())
    assert seen["preview"]["state"] == "failed"
    assert "404 Not Found" in seen["preview"]["problem"]
    assert approve(ann, seen).status_code == 200
    assert agent.redeem(agent.read(seen)).status_code == 200


@both
def test_a_decision_names_what_was_shown(agent, ann, orders, look):
    seen = look(agent.submit())
    answer = ann.decide(seen)
    assert refused(answer) == (409, "stale_preview")
    assert answer.json["preview"] == seen["preview"]["digest"]
    assert refused(ann.decide(seen, preview="sha256:other")) == (409, "stale_preview")
    assert approve(ann, seen).json["status"] == "approved"


@both
def test_it_is_looked_at_again_before_it_runs(agent, ann, orders, look):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    assert agent.redeem(handoff).json["status"] == "running"
    assert orders["asked"] == 2
    assert agent.redeem(handoff).json["status"] == "running"
    assert orders["asked"] == 2


def test_a_world_that_is_slow_to_look_at_does_not_take_every_thread(desk, agent, ann, orders, look):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    most = room.for_looks(desk.config)
    looking = [room.looks.enter(most) for _ in range(most)]
    assert refused(agent.redeem(handoff)) == (503, "world_unseen")
    assert (all(looking), orders["asked"]) == (True, 1)
    for _ in looking:
        room.looks.leave()
    assert agent.redeem(handoff).json["status"] == "running"


def test_who_waits_for_an_answer_keeps_nobody_from_redeeming(desk, agent, ann, orders, look):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    most = room.for_agents(desk.config)
    waiting = [room.agents.enter(most) for _ in range(most)]
    assert agent.redeem(handoff).json["status"] == "running"
    for _ in waiting:
        room.agents.leave()


@both
def test_where_the_world_has_moved_it_goes_back_to_people_with_the_difference(
    agent, ann, orders, look
):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    orders["status"] = "refunded"
    answer = agent.redeem(handoff)
    assert refused(answer) == (409, "world_changed")
    moved = [{"pointer": "/status", "was": "open", "is": "refunded"}]
    assert answer.json["differences"] == moved
    now = agent.read(handoff)
    assert (now["status"], now["permit"]) == ("pending", None)
    assert now["preview"]["before"] == {"/status": "refunded"}
    assert refused(agent.redeem(handoff)) == (409, "permit_void")
    approve(ann, now)
    assert agent.redeem(agent.read(handoff)).status_code == 200


@both
def test_where_it_cannot_be_looked_at_nothing_begins_and_the_permit_stays_good(
    agent, ann, orders, look
):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    orders["code"] = 500
    answer = agent.redeem(handoff)
    assert refused(answer) == (503, "world_unseen")
    assert int(answer.headers["Retry-After"]) > 0
    assert agent.read(handoff)["status"] == "approved"
    orders["code"] = 200
    assert agent.redeem(handoff).status_code == 200


@both
@pytest.mark.parametrize("code", [404, 410])
def test_what_is_gone_since_has_moved_and_people_decide_knowing_it(agent, ann, orders, look, code):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    orders["code"] = code
    answer = agent.redeem(handoff)
    assert refused(answer) == (409, "world_changed")
    assert answer.json["differences"] == [{"pointer": "/status", "was": "open"}]
    now = agent.read(handoff)
    assert (now["status"], now["preview"]["before"]) == ("pending", None)
    assert str(code) in now["preview"]["problem"]
    approve(ann, now)
    assert agent.redeem(agent.read(handoff)).status_code == 200


def test_what_would_be_refused_anyway_is_not_looked_at(agent, ann, orders, look):
    approve(ann, look(agent.submit()))
    handoff = agent.get("/handoffs").json["handoffs"][0]
    answer = agent.redeem(handoff, action={**handoff["action"], "args": {}})
    assert refused(answer) == (409, "fingerprint_mismatch")
    assert orders["asked"] == 1
