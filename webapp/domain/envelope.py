"""The envelope: the bounds within which an action may run without asking, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.hours import Hours
from webapp.domain.json_text import JSON
from webapp.domain.limits import Limit
from webapp.domain.patterns import is_denied, matches
from webapp.domain.places import PlaceBounds
from webapp.domain.uses import Counted
from webapp.domain.verdict import Route

RUNS = "runs"


class Measure(StrEnum):
    """What of an action is counted: its amount of money, its count of things, or that it runs."""

    AMOUNT = "amount"
    COUNT = "count"
    RUNS = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountBounds:
    """Where the amount and its currency stand in the args, and the most that one action may move, by currency.

    `currency` is a pointer or, without a leading slash, the currency itself; `currencies` are those that every limit
    on money knows, `each` in SCALE-ths.
    """

    path: str
    arg: str
    currency: str
    currencies: frozenset[str]
    each: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountBounds:
    """Where the count stands in the args, what is counted, and the most that one action may touch, in SCALE-ths."""

    path: str
    arg: str
    unit: str
    each: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """With whom an action may deal: patterns, where `deny` wins, and what a new one asks for."""

    path: str
    arg: str
    allow: tuple[str, ...] | None
    deny: tuple[str, ...]
    new: Route | None

    def denies(self, name: str) -> bool:
        """Say whether this one is forbidden, however it is written."""
        return is_denied(name, self.deny)

    def allows(self, name: str) -> bool:
        """Say whether this very one is allowed."""
        return self.allow is None or any(matches(pattern, name) for pattern in self.allow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One limit on what adds up, with its Limit for each unit that it is given in."""

    measure: Measure
    counted: Counted
    limits: Mapping[str, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """All bounds of one action type; `outside` is what leaving them asks for."""

    path: str
    outside: Route
    amount: AmountBounds | None = None
    count: CountBounds | None = None
    counterparty: Counterparty | None = None
    places: tuple[PlaceBounds, ...] = ()
    values: tuple[tuple[str, tuple[JSON, ...]], ...] = ()
    hours: Hours | None = None
    bounds: tuple[Bound, ...] = ()

    @property
    def is_finite(self) -> bool:
        """Say whether anything bounds how much harm can add up."""
        return bool(self.bounds)
