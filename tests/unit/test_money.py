"""Decimals are read exactly or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.money import is_currency, read_money, read_number


@pytest.mark.parametrize(
    ("value", "number"),
    [("129.00", "129"), ("-5", "-5"), ("0.1", "0.1"), (100, "100"), (0.1, "0.1"), (1e3, "1000")],
)
def test_a_number_of_json_and_a_decimal_in_text_are_read_exactly(value, number):
    assert read_number(value) == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [
        *("", " 1", "1 ", "1e3", "1,5", ".5", "5.", "+1", "nan", "inf", "\u0661", "1" * 16),
        *("0." + "1" * 10, float("nan"), float("inf"), True, False, None, [], {}),
    ],
)
def test_everything_else_is_no_number(value):
    assert read_number(value) is None


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=9).map(lambda d: f"{d:f}"))
def test_no_digit_is_lost(text):
    assert f"{read_number(text):f}" == text


@given(st.floats(-1e15, 1e15).map(lambda x: x or 0.0))
def test_a_number_of_json_is_read_as_it_is_written(number):
    assert float(read_number(number)) == number


@pytest.mark.parametrize("text", ["EUR", "USD", "XAU"])
def test_a_currency_is_three_capitals(text):
    assert is_currency(text)


@pytest.mark.parametrize("text", ["eur", "EURO", "€", "", None, 5, "E R"])
def test_everything_else_is_no_currency(text):
    assert not is_currency(text)


def test_money_is_an_amount_and_its_currency():
    money = read_money("99.95 EUR")
    assert (money.amount, money.currency, str(money)) == (Decimal("99.95"), "EUR", "99.95 EUR")


@pytest.mark.parametrize("text", ["100", "EUR", "100EUR", "100  EUR", "EUR 100", "x EUR", "1 eur"])
def test_everything_else_is_no_money(text):
    assert read_money(text) is None
