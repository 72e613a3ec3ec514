"""A rule that another one makes pointless is warned of, and no other one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import drawn_rules
from tests.unit.policy_samples import action_with, warnings
from webapp.domain.conditions import all_of
from webapp.domain.policy import Rule
from webapp.domain.policy_document import check
from webapp.domain.policy_shadowed import covers, implies
from webapp.domain.verdict import Route

ARGS = "risk: low\nargs: {type: object, additionalProperties: true}\n"


def shadowed(*rules):
    """Say which rules are warned of."""
    written = "".join(f"  - {{{rule}, because: x}}\n" for rule in rules)
    found = check(action_with(f"{ARGS}rules:\n{written}"))
    assert found.problems == ()
    return [one.line - 6 for one in found.warnings if one.code == "rule_shadowed"]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("{a: [x, y]}", "{a: x}"),
        ("{a: x}", "{a: x, b: y}"),
        ("{a: {over: 100}}", "{a: {over: 500}}"),
        ("{a: {at_least: 5}}", "{a: {over: 5}}"),
        ("{a: {under: 5}}", "{a: {at_most: 4}}"),
        ("{a: {over: 5}}", "{a: 6}"),
        ('{a: {over: "5 EUR"}}', '{a: {over: "6 EUR"}}'),
        ("{a: {not: x}}", "{a: {not: [x, y]}}"),
        ("{a: {not: x}}", "{a: y}"),
        ("{a: {matches: ^c}}", "{a: [cab, cob]}"),
        ("{a: {absent: false}}", "{a: {over: 5}}"),
        ("'args.a > 5'", "'args.a > 5'"),
        ("'true'", "'args.a > 5'"),
        ("'true'", "{a: 1}"),
    ],
)
def test_a_rule_within_a_wider_one_that_asks_as_much_is_warned_of(wide, narrow):
    wide, narrow = (f"when: {when}, route: review" for when in (wide, narrow))
    assert shadowed(wide, narrow) == [1]
    assert shadowed(narrow, wide) == ([1] if wide == narrow else [0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{a: [x, y]}", "{a: [y, z]}"),
        ("{a: x}", "{b: x}"),
        ("{a: {over: 100}}", "{a: {under: 500}}"),
        ('{a: {over: "5 EUR"}}', '{a: {over: "6 USD"}}'),
        ('{a: {over: "5 EUR"}}', "{a: 6}"),
        ("{a: 1}", "{a: true}"),
        ("'args.a > 5'", "'args.a > 6'"),
    ],
)
def test_rules_that_do_not_cover_each_other_are_not(one, other):
    assert shadowed(*(f"when: {when}, route: review" for when in (one, other))) == []


def test_a_wider_rule_that_asks_for_less_takes_nothing_away():
    wide, narrow = "when: {a: {over: 1}}", "when: {a: {over: 5}}"
    assert shadowed(f"{wide}, route: review", f"{narrow}, route: block") == []
    assert shadowed(f"{wide}, risk: high", f"{narrow}, route: review") == []
    assert shadowed(f"{wide}, risk: high", f"{narrow}, risk: critical") == []
    assert shadowed(f"{wide}, route: block, risk: high", f"{narrow}, route: review") == [1]


@given(drawn_rules.conditions, drawn_rules.conditions, drawn_rules.args)
def test_what_is_said_to_follow_does_follow(narrow, wide, args):
    if narrow.pointer == wide.pointer and implies(narrow.asks, wide.asks):
        assert wide.answer(args) is True or narrow.answer(args) is not True


several = st.lists(drawn_rules.conditions, min_size=1, max_size=3).map(tuple)


@given(several, several, drawn_rules.args)
def test_a_rule_that_covers_another_fires_wherever_that_does(narrow, wide, args):
    rules = [
        Rule(when=w, route=Route.REVIEW, risk=None, because="x", path="x") for w in (wide, narrow)
    ]
    if covers(*rules) and all_of(narrow, args) is True:
        assert all_of(wide, args) is True


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("reversible: false\nunasked: true", ["because_unsaid", "unbounded"]),
        ("reversible: false\nunasked: true\nbecause: It is cheap", ["unbounded"]),
    ],
)
def test_what_may_run_unasked_and_not_be_undone_says_why(lines, codes):
    assert sorted(warnings(action_with(f"risk: low\nargs: {{type: object}}\n{lines}"))) == codes
