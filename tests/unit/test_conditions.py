"""What the simple form of a rule asks of args, and when that holds, does not, or cannot be said."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import drawn_rules
from webapp.domain.conditions import (
    Absent,
    Bound,
    Condition,
    Matches,
    NoneOf,
    OneOf,
    Side,
    Undecided,
    all_of,
)


def on(asks, **args):
    """Answer a condition on the arg `a`."""
    return Condition(pointer="/a", asks=asks).answer(args)


def over(number, **money):
    return Bound(side=Side.OVER, number=Decimal(number), **money)


OVER_100_EUR = over("100", currency="EUR", beside="/currency")


@pytest.mark.parametrize("value", ["x", 1, 1.0, None])
def test_an_arg_with_one_of_the_values_is_as_asked(value):
    assert on(OneOf(("x", 1, None)), a=value) is True
    assert on(NoneOf(("x", 1, None)), a=value) is False


@pytest.mark.parametrize("value", ["y", "1", True, False, 2, [], ["x"], {}, {"x": 1}])
def test_an_arg_with_another_value_is_not(value):
    assert on(OneOf(("x", 1, None)), a=value) is False
    assert on(NoneOf(("x", 1, None)), a=value) is True


def test_an_absent_arg_has_none_of_the_values_not_even_null():
    assert on(OneOf((None, "x"))) is False
    assert on(NoneOf((None, "x"))) is True


@pytest.mark.parametrize(
    ("side", "below", "same", "above"),
    [
        ("over", False, False, True),
        ("at_least", False, True, True),
        ("at_most", True, True, False),
        ("under", True, False, False),
    ],
)
def test_a_bound_has_two_sides_and_an_edge(side, below, same, above):
    bound = Bound(side=Side(side), number=Decimal("0.3"))
    assert [on(bound, a=value) for value in ("0.299999999", "0.3", "0.300000001")] == [
        below,
        same,
        above,
    ]
    assert [on(bound, a=value) for value in (0.1, 0.3, 1)] == [below, same, above]


def test_decimals_are_not_compared_as_binary_fractions():
    assert on(over("9007199254740992"), a="9007199254740993"[:15]) is False
    assert on(over("0.1"), a="0.10000000000000001"[:11]) is False
    assert on(over("100000000000000.1"), a="100000000000000.11") is True


@pytest.mark.parametrize("value", ["many", "1e9", "", "NaN", None, True, [200], {"is": 200}])
def test_what_is_no_number_cannot_be_compared(value):
    assert isinstance(on(over("1"), a=value), Undecided)


def test_an_absent_arg_cannot_be_compared():
    assert on(over("1")) == Undecided("is absent")


def test_money_is_compared_with_the_currency_beside_it():
    assert on(OVER_100_EUR, a="100.01", currency="EUR") is True
    assert on(OVER_100_EUR, a="100.00", currency="EUR") is False


@pytest.mark.parametrize("currency", ["USD", "eur", "", None, 5, ["EUR"]])
def test_another_currency_cannot_be_compared(currency):
    answer = on(OVER_100_EUR, a="1.00", currency=currency)
    assert answer == Undecided("is compared in EUR, and /currency is not that")


def test_without_its_currency_money_cannot_be_compared():
    assert isinstance(on(OVER_100_EUR, a="1.00"), Undecided)


def test_a_pattern_finds_its_text_anywhere():
    assert on(Matches("n+"), a="ann") is True
    assert on(Matches("^n"), a="ann") is False


def test_what_is_absent_matches_nothing_and_what_is_no_text_cannot_be_said():
    assert on(Matches("")) is False
    assert isinstance(on(Matches(""), a=5), Undecided)


def test_absence_can_be_asked_for():
    assert [on(Absent(absent)) for absent in (True, False)] == [True, False]
    assert [on(Absent(absent), a=None) for absent in (True, False)] == [False, True]


def test_one_condition_that_does_not_hold_settles_it_whatever_the_others_say():
    conditions = [
        Condition(pointer="/b", asks=over("1")),
        Condition(pointer="/a", asks=OneOf(("x",))),
    ]
    assert all_of(conditions, {"a": "y", "b": "many"}) is False
    assert all_of(conditions, {"a": "x", "b": "many"}) == Undecided("/b is no number to compare")
    assert all_of(conditions, {"a": "x", "b": 2}) is True


@given(st.lists(drawn_rules.conditions, max_size=4), drawn_rules.args)
def test_the_order_of_conditions_does_not_matter(conditions, args):
    kinds = [type(all_of(order, args)) for order in (conditions, conditions[::-1])]
    assert kinds[0] is kinds[1]
    assert (all_of(conditions, args) is True) is (all_of(conditions[::-1], args) is True)


@given(st.lists(drawn_rules.conditions, max_size=3), drawn_rules.conditions, drawn_rules.args)
def test_another_condition_never_makes_a_rule_fire_more_often(conditions, more, args):
    if all_of([*conditions, more], args) is True:
        assert all_of(conditions, args) is True


@given(drawn_rules.bounds, drawn_rules.args, st.integers(1, 5))
def test_a_larger_amount_never_comes_back_under_a_bound(bound, args, more):
    larger = {**args, "amount": str(Decimal(100) + more)}
    smaller = {**args, "amount": "100"}
    answers = [Condition(pointer="/amount", asks=bound).answer(one) for one in (smaller, larger)]
    upwards = bound.side in {Side.OVER, Side.AT_LEAST}
    assert answers != ([True, False] if upwards else [False, True])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(a+)+$", "a" * 50_000 + "b"), ("(a|aa)*b", "a" * 50_000), ("(.*)*x", "y" * 50_000)],
)
def test_a_hostile_pattern_takes_linear_time(pattern, text):
    assert on(Matches(pattern), a=text) is False
