"""The simple form of a rule, as it is written in a policy document."""

from decimal import Decimal

import pytest

from tests.unit.policy_samples import action_with, codes, found, read_action, warnings
from webapp.domain.conditions import Absent, Bound, Matches, NoneOf, OneOf, Side
from webapp.domain.policy_document import check

LISTED = """\
args:
  type: object
  required: [amount, currency, reason, n, flag, to, open]
  additionalProperties: false
  properties:
    amount: {type: string}
    currency: {enum: [EUR, USD]}
    reason: {enum: [damaged, goodwill, late]}
    n: {type: integer, minimum: 1}
    flag: {type: boolean}
    note: {type: string}
    to: {type: object, required: [sum], properties: {sum: {type: string}, code: {type: string}}}
    open: {}
"""


def asking(when, args=LISTED):
    """Write a policy with one rule."""
    return action_with(f"risk: low\n{args}rules:\n  - {{when: {when}, route: review, because: x}}")


def read(when, args="risk: low\n"):
    """Read what one rule asks, as pairs of pointer and question."""
    [rule] = read_action(f"{args}rules:\n  - {{when: {when}, route: review, because: x}}").rules
    return [(condition.pointer, condition.asks) for condition in rule.when]


@pytest.mark.parametrize(
    ("when", "pointer", "asks"),
    [
        ("{reason: late}", "/reason", OneOf(("late",))),
        ("{reason: [late, 5, null]}", "/reason", OneOf(("late", 5, None))),
        ("{/to/0: {not: late}}", "/to/0", NoneOf(("late",))),
        ("{reason: {not: [late, lost]}}", "/reason", NoneOf(("late", "lost"))),
        ("{n: {over: 5}}", "/n", Bound(side=Side.OVER, number=Decimal(5))),
        ("{n: {under: 0.1}}", "/n", Bound(side=Side.UNDER, number=Decimal("0.1"))),
        ("{n: {at_least: '2.50'}}", "/n", Bound(side=Side.AT_LEAST, number=Decimal("2.5"))),
        ("{n: {at_most: -1}}", "/n", Bound(side=Side.AT_MOST, number=Decimal(-1))),
        ("{n: {matches: '^cus_'}}", "/n", Matches("^cus_")),
        ("{n: {absent: true}}", "/n", Absent(absent=True)),
        ("{n: {absent: false}}", "/n", Absent(absent=False)),
    ],
)
def test_each_question_is_read(when, pointer, asks):
    assert read(when) == [(pointer, asks)]


def test_several_questions_of_one_arg_must_all_hold():
    assert [asks.side for _, asks in read("{n: {at_least: 1, under: 5}}")] == ["at_least", "under"]


@pytest.mark.parametrize(
    ("when", "pointer", "beside"),
    [
        ('{amount: {over: "100 EUR"}}', "/amount", "/currency"),
        ('{/order/amount: {over: "100 EUR"}}', "/order/amount", "/order/currency"),
        ('{amount: {over: "100 EUR", currency: ccy}}', "/amount", "/ccy"),
        ('{amount: {over: "100 EUR", currency: /money/code}}', "/amount", "/money/code"),
    ],
)
def test_money_finds_its_currency_beside_it_or_where_the_rule_says(when, pointer, beside):
    bound = Bound(side=Side.OVER, number=Decimal(100), currency="EUR", beside=beside)
    assert read(when) == [(pointer, bound)]


