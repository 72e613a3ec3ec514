"""Read what the simple form of a rule asks of one arg: a value, a list of values, or comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jsonschema_rs import ValidationError

from webapp.domain.args_schema import cut
from webapp.domain.conditions import (
    Absent,
    Asks,
    Bound,
    Condition,
    Matches,
    NoneOf,
    OneOf,
    Scalar,
    Side,
)
from webapp.domain.json_text import JSON
from webapp.domain.money import EXPECTED, Money, read_money, read_number
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import join, split
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import PATTERN_HINT, ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.summary import arg_pointer
from webapp.domain.yaml_lines import Node

KEYS = (*(side.value for side in Side), "not", "matches", "absent", "currency")
LONGEST_PATTERN = 500
MOST_VALUES = 1_000


def read_conditions(when: Section, key: str, shape: ArgsShape) -> tuple[Condition, ...]:
    """Read everything that is asked of the arg that `key` names."""
    pointer = arg_pointer(key)
    if pointer is None:
        message = f"{key[:80]} is no pointer into the args."
        when.notes.problem(when.key_at(key), Code.BAD_POINTER, message, "amount, or /order/id")
        return ()
    check_arg(when, key, pointer, shape)
    node = when.raw(key)
    if node is None or not isinstance(node.value, dict):
        asked: tuple[Asks, ...] = (OneOf(_read_values(when, key)),)
    else:
        asked = tuple(_read_object(when.section(key), pointer, shape))
    return tuple(Condition(pointer=pointer, asks=asks) for asks in asked)


def check_arg(section: Section, key: str, pointer: str, shape: ArgsShape) -> None:
    """Note a pointer to what the schema of the args does not know."""
    if shape.membership(pointer) is Membership.UNKNOWN:
        known = shape.members()
        hint = did_you_mean(pointer.lstrip("/"), known) or cut(f"args has {', '.join(known)}")
        message = f"{pointer[:80]} in {key} is not among the properties of args."
        section.notes.problem(section.at(key), Code.UNKNOWN_ARG, message, hint)


def _read_values(section: Section, key: str) -> tuple[Scalar, ...]:
    """Read one value, or a list of values any of which will do."""
    node = section.raw(key)
    nodes = node.value if node and isinstance(node.value, list) else [node]
    found = tuple(_read_scalar(section, key, one) for one in nodes if one)
    if not found or len(found) > MOST_VALUES:
        code = Code.OUT_OF_RANGE if found else Code.MISSING
        message = (
            f"{key[:80]} lists {len(found) or 'no'} values; 1 to {MOST_VALUES} can stand here."
        )
        section.notes.problem(section.at(key), code, message)
    return found


def _read_scalar(section: Section, key: str, node: Node) -> Scalar:
    if isinstance(node.value, dict | list):
        message = f"{key[:80]} lists a mapping or a list, which nothing is compared with."
        place = replace(node.place, path=section.at(key).path)
        section.notes.problem(place, Code.WRONG_TYPE, message, "text, a number, true, false, null")
        return None
    return node.value


def _read_object(section: Section, pointer: str, shape: ArgsShape) -> Iterator[Asks]:
    section.only(KEYS)
    asked = [key for key in section.names() if key in KEYS and key != "currency"]
    if not asked:
        message = f"Nothing is asked of {pointer[:80]}."
        section.notes.problem(section.place, Code.MISSING, message, "such as {over: 100}")
    for key in asked:
        asks = _read_ask(section, key, pointer, shape)
        if asks is not None:
            yield asks


def _read_ask(section: Section, key: str, pointer: str, shape: ArgsShape) -> Asks | None:
    if key == "not":
        return NoneOf(_read_values(section, key))
    if key == "absent":
        return Absent(section.flag(key, default=True))
    if key == "matches":
        return _read_matches(section, key)
    return _read_bound(section, Side(key), pointer, shape)


def _read_matches(section: Section, key: str) -> Matches | None:
    pattern = section.text(key, LONGEST_PATTERN)
    if pattern is None or len(pattern) > LONGEST_PATTERN:
        return None
    try:
        return Matches(pattern)
    except ValidationError:
        message = f"{pattern[:80]} is no pattern that can be checked."
        section.notes.problem(section.at(key), Code.BAD_SCHEMA, message, PATTERN_HINT)
        return None


def _read_bound(section: Section, side: Side, pointer: str, shape: ArgsShape) -> Bound | None:
    node = section.raw(side)
    value: JSON = node.plain() if node else None
    number = read_number(value)
    if number is not None:
        return Bound(side=side, number=number)
    money = read_money(value) if isinstance(value, str) else None
    if money is None:
        message = f"{side.value} needs a number, or money with its currency."
        section.notes.problem(section.at(side), Code.BAD_AMOUNT, message, f"100, or {EXPECTED}")
        return None
    beside = _read_beside(section, side, pointer, shape)
    return _money_bound(side, money, beside) if beside else None


def _money_bound(side: Side, money: Money, beside: str) -> Bound:
    return Bound(side=side, number=money.amount, currency=money.currency, beside=beside)


def _read_beside(section: Section, side: Side, pointer: str, shape: ArgsShape) -> str | None:
    """Find the arg that says the currency: the one named, or `currency` beside the amount."""
    named = section.text("currency")
    beside = arg_pointer(named) if named else join((*split(pointer)[:-1], "currency"))
    place = section.at("currency" if named else side)
    hint = "say which arg it is: currency: /money/code"
    if beside is None:
        message = f"{str(named)[:80]} is no pointer into the args."
        section.notes.problem(place, Code.BAD_POINTER, message, hint)
    elif shape.membership(beside) is Membership.UNKNOWN:
        message = (
            f"{beside[:80]}, which would say the currency, is not among the properties of args."
        )
        section.notes.problem(place, Code.UNKNOWN_ARG, message, hint)
    return beside
