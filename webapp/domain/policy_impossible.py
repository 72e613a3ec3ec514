"""Find what a rule asks of an arg that no args can fulfil: the rule would never fire, or never be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from webapp.domain.conditions import Absent, Asks, Bound, Condition, Matches, OneOf, Side
from webapp.domain.json_text import JSON
from webapp.domain.policy_schema import ArgsShape, Membership

NUMBERS = frozenset({"string", "number", "integer"})  # decimals in text are compared, too
TEXT = frozenset({"string"})


def impossible(conditions: Sequence[Condition], shape: ArgsShape) -> str | None:
    """Say why no args can fulfil all that is asked of one arg; None where some may."""
    for condition in conditions:
        message = _alone(condition.pointer, condition.asks, shape)
        if message:
            return message
    if _is_empty(conditions) or _excludes_all_listed(conditions, shape):
        return f"No value of {conditions[0].pointer} is like that, so the rule never fires."
    return None


def _alone(pointer: str, asks: Asks, shape: ArgsShape) -> str | None:
    """Say why one question can never be answered with yes."""
    if isinstance(asks, OneOf):
        return _no_value(pointer, asks, shape)
    if isinstance(asks, Bound):
        return _no_number(pointer, asks, shape)
    if isinstance(asks, Matches) and not shape.may_have_type(pointer, TEXT):
        return f"args never let {pointer} be text, so no pattern matches."
    if isinstance(asks, Absent) and asks.absent:
        always = shape.membership(pointer) is Membership.REQUIRED
        return f"args always have {pointer}, so the rule never fires." if always else None
    return None


def _no_value(pointer: str, asks: OneOf, shape: ArgsShape) -> str | None:
    for value in asks.values:
        if not shape.may_be(pointer, value):
            return f"args never let {pointer} have the value {value!s:.80}, so the rule never fires on it."
    return None


def _no_number(pointer: str, asks: Bound, shape: ArgsShape) -> str | None:
    if not shape.may_have_type(pointer, NUMBERS):
        return f"args never let {pointer} be a number, so it can never be compared."
    if asks.beside and not shape.may_be(asks.beside, asks.currency):
        return f"args never let {asks.beside} be {asks.currency}, so it can never be compared."
    return None


def _is_empty(conditions: Sequence[Condition]) -> bool:
    """Say whether the bounds leave nothing between them, or stand in different currencies."""
    bounds = [one.asks for one in conditions if isinstance(one.asks, Bound)]
    mixed = len({bound.currency for bound in bounds}) > 1
    return mixed or any(_excludes(low, high) for low, high in permutations(bounds, 2))


def _excludes(low: Bound, high: Bound) -> bool:
    """Say whether nothing is above `low` and below `high`, where that is what they ask."""
    if low.side not in {Side.OVER, Side.AT_LEAST} or high.side not in {Side.UNDER, Side.AT_MOST}:
        return False
    strict = low.side is Side.OVER or high.side is Side.UNDER
    gap = high.number - low.number
    return gap < 0 or (strict and gap == 0)


def _excludes_all_listed(conditions: Sequence[Condition], shape: ArgsShape) -> bool:
    """Say whether the schema lists the values that the arg can have, and none of them will do."""
    listed = shape.listed(conditions[0].pointer)
    if listed is None or any(isinstance(one.asks, Absent) for one in conditions):
        return False
    return all(any(_fails(one.asks, value) for one in conditions) for value in listed)


def _fails(asks: Asks, value: JSON) -> bool:
    """Say whether `value` is surely not as asked; its currency is looked at elsewhere."""
    if isinstance(asks, Bound):
        asks = replace(asks, currency=None, beside=None)
    return asks.of(value, {}) is False
