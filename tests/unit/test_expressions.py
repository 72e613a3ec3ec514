"""Rules in CEL: what they see, and that everything but true and false is undecided."""

import gc
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import drafted, submission
from tests.unit import drawn_rules
from tests.unit.drawn_cases import handoffs
from tests.unit.json_values import json_values
from webapp.domain.action import Action
from webapp.domain.conditions import Undecided
from webapp.domain.expressions import MOST_BYTES, MOST_TOGETHER, Expression, as_doubles, batches
from webapp.domain.policy import Rule
from webapp.domain.rules import Judged, Standing, judge
from webapp.domain.uses import SCALE, Period, Use
from webapp.domain.verdict import Route

ARGS = {"amount": "129.00", "currency": "EUR", "n": 3, "part": 2.5, "flag": True, "none": None}
BUDGET = Use(
    rule="agents.payer.daily_budget",
    unit="risk units",
    period=Period.DAY,
    most=100 * SCALE,
    used=40 * SCALE,
    takes=0,
    renews_at=None,
)
STANDING = Standing(owner="payments", level="standard", uses=(BUDGET,))


def rule(text, **reads):
    expression = Expression(text=text, **{"reads_claims": False, "reads_use": False, **reads})
    return Rule(expression=expression, route=Route.REVIEW, risk=None, because="x", path="rules[0]")


def judged(text, args=None, standing=STANDING, reads=None, **seen) -> Judged:
    action = Action(name="pay", args=ARGS if args is None else args)
    handoff = replace(drafted(submission(action)), **seen)
    return judge([rule(text, **(reads or {}))], handoff, standing)


def answer(text, *args, **seen):
    """Give true, false, or why not."""
    found = judged(text, *args, **seen)
    return found.failed[0][1] if found.failed else bool(found.fired)


@pytest.mark.parametrize(
    "text",
    [
        'args.currency == "EUR"',
        "args.n > 2 && args.n < 3.5",
        "args.n * 2.0 == 6.0",
        "args.part > 2",
        "args.flag",
        'has(args.n) && !has(args.other) && "n" in args',
        'args.amount.matches("^129")',
        'action.name == "pay"',
        'agent.name == "payer" && agent.owner == "payments"',
        'handoff.kind == "action" && handoff.confidence == 0.5',
        'handoff.tags == ["vip"] && handoff.on_behalf_of == "ann@example.org"',
        'counters.level == "standard"',
        'counters.used["agents.payer.daily_budget"] == 40.0',
    ],
)
def test_a_rule_sees_what_the_documentation_names(text):
    seen = {"confidence": 0.5, "tags": ("vip",), "on_behalf_of": "ann@example.org"}
    assert answer(text, **seen) is True
    assert answer(f"!({text})", **seen) is False


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("args.other > 5", "Key not found"),
        ("args.amount > 5", "No matching overloads"),
        ("args.none > 5", "No matching overloads"),
        ("args.n", "gives double"),
        ("args.none", "gives null"),
        ("args.amount", "gives string"),
        ("[1, 2, 3][7] == 1", "Index error"),
        ("1 / 0 == 1", "divide by zero"),
        ("handoff.confidence < 0.5", "No matching overloads"),
        ('counters.used["another"] > 5.0', "Key not found"),
    ],
)
def test_what_is_neither_true_nor_false_is_undecided_and_says_why(text, why):
    assert why in answer(text, confidence=None)


def test_a_loop_that_takes_too_long_is_undecided():
    many = {"l": list(range(120))}
    text = "args.l.all(a, args.l.all(b, args.l.all(c, true)))"
    assert "budget" in answer(text, many)


def test_args_that_are_too_large_to_look_at_are_undecided():
    assert "more than" in answer("true", {"text": "x" * MOST_BYTES})
    assert answer("true", {"text": "x" * (MOST_BYTES - 100)}) is True


def test_no_confidence_is_needed_where_a_person_vouches():
    assert answer("handoff.confidence == 1.0", confidence=None, vouched=True) is True


# money


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('money(args.amount, args.currency) > money("128.99", "EUR")', True),
        ('money(args.amount, args.currency) > money("129", "EUR")', False),
        ('money(args.amount, "EUR") + money("1", "EUR") == money("130.000000", "EUR")', True),
        (
            'money(args.n, "EUR") == money(3, "EUR") && money(2.5, "EUR") == money("2.5", "EUR")',
            True,
        ),
        ('money("0.1", "EUR") + money("0.2", "EUR") == money("0.3", "EUR")', True),
        ('args.currency == "USD" && money("1", "USD") < money("2", "USD")', False),
    ],
)
def test_money_is_compared_exactly(text, holds):
    assert answer(text) is holds


