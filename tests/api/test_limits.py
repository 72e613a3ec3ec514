"""Limits through the API: what an agent may still do, and why something waits that is too much."""

import pytest

from tests.api.callers import ASK

ENVELOPE = """\
    tiers: {auto: 0.95, review: 0.60}
    envelope:
      amount: {arg: /amount, currency: /currency, each: "500 EUR", per_day: "600 EUR"}
      counterparty: {arg: /counterparty}
      total: {counterparty: {ever: "900 EUR"}}
    rules:
"""
USAGE = "    questions: {to: support, deadline: 2h}\n    usage: {tokens_per_day: 1000}\n"


@pytest.fixture
def bounded(publish):
    publish(
        ("    tiers: {auto: 0.95, review: 0.60}\n    rules:\n", ENVELOPE),
        ("    questions: {to: support, deadline: 2h}\n", USAGE),
    )


def refund(agent, amount="129.00"):
    """Submit a refund that the agent is sure of."""
    action = {**ASK["action"], "args": {**ASK["action"]["args"], "amount": amount}}
    return agent.submit(action=action, confidence=0.99)


def limits(agent):
    return {one["rule"].rpartition(".")[2]: one for one in agent.get("/me").json["limits"]}


@pytest.mark.usefixtures("bounded")
def test_me_says_every_limit_with_what_is_used_left_and_when_it_renews(agent):
    assert refund(agent)["status"] == "approved"
    day = limits(agent)["per_day"]
    assert day.pop("renews_at").endswith("T00:00:00Z")
    assert day == {
        "rule": "actions.payments.refund.envelope.amount.per_day",
        "unit": "EUR",
        "per": "day",
        "counted_for": "everybody",
        "limit": "600",
        "used": "129",
        "left": "471",
    }


@pytest.mark.usefixtures("bounded")
def test_what_each_counterparty_has_of_its_own_is_told_without_a_number(agent):
    ever = limits(agent)["ever"]
    assert (ever["limit"], ever["used"], ever["left"]) == ("900", None, None)


@pytest.mark.usefixtures("bounded")
def test_usage_that_is_reported_is_counted(agent):
    running = agent.redeem(refund(agent)).json
    agent.report(running, usage={"tokens": 999})
    assert limits(agent)["tokens_per_day"]["left"] == "1"


@pytest.mark.usefixtures("bounded")
def test_what_is_too_much_waits_and_says_what_would_be_accepted(agent):
    verdict = refund(agent, "500.01")["verdict"]
    [reason] = verdict["reasons"]
    assert (reason["code"], reason["fix"]) == ("amount_over_each", "at most 500 EUR")
    assert [(one["unit"], one["takes"], one["left"]) for one in verdict["limits"]] == [
        ("tokens", "0", "1000"),
        ("EUR", "500.01", "99.99"),
        ("EUR", "500.01", "399.99"),
    ]


def test_an_agent_without_limits_has_none(agent):
    assert agent.get("/me").json["limits"] == []