@pytest.mark.parametrize(
    ("when", "path", "code"),
    [
        ("{reason: []}", "reason", "missing"),
        ("{reason: [{a: 1}]}", "reason", "wrong_type"),
        ("{n: {}}", "n", "missing"),
        ("{n: {currency: EUR}}", "n", "missing"),
        ("{n: {over: many}}", "n.over", "bad_amount"),
        ("{n: {over: [1]}}", "n.over", "bad_amount"),
        ("{n: {over: 100 eur}}", "n.over", "bad_amount"),
        ("{n: {matches: '('}}", "n.matches", "bad_schema"),
        ("{n: {matches: '(?=x)'}}", "n.matches", "bad_schema"),
        ("{n: {matches: 5}}", "n.matches", "wrong_type"),
        ("{n: {absent: never}}", "n.absent", "wrong_type"),
        ('{amount: {over: "1 EUR", currency: "/~"}}', "amount.currency", "bad_pointer"),
        ("{/a~: 1}", "/a~", "bad_pointer"),
    ],
)
def test_what_cannot_stand_there_is_named_with_its_place(when, path, code):
    [(line, _, pointer, found_code)] = found(asking(when, ""))
    assert (line, pointer, found_code) == (5, f"actions.a.b.rules[0].when.{path}", code)


def test_a_question_that_does_not_exist_is_refused_with_those_that_do():
    problems = check(asking("{n: {more: 5}}", "")).problems
    assert {problem.code for problem in problems} == {"unknown_key", "missing"}
    assert "over, under, at_least" in problems[1].hint


def test_a_list_of_too_many_values_is_refused():
    many = ", ".join(map(str, range(1001)))
    assert codes(asking(f"{{n: [{many}]}}", "")) == ["out_of_range"]


def test_a_currency_that_stands_nowhere_is_refused_with_how_to_name_it():
    text = asking('{/to/sum: {over: "1 EUR"}}')
    [problem] = check(text).problems
    assert (problem.code, problem.hint) == (
        "unknown_arg",
        "say which arg it is: currency: /money/code",
    )
    assert "unknown_arg" not in codes(asking('{/to/sum: {over: "1 EUR", currency: /to/code}}'))


@pytest.mark.parametrize(
    "when",
    [
        "{reason: [late, goodwil]}",
        "{reason: {not: [damaged, goodwill, late]}}",
        "{reason: {matches: ^z}}",
        "{n: {over: 5, at_most: 5}}",
        "{n: {at_least: 6, under: 5}}",
        "{flag: {over: 1}}",
        "{flag: {matches: x}}",
        "{to: {matches: x}}",
        "{n: {absent: true}}",
        '{amount: {over: "5 GBP"}}',
        '{amount: {over: "5 EUR", under: "9 USD"}}',
    ],
)
def test_a_rule_that_no_args_can_fulfil_is_refused(when):
    assert codes(asking(when)) == ["rule_never_fires"]


@pytest.mark.parametrize(
    "when",
    [
        "{reason: {not: [damaged, goodwill]}}",
        "{reason: {matches: ^l}}",
        "{n: {at_least: 5, at_most: 5}}",
        "{amount: {over: 5}}",
        "{open: {over: 1, matches: x}}",
        "{note: {absent: true}}",
        "{n: {absent: false}}",
        '{currency: EUR, amount: {over: "5 EUR"}}',
    ],
)
def test_a_rule_that_some_args_fulfil_is_fine(when):
    assert (codes(asking(when)), warnings(asking(when))) == ([], [])


@pytest.mark.parametrize(
    ("when", "effect"),
    [
        ("{note: x}", "stays silent"),
        ("{note: {matches: x}}", "stays silent"),
        ("{note: {not: x}}", "the rule fires"),
        ("{note: {over: 1}}", "a person is asked"),
    ],
)
def test_what_an_absent_arg_does_to_the_rule_is_said(when, effect):
    [warning] = check(asking(when)).warnings
    assert warning.code == "arg_optional"
    assert effect in warning.message


def test_an_absence_that_the_rule_speaks_of_is_no_surprise():
    assert warnings(asking("{note: {absent: false, matches: x}}")) == []


def test_currencies_that_the_rule_cannot_compare_are_warned_of():
    [warning] = check(asking('{amount: {over: "5 EUR"}}')).warnings
    assert (warning.code, warning.line) == ("other_currency", 18)
    assert "currency: EUR" in warning.hint
