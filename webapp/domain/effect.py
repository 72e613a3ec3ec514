"""The effect that an agent expects of its action: values by JSON pointer, held against what is seen afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain.canonical import canonical
from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, escape, is_pointer, look_up
from webapp.domain.summary import visible

MOST_POINTERS = 40
LONGEST_POINTER = 300
MOST_TOLD = 3
LONGEST_WORD = 80
LONGEST_VALUE = 500  # bytes of a value that the history keeps beside the claim
FORM = 'pointers to values, such as {"/status": "refunded"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that is another than was expected; MISSING stands for what is not there."""

    pointer: str
    expected: JSON
    found: object

    @property
    def differs(self) -> bool:
        """Say whether it differs at all: pages list what is as expected, too."""
        return not is_same(self.expected, self.found)

    def to_json(self) -> dict[str, Any]:
        """Give it as the API and the history tell it: what is not there is left out."""
        found = {} if self.found is MISSING else {"is": shortened(self.found)}
        return {"pointer": self.pointer, "expected": shortened(self.expected), **found}


def effect_problems(expected: Mapping[str, JSON], where: str) -> Iterator[FieldProblem]:
    """Say what is wrong with the form of an expected effect that stands at the pointer `where`."""
    if len(expected) > MOST_POINTERS:
        message = f"{len(expected)} values are expected; {MOST_POINTERS} is the most."
        yield _problem(where, "maxProperties", message)
        return
    for pointer in expected:
        if len(pointer) > LONGEST_POINTER:
            message = f"A pointer has {len(pointer)} characters; {LONGEST_POINTER} is the most."
            yield _problem(where, "maxLength", message)
        elif not is_pointer(pointer):
            message = f"{visible(pointer)[:LONGEST_WORD] or 'An empty text'} is no JSON pointer."
            yield _problem(f"{where}/{escape(pointer)}", "pointer", message)


def _problem(where: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(pointer=where, code=code, message=message, expected=FORM)


def differences(expected: Mapping[str, JSON], seen: object) -> tuple[Difference, ...]:
    """List what is otherwise than expected.

    What is seen is a document, or says by pointers what is in one, as an expected effect does.
    """
    found = [(pointer, value, _at(seen, pointer)) for pointer, value in expected.items()]
    return tuple(
        Difference(pointer=pointer, expected=value, found=there)
        for pointer, value, there in found
        if not is_same(value, there)
    )


def _at(seen: object, pointer: str) -> object:
    return seen[pointer] if isinstance(seen, dict) and pointer in seen else look_up(seen, pointer)


def is_same(one: object, other: object) -> bool:
    """Say whether two JSON values have the same canonical form, in a time that the smaller one bounds.

    An amount that is text is text: "1.0" is not "1.00", nor 1.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return _kind(one) == _kind(other) and one == other


def _kind(value: object) -> type:
    """Give the type that JSON knows: all numbers are of one, true and false are none."""
    return float if type(value) is int else type(value)


def seen_values(expected: Mapping[str, JSON], seen: object) -> dict[str, Any]:
    """Give what is there at each pointer; what is not there is left out."""
    found = {pointer: _at(seen, pointer) for pointer in expected}
    return {pointer: shortened(v) for pointer, v in found.items() if v is not MISSING}


def shortened(value: object, most: int = LONGEST_VALUE) -> Any:
    """Give a value as the history keeps it: what is large as the beginning of its text."""
    text = canonical(value)
    if len(text) <= most:
        return value
    return f"{text[:most].decode(errors='ignore')}… ({len(text):,} bytes)"


def in_words(found: Sequence[Difference]) -> str:
    """Tell a few differences: `/status should be "refunded" and is "open"`."""
    told = [
        f"{visible(one.pointer)} should be {_word(one.expected)} and is {_word(one.found)}"
        for one in found[:MOST_TOLD]
    ]
    more = len(found) - len(told)
    return "; ".join([*told, *([f"{more} more differ"] if more else [])])


def _word(value: object) -> str:
    if value is MISSING:
        return "absent"
    text = visible(canonical(value).decode())
    return text if len(text) <= LONGEST_WORD else f"{text[: LONGEST_WORD - 1]}…"


def difference_from(data: Mapping[str, Any]) -> Difference:
    """Read what `Difference.to_json` gave."""
    found = data.get("is", MISSING)
    return Difference(pointer=data["pointer"], expected=data["expected"], found=found)
