"""Amounts are read exactly or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.amounts import GREATEST, read_amount, read_money
from webapp.domain.uses import SCALE


@pytest.mark.parametrize(
    ("said", "units"),
    [
        ("129.00", 129),
        ("0", 0),
        ("0.0001", Decimal("0.0001")),
        ("1000000000000", GREATEST),
        (129, 129),
        (12.5, Decimal("12.5")),
        (1e3, 1000),
        (0, 0),
    ],
)
def test_a_plain_amount_is_read_exactly(said, units):
    assert read_amount(said) == units * SCALE


@pytest.mark.parametrize(
    "said",
    [
        *("-1", "-0.01", "+1", "1e3", "007", "1,000", "1_000", " 1", "1 ", "1\n", "", ".5", "5."),
        *("1.00000", "0.00001", "1000000000000.0001", "NaN", "inf", "١٢", "0x10", "1.2.3"),
        *(-1, -0.01, 0.1 + 0.2, 1e13, float("nan"), float("inf"), 10**400, True, False, None),
        *([], ["1"], {}, {"amount": "1"}, b"1"),
    ],
)
def test_what_programs_may_read_in_different_ways_is_no_amount(said):
    assert read_amount(said) is None


@given(st.decimals(0, GREATEST, places=4, allow_nan=False))
def test_every_decimal_of_four_places_comes_through_unchanged(amount):
    assert Decimal(read_amount(f"{amount:f}")) / SCALE == amount


@given(st.text() | st.floats() | st.integers())
def test_whatever_is_said_an_amount_is_never_negative_or_too_large(said):
    amount = read_amount(said)
    assert amount is None or 0 <= amount <= GREATEST * SCALE


def test_money_is_an_amount_and_its_currency():
    assert read_money("12.50 EUR") == ("EUR", 125_000)


@pytest.mark.parametrize("said", ["12.50", "EUR 12", "12 eur", "12EUR", "-1 EUR", "12  EUR", "1 €"])
def test_money_without_its_currency_is_no_money(said):
    assert read_money(said) is None
