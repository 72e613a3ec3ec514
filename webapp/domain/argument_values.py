"""Read typed args from what a form made by `argument_form` posts.

Only what was touched is parsed: a field that comes back as it was shown keeps its original value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import cast

from webapp.domain.argument_form import Control, Field, State
from webapp.domain.errors import BodyInvalid, FieldProblem
from webapp.domain.json_text import GREATEST_INTEGER, JSON
from webapp.domain.json_text import parse as parse_json
from webapp.domain.pointer import MISSING

GREATEST_EXPONENT = 400  # binary64 ends before; Decimal itself would give up much later, and slowly


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a form gave back: the value, and what is wrong by pointer."""

    value: JSON
    problems: tuple[FieldProblem, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What was posted, and the problems found so far."""

    form: Mapping[str, str]
    problems: list[FieldProblem] = field(default_factory=list)

    def wrong(self, of: Field, message: str) -> None:
        expected = of.kind or None
        self.problems.append(
            FieldProblem(pointer=of.pointer, code="type", message=message, expected=expected)
        )


def read(made: tuple[Field, ...], form: Mapping[str, str]) -> Posted:
    """Read the whole object that the fields describe from what was posted."""
    reading = _Reading(form=form)
    if len(made) == 1 and made[0].pointer == "":
        found = _given(made[0], reading)
        value = cast("JSON", made[0].original if found is MISSING else found)
    else:
        value = cast("JSON", _object(made, reading))
    return Posted(value=value, problems=tuple(reading.problems))


def retyped(made: tuple[Field, ...], form: Mapping[str, str]) -> tuple[Field, ...]:
    """Give the fields with what the person typed, so that a mistake loses nothing."""
    return tuple(
        replace(
            one,
            text=form.get(one.key, one.text),
            state=_posted_state(one, form),
            children=retyped(one.children, form),
        )
        for one in made
    )


def _object(made: tuple[Field, ...], reading: _Reading) -> dict[str, object]:
    found = {one.name: _given(one, reading) for one in made}
    return {name: value for name, value in found.items() if value is not MISSING}


def _given(of: Field, reading: _Reading) -> object:
    """Give the value of one field; its original where it was not touched."""
    if of.control is Control.GROUP:
        return _object(of.children, reading)
    text = _same_newlines(reading.form.get(of.key, of.text))
    state = _posted_state(of, reading.form)
    if text == _same_newlines(of.text) and (state is of.state or not of.states):
        return of.original
    if state is not State.VALUE:
        return None if state is State.NULL else MISSING
    return _READERS[of.control](of, text, reading)


def _posted_state(of: Field, form: Mapping[str, str]) -> State:
    """Say which state was chosen; text typed into a field without a value gives it one."""
    if of.control is Control.GROUP or (of.key not in form and not of.states):
        return of.state
    word = form.get(f"state:{of.pointer}", State.VALUE)
    chosen = State(word) if word in set(State) else of.state
    typed = _same_newlines(form.get(of.key, "")) not in {"", _same_newlines(of.text)}
    return State.VALUE if typed and chosen is of.state else chosen


def _same_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_text(_: Field, text: str, __: _Reading) -> object:
    return text


def _read_lines(_: Field, text: str, __: _Reading) -> object:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _read_check(_: Field, text: str, __: _Reading) -> object:
    return text == "true"


def _read_number(of: Field, text: str, reading: _Reading) -> object:
    """Read digits exactly: what binary64 could not give back as typed is refused, not rounded."""
    try:
        exact = Decimal(text.strip().replace("_", ""))
    except InvalidOperation:
        exact = Decimal("nan")
    if not exact.is_finite() or abs(exact.adjusted()) > GREATEST_EXPONENT:
        reading.wrong(of, "This is not a number; write digits with a point, such as 12.50.")
        return MISSING
    if exact == exact.to_integral_value() and abs(exact) <= GREATEST_INTEGER:
        return int(exact)
    if Decimal(repr(float(exact))) != exact:
        reading.wrong(of, "This number has more digits than can be kept.")
        return MISSING
    return float(exact)


def _read_json(of: Field, text: str, reading: _Reading) -> object:
    try:
        value = parse_json(text.encode())
    except BodyInvalid as error:
        reading.wrong(of, error.detail)
        return MISSING
    if of.pointer == "" and not isinstance(value, dict):
        reading.wrong(of, "Arguments are a JSON object: { … }.")
        return MISSING
    return value


def _read_option(of: Field, text: str, reading: _Reading) -> object:
    if not text or text not in dict(of.options):  # nothing stands for "choose…"
        reading.wrong(of, "Choose one of the options.")
        return MISSING
    return json.loads(text)


_READERS = {
    Control.TEXT: _read_text,
    Control.AREA: _read_text,
    Control.NUMBER: _read_number,
    Control.SELECT: _read_option,
    Control.CHECK: _read_check,
    Control.LINES: _read_lines,
    Control.JSON: _read_json,
}
