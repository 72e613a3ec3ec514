"""Rules in a case: which fire, which cannot be decided, and what that asks for."""

import pytest

from tests.makers import POLICY, SURE, counters, drafted, submission
from tests.makers import policy as read
from webapp.domain.action import Action
from webapp.domain.routing import route
from webapp.domain.rules import Judged, Standing, judge
from webapp.domain.verdict import Risk, Route

PLAIN = "      - {when: {to: mars}, route: block, because: Nobody lives there}\n"


def under(rule, **args):
    """Route a sure payment under POLICY with one rule more."""
    text = POLICY.replace("[string, number]}}", "[string, number]}, currency: {}}")
    text = text.replace(PLAIN, f"{PLAIN}      - {{{rule}, because: Large}}\n")
    asked = Action(name="pay", args={"to": "carl", "amount": "10.00", **args})
    return route(drafted(submission(asked, confidence=SURE)), read(text), counters())


@pytest.mark.parametrize(
    ("amount", "route_asked"), [("100.00", Route.AUTO), ("100.01", Route.REVIEW)]
)
def test_a_rule_compares_money(amount, route_asked):
    found = under('when: {amount: {over: "100 EUR"}}, route: review', amount=amount, currency="EUR")
    assert found.route is route_asked


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"currency": "USD"}, "/amount is compared in EUR, and /currency is not that"),
        ({}, "/amount is compared in EUR, and /currency is not that"),
        ({"amount": "a lot", "currency": "EUR"}, "/amount is no number to compare"),
    ],
)
def test_what_cannot_be_compared_goes_to_a_person_who_is_told_why(args, why):
    found = under('when: {amount: {over: "100 EUR"}}, risk: medium, route: block', **args)
    assert (found.route, found.risk) == (Route.REVIEW, Risk.MEDIUM)
    [reason] = found.reasons
    assert (reason.code, reason.rule) == ("rule_failed", "actions.pay.rules[2]")
    assert reason.message == f"Large: this could not be decided, since {why}."


def test_a_rule_that_cannot_be_decided_raises_the_risk_as_if_it_had_fired():
    found = under('when: {amount: {over: "9 EUR"}}, risk: critical', currency="USD")
    assert (found.risk, found.quorum) == (Risk.CRITICAL, 2)


def test_a_rule_that_another_condition_settles_needs_no_comparing():
    found = under('when: {to: bob, amount: {over: "9 EUR"}}, route: review', currency="USD")
    assert found.route is Route.AUTO


def test_where_there_are_no_rules_none_fire():
    standing = Standing(owner="payments", level="standard", uses=None)
    assert judge((), drafted(submission()), standing) == Judged()
