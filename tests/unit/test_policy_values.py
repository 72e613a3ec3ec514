"""A policy as a value: what it says of actions and of agents."""

from datetime import timedelta

import pytest

from tests.unit.policy_samples import ARGS, POLICY, read_action, sample
from webapp.domain.conditions import Condition, OneOf
from webapp.domain.deadline import Deadline
from webapp.domain.policy import Approvals, Grant, Terms, Tiers
from webapp.domain.policy_document import parse
from webapp.domain.verdict import Risk, Route

RULES = "actions.payments.refund.rules"


def test_the_document_is_kept_with_its_number():
    policy = sample()
    assert (policy.number, policy.text) == (3, POLICY)
    assert (policy.timezone.key, policy.unknown_action) == ("Europe/Berlin", Route.BLOCK)


def test_an_action_type_is_read_whole():
    action = sample().action_type("payments.refund")
    assert (action.name, action.known, action.title) == (
        "payments.refund",
        True,
        "Refund a customer",
    )
    assert (action.target, action.pinned) == ("/order_id", ("/amount", "/counterparty"))
    assert (action.risk, action.reversible, action.unasked, action.cost) == (
        Risk.MEDIUM,
        False,
        False,
        100,
    )
    assert action.because.startswith("Money leaves")
    assert action.tiers == Tiers(auto=0.9, review=0.6)
    assert action.approvals == Approvals(teams=("payments-leads",), count=1, when_critical=2)
    assert action.deadline == Deadline(after=timedelta(minutes=30))
    assert action.terms == Terms(
        valid=timedelta(days=2), run_within=timedelta(seconds=90), not_before=timedelta(seconds=10)
    )


def test_a_permit_is_made_out_to_the_usual_tools_unless_the_policy_names_others():
    bank = read_action("permit: {audience: 'https://bank.internal'}")
    assert (Terms().audience, bank.terms.audience) == ("handrail-tools", "https://bank.internal")


def test_rules_carry_their_place_in_the_document():
    first, second = sample().action_type("payments.refund").rules
    assert first.when == (
        Condition(pointer="/reason", asks=OneOf(("goodwill",))),
        Condition(pointer="/currency", asks=OneOf(("USD",))),
    )
    assert (first.route, first.risk, first.path) == (Route.REVIEW, None, f"{RULES}[0]")
    assert (second.route, second.risk, second.path) == (None, Risk.CRITICAL, f"{RULES}[1]")


def test_an_action_type_that_says_little_has_the_usual_terms():
    action = read_action("risk: low")
    assert (action.title, action.summary, action.args) == ("a.b", None, None)
    assert (action.reversible, action.unasked, action.cost) == (True, True, 1)
    assert action.tiers == Tiers(auto=0.95, review=0.0)
    assert action.approvals == Approvals(teams=(), count=1, when_critical=None)
    assert action.deadline == Deadline(after=timedelta(hours=24))
    assert action.terms == Terms(
        valid=timedelta(hours=24), run_within=timedelta(minutes=15), not_before=timedelta()
    )


@pytest.mark.parametrize(
    ("lines", "unasked"),
    [
        ("reversible: true", True),
        ("reversible: false", False),
        ("{reversible: false, unasked: true}", True),
        ("{reversible: true, unasked: false}", False),
    ],
)
def test_only_what_can_be_undone_runs_unasked_unless_the_policy_says_so(lines, unasked):
    assert read_action(lines).unasked is unasked


def test_an_action_without_a_risk_is_taken_for_high():
    assert read_action("title: x").risk is Risk.HIGH


def test_an_unknown_action_is_of_high_risk_and_never_runs_unasked():
    action = sample().action_type("nobody.knows")
    assert (action.name, action.known, action.risk) == ("nobody.knows", False, Risk.HIGH)
    assert (action.unasked, action.reversible) == (False, False)
    assert (action.problems({"x": 1}), action.summarise({"x": 1})) == ((), None)


def test_the_summary_comes_from_the_args_alone():
    action = sample().action_type("payments.refund")
    assert action.summarise(ARGS) == "Refund 129.00 EUR to cus_77"


def test_problems_of_args_are_relative_to_them():
    action = sample().action_type("payments.refund")
    assert action.problems(ARGS) == ()
    [problem] = action.problems({**ARGS, "amount": "1"})
    assert (problem.pointer, problem.code) == ("/amount", "pattern")


def test_levels_are_the_usual_ones_unless_the_document_names_others():
    usual = ["observe", "supervised", "read_only", "low_risk", "standard", "trusted"]
    assert list(sample().levels) == usual
    assert sample().levels["standard"] is Risk.MEDIUM
    assert sample().levels["supervised"] is None


def test_a_grant_is_found_by_the_agents_exact_name():
    grant = sample().grant("billing-agent", "other-team")
    assert (grant.owner, grant.start, grant.max, grant.daily_budget) == (
        "payments",
        "supervised",
        "standard",
        2000,
    )
    assert (grant.questions_to, grant.questions_deadline) == (
        "support-leads",
        Deadline(after=timedelta(hours=2)),
    )


def test_an_agent_that_is_not_named_has_the_grant_of_any_agent():
    grant = sample().grant("new-agent", "other-team")
    assert (grant.name, grant.owner, grant.max) == ("*", "platform", "supervised")


def test_without_any_grant_an_agent_is_supervised_by_its_owner():
    grant = parse("actions: {}", number=1).grant("new-agent", "its-team")
    assert (grant.name, grant.owner, grant.start, grant.max) == (
        "new-agent",
        "its-team",
        "supervised",
        "supervised",
    )


def test_a_grant_without_an_owner_has_the_agents_own():
    policy = parse("agents: {x: {daily_budget: 5}}", number=1)
    assert policy.grant("x", "its-team").owner == "its-team"


@pytest.mark.parametrize(
    ("granted", "name", "allowed"),
    [
        (None, "any.thing", True),
        (("*",), "any.thing", True),
        (("payments.*",), "payments.refund", True),
        (("payments.*",), "payments.refund.part", True),
        (("payments.*",), "payments", False),
        (("payments.*",), "paymentsx.refund", False),
        (("support.reply",), "support.reply", True),
        (("support.reply",), "support.reply.all", False),
    ],
)
def test_a_grant_allows_names_and_prefixes(granted, name, allowed):
    assert Grant(name="x", owner=None, actions=granted).allows(name) is allowed


def test_a_policy_can_be_a_key_and_is_itself_alone():
    policy = sample()
    assert {policy: 1}[policy] == 1
    assert policy != sample()
