"""Money and decimals: read exactly, compared exactly, never as a binary fraction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

EXPECTED = 'such as "100 EUR" or "99.95 EUR"'

_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount of one currency; amounts of different currencies are never compared."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """Write it as a policy does."""
        return f"{self.amount:f} {self.currency}"


def read_number(value: object) -> Decimal | None:
    """Read a number of JSON or a decimal in text; None for everything else, NaN and infinities too."""
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return Decimal(repr(value))


def is_currency(value: object) -> bool:
    """Say whether `value` has the form of a currency's code, such as EUR."""
    return isinstance(value, str) and _CURRENCY.fullmatch(value) is not None


def read_money(text: str) -> Money | None:
    """Read money as a policy writes it: `100 EUR`; None for everything else."""
    amount, _, currency = text.partition(" ")
    number = read_number(amount)
    if number is None or not is_currency(currency):
        return None
    return Money(amount=number, currency=currency)
