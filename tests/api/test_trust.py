"""Submissions in quick succession take on trust what the last one read, and still never miss a change."""

import pytest

from tests.api.callers import ASK
from webapp.domain.stop import Scope
from webapp.services import accounts, stops

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def test_a_key_that_was_just_used_is_refused_once_it_is_revoked(agent, desk):
    agent.submit(key="first")
    desk.transact(lambda work: accounts.revoke_key(work, "billing-agent", None))
    assert agent.post("/handoffs", {"kind": "action"}, key="second").status_code == 401
    answer = agent.post("/handoffs", ASK, key="second")
    assert answer.status_code == 401


def test_a_policy_published_a_moment_ago_routes_the_next_submission(agent, publish):
    assert agent.submit(key="first")["verdict"]["policy"] == 1
    publish()
    assert agent.submit(key="second")["verdict"]["policy"] == 2


def test_a_stop_of_a_moment_ago_is_seen_by_the_next_submission(agent, desk):
    agent.submit(key="first", confidence=0.99)
    desk.transact(lambda work: stops.stop(work, Scope.GLOBAL, None, "The bank is down", "test"))
    reasons = agent.submit(key="second", confidence=0.99)["verdict"]["reasons"]
    assert "stopped" in [reason["code"] for reason in reasons]


def test_the_same_ask_in_quick_succession_is_one_handoff(agent):
    first = agent.submit(key="same")
    again = agent.post("/handoffs", ASK, key="same")
    assert (again.status_code, again.json["id"]) == (200, first["id"])


def test_invalid_args_in_quick_succession_are_told_each_time(agent):
    agent.submit(key="first")
    wrong = {**ASK, "action": {"name": "payments.refund", "args": {}}}
    assert [agent.post("/handoffs", wrong, key="second").status_code for _ in "ab"] == [422, 422]


def test_nothing_is_taken_on_trust_where_nothing_can_prove_it(agent, desk):
    agent.submit(key="first")
    assert bool(desk.store.recent) is not desk.store.is_sqlite
