"""Conditions: what the simple form of a rule asks of one arg, and whether that holds.

An answer is true, false, or undecided with the reason. Undecided never counts as false: whoever asked must fail closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias

from jsonschema_rs import Draft202012Validator

from webapp.domain.args_schema import compiled
from webapp.domain.json_text import JSON
from webapp.domain.money import Money, read_number
from webapp.domain.pointer import MISSING, look_up, split

Scalar: TypeAlias = "str | int | float | bool | None"
Args: TypeAlias = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Undecided:
    """What could not be decided, and why, in words for people."""

    why: str


Answer: TypeAlias = bool | Undecided


class Asks(Protocol):
    """What one condition asks of the value of its arg."""

    def of(self, value: object, args: Args) -> Answer:
        """Say whether `value`, MISSING where the arg is absent, is as asked; `args` is where it stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One arg, by its pointer, and what is asked of it."""

    pointer: str
    asks: Asks
    _name: str | None = field(init=False, repr=False, compare=False)  # where it lies on top

    def __post_init__(self) -> None:
        names = split(self.pointer)
        object.__setattr__(self, "_name", names[0] if len(names) == 1 else None)

    def answer(self, args: Args) -> Answer:
        """Say whether the args are as this condition wants them."""
        if self._name is not None:
            return self.asks.of(args.get(self._name, MISSING), args)
        return self.asks.of(look_up(args, self.pointer), args)


def all_of(conditions: Iterable[Condition], args: Args) -> Answer:
    """Say whether all hold: one that does not settles it, whatever cannot be decided about the others."""
    answer: Answer = True
    for condition in conditions:
        one = condition.answer(args)
        if one is False:
            return False
        if one is not True and answer is True:
            answer = Undecided(f"{condition.pointer} {one.why}")
    return answer


@dataclass(frozen=True, slots=True)
class OneOf:
    """The arg has one of these values; one that is absent has none. True is not 1, as in JSON."""

    values: tuple[Scalar, ...]
    _texts: frozenset[Scalar] = field(init=False, repr=False, compare=False)
    _keys: frozenset[tuple[bool, Scalar]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        texts = frozenset(value for value in self.values if isinstance(value, str))
        object.__setattr__(self, "_texts", texts)
        object.__setattr__(self, "_keys", frozenset(map(_key, self.values)))

    def of(self, value: object, args: Args) -> Answer:
        """See `Asks.of`."""
        del args
        if isinstance(value, str):  # as almost always, and asked much faster
            return value in self._texts
        return not isinstance(value, dict | list) and (isinstance(value, bool), value) in self._keys


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The arg has none of these values; one that is absent has none."""

    values: tuple[Scalar, ...]
    _some: OneOf = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_some", OneOf(self.values))

    def of(self, value: object, args: Args) -> Answer:
        """See `Asks.of`."""
        return not self._some.of(value, args)


def _key(value: Scalar) -> tuple[bool, Scalar]:
    return isinstance(value, bool), value


class Side(StrEnum):
    """On which side of a bound a number must lie."""

    OVER = "over"
    UNDER = "under"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"

    def holds(self, number: Decimal, bound: Decimal) -> bool:
        """Say whether `number` lies on this side of `bound`."""
        if self is Side.OVER:
            return number > bound
        if self is Side.UNDER:
            return number < bound
        return number >= bound if self is Side.AT_LEAST else number <= bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The arg is a number, or a decimal in text, on one side of `number`.

    Where the bound is money, `currency` is its code and `beside` the pointer to the arg that says the currency;
    another currency is not compared, since nobody here knows a rate.
    """

    side: Side
    number: Decimal
    currency: str | None = None
    beside: str | None = None

    def of(self, value: object, args: Args) -> Answer:
        """See `Asks.of`."""
        number = read_number(value)
        if number is None:
            return Undecided("is absent" if value is MISSING else "is no number to compare")
        if self.beside is not None and look_up(args, self.beside) != self.currency:
            return Undecided(f"is compared in {self.currency}, and {self.beside} is not that")
        return self.side.holds(number, self.number)

    def __str__(self) -> str:
        """Write it as a policy does."""
        written = Money(amount=self.number, currency=self.currency) if self.currency else None
        return f"{self.side} {written or f'{self.number:f}'}"


@dataclass(frozen=True, slots=True)
class Matches:
    """The arg is text that `pattern` finds something in, in linear time; one that is absent does not match."""

    pattern: str
    _finds: Draft202012Validator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_finds", compiled({"pattern": self.pattern}))

    def of(self, value: object, args: Args) -> Answer:
        """See `Asks.of`."""
        del args
        if value is MISSING:
            return False
        return self._finds.is_valid(value) if isinstance(value, str) else Undecided("is no text")


@dataclass(frozen=True, slots=True)
class Absent:
    """The arg is absent, or (where `absent` is false) it is there."""

    absent: bool

    def of(self, value: object, args: Args) -> Answer:
        """See `Asks.of`."""
        del args
        return (value is MISSING) is self.absent
