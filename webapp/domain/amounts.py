"""Amounts: read what an arg or a policy says in numbers, exactly, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from webapp.domain import money
from webapp.domain.uses import SCALE

GREATEST = 10**12  # units; more is no amount that anybody meant
EXPECTED = 'an amount and its currency, such as "500 EUR"'

_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,4})?", re.ASCII)


def read_amount(value: object) -> int | None:
    """Read an amount in SCALE-ths: decimal text or a JSON number, not negative, with at most 4 decimals.

    None for everything else, also for text that programs read in different ways, such as `1e3`, `+5` or `007`.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _scaled(Decimal(value)) if _TEXT.fullmatch(value) else None
    if isinstance(value, int | float):
        try:
            return _scaled(Decimal(repr(value)))
        except InvalidOperation:
            return None
    return None


def read_money(text: str) -> tuple[str, int] | None:
    """Read `500 EUR` as its currency and its amount in SCALE-ths; None for anything else."""
    read = money.read_money(text)
    amount = _scaled(read.amount) if read else None
    return (read.currency, amount) if read and amount is not None else None


def _scaled(number: Decimal) -> int | None:
    if not number.is_finite() or not 0 <= number <= GREATEST:
        return None
    scaled = number * SCALE
    return int(scaled) if scaled == int(scaled) else None