@pytest.mark.parametrize(
    "text",
    [
        'money(args.amount, args.currency) > money("1", "USD")',
        'money(args.amount, "euro") > money("1", "euro")',
        'money("1e3", "EUR") > money("1", "EUR")',
        'money("nan", "EUR") > money("1", "EUR")',
        'money(double("nan"), "EUR") > money("1", "EUR")',
        'money(double("inf"), "EUR") > money("1", "EUR")',
        'money("0.0000001", "EUR") > money("1", "EUR")',
        'money("999999999999999", "EUR") > money("1", "EUR")',
        'money(args.none, "EUR") > money("1", "EUR")',
        'money(args.flag, "EUR") > money("1", "EUR")',
    ],
)
def test_what_is_no_money_or_of_two_currencies_is_undecided(text):
    assert isinstance(answer(text), str)


def test_one_rule_in_euros_does_not_keep_the_next_from_dollars():
    texts = [f'money("2", "{code}") > money("1", "{code}")' for code in ("EUR", "USD")]
    handoff = drafted(submission())
    assert len(judge([rule(text) for text in texts], handoff, STANDING).fired) == 2


# claims and counters


def test_a_claim_frees_nobody():
    text = '!("trusted" in handoff.tags)'
    assert answer(text, tags=("trusted",), reads={"reads_claims": True}) is True


def test_a_claim_may_make_a_rule_fire():
    text = 'handoff.on_behalf_of.endsWith("@example.org")'
    reads = {"reads_claims": True}
    assert answer(text, on_behalf_of="ann@example.org", reads=reads) is True
    assert answer(text, reads=reads) is False


def test_a_rule_that_fails_without_claims_fails_with_them_too():
    found = judged('handoff.tags[0] == "vip"', tags=("vip",), reads={"reads_claims": True})
    assert (len(found.fired), len(found.failed)) == (1, 1)


def test_rules_on_use_are_silent_where_limits_do_not_matter():
    text, silent = 'counters.used["x"] > 5.0', replace(STANDING, uses=None)
    assert answer(text, standing=silent, reads={"reads_use": True}) is False


# together

OTHERS = [
    rule(text).expression
    for text in (
        'money("1", "USD") > money("2", "USD")',
        'args.currency == "USD" && money(args.amount, args.currency) > money("9", "USD")',
        "args.all(a, args.all(b, args.all(c, a == b && b == c)))",
        "args.amount // not a truth",
        "!args.to.startsWith('b') && false",
        "false",
    )
]
expressions = st.lists(drawn_rules.expressions | st.sampled_from(OTHERS), max_size=25)


@given(expressions, handoffs(), st.sampled_from([STANDING, replace(STANDING, uses=None)]))
def test_what_is_asked_together_is_answered_as_if_each_were_asked_alone(asked, handoff, standing):
    rules = [replace(rule("true"), expression=one, because=f"{n}") for n, one in enumerate(asked)]
    together = judge(rules, handoff, standing, batches(asked))
    assert together == judge(rules, handoff, standing)


def test_no_more_are_asked_together_than_one_that_holds_is_worth():
    asked = [rule(f"args.n > {n}").expression for n in range(2 * MOST_TOGETHER + 1)]
    assert [len(batch.members) for batch in batches(asked)] == [MOST_TOGETHER, MOST_TOGETHER]


def test_what_is_nested_as_deeply_as_can_be_is_asked_alone():
    deep = rule(f"{'(' * 32}args.flag{')' * 32}").expression
    assert batches([deep, deep]) == ()


# the library


def test_null_costs_the_process_nothing():
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(1_500):
        judged("args.none")
        judged('money(args.none, "EUR") > money("1", "EUR")')
    gc.collect()
    assert sys.getrefcount(None) > before - 1_000  # each would have taken one away


@given(st.dictionaries(st.text(max_size=5), json_values(), max_size=4))
def test_whatever_the_args_are_a_rule_gets_an_answer(args):
    for text in (
        "args.a.b > 5",
        "args.size() > 1",
        'args["a"] == args["b"]',
        "args.all(k, args[k])",
    ):
        found = judged(text, args)
        assert len(found.fired) + len(found.failed) <= 1


@given(json_values())
def test_numbers_become_doubles_and_nothing_else_changes(value):
    assert as_doubles(value) == value


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("true", True),
        ("1 > 2", False),
        ("false && args.flag", False),
        ("args.flag || true", True),
        ("args.flag", None),
        ("has(args.x)", None),
        ("1", None),
    ],
)
def test_it_can_be_said_what_gives_the_same_whatever_it_sees(text, gives):
    assert rule(text).expression.constant is gives


def test_an_undecided_answer_is_not_true():
    assert Undecided("x") not in (True, False)
