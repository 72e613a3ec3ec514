"""Make a form from a JSON Schema and a value; `argument_values` reads what it posts.

Field names are JSON pointers. Empty text, null and absent are three states, told apart by a
control named `state:<pointer>` where more than one is possible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.domain.args_schema import describe
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, escape

Schema = Mapping[str, JSON]
LONG_TEXT = 120
MOST_ROWS = 14
DEEPEST_GROUP = 3


class Control(StrEnum):
    """How one value is edited."""

    TEXT = "text"
    AREA = "area"
    NUMBER = "number"
    SELECT = "select"
    CHECK = "check"
    LINES = "lines"
    JSON = "json"
    GROUP = "group"


class State(StrEnum):
    """Whether a field has a value, is null, or is left out."""

    VALUE = "value"
    NULL = "null"
    ABSENT = "absent"


STATE_LABELS = {State.VALUE: "a value", State.NULL: "null", State.ABSENT: "left out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One control: where its value sits, how it is edited, what it shows and what is possible.

    `original` is the value as it was, MISSING where there is none; `schema` what it must fit.
    """

    pointer: str
    name: str
    control: Control
    original: object
    schema: Schema
    required: bool
    text: str = ""
    state: State = State.VALUE
    states: tuple[tuple[State, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    children: tuple[Field, ...] = ()

    @property
    def key(self) -> str:
        """Give the name under which the form posts it; a browser sends nothing without a name."""
        return self.pointer or "args"

    @property
    def label(self) -> str:
        """Give the schema's title, else the name."""
        return str(self.schema.get("title", self.name))

    @property
    def kind(self) -> str:
        """Say in a few words what is accepted; a list to choose from says it by itself."""
        if self.control is Control.SELECT:
            return ""
        shown = self.schema.get("examples")
        if isinstance(shown, list) and shown and "pattern" in self.schema:
            return f"like {shown[0]}"  # nobody reads patterns
        return describe(self.schema) if self.schema else ""

    @property
    def help(self) -> str:
        """Give the schema's own words about the field."""
        return str(self.schema.get("description", ""))

    @property
    def rows(self) -> int:
        """Say how tall a text area should be."""
        return min(MOST_ROWS, max(2, self.text.count("\n") + 1, len(self.text) // 60 + 1))


# ---- From schema and value to fields


def fields(schema: Schema | None, value: Mapping[str, JSON]) -> tuple[Field, ...]:
    """Make the fields for an object: first as the schema orders them, then what it lacks."""
    return tuple(_members(schema or {}, value, "", 0))


def as_json(value: Mapping[str, JSON]) -> tuple[Field, ...]:
    """Make the one field that holds the whole object as JSON."""
    text = _pretty(value)
    whole = Field(
        pointer="",
        name="Arguments",
        control=Control.JSON,
        original=value,
        schema={"type": "object"},
        required=True,
        text=text,
    )
    return (whole,)


def _members(
    schema: Schema, value: Mapping[str, JSON], pointer: str, depth: int
) -> Iterator[Field]:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    needed = set(map(str, required)) if isinstance(required, list) else set()
    for name in [*known, *(extra for extra in value if extra not in known)]:
        place = f"{pointer}/{escape(name)}"
        wanted = known.get(name)
        yield _field(
            wanted if isinstance(wanted, dict) else {},
            value.get(name, MISSING),
            Field(
                pointer=place,
                name=name,
                control=Control.JSON,
                original=value.get(name, MISSING),
                schema=wanted if isinstance(wanted, dict) else {},
                required=name in needed,
            ),
            depth,
        )


def _field(schema: Schema, value: object, blank: Field, depth: int) -> Field:
    control = _control(schema, value, depth)
    if control is Control.GROUP and isinstance(value, Mapping):
        inside = tuple(_members(schema, value, blank.pointer, depth + 1))
        return replace(blank, control=control, children=inside)
    text = _text(control, value)
    return replace(
        blank,
        control=control,
        text=text,
        options=_options(schema, value) if control is Control.SELECT else (),
        state=_state(value),
        states=_states(schema, value, blank.required),
    )


def _options(schema: Schema, value: object) -> tuple[tuple[str, str], ...]:
    """List what may be chosen, the value as it is among it, so that nothing changes unseen."""
    listed = [*(_enum(schema) or (True, False))]
    options = [(key_of(one), _plain(one)) for one in listed]
    if value is MISSING or value is None:
        return (("", "choose…"), *options)
    present = (key_of(value), _plain(value))
    return tuple(options if present in options else [present, *options])


def _control(schema: Schema, value: object, depth: int) -> Control:
    """Choose the control: by the schema where it says enough, else by the value, else JSON."""
    if _enum(schema):
        return Control.SELECT
    kind = _type(schema) or _type_of(value)
    if kind == "string":
        return _text_control(schema, value)
    if kind == "boolean":
        # a box is ticked or not: it cannot say that there is no value
        return Control.CHECK if isinstance(value, bool) else Control.SELECT
    if kind == "object":
        grouped = isinstance(value, Mapping) and depth < DEEPEST_GROUP and bool(value)
        return Control.GROUP if grouped else Control.JSON
    return _plain_control(kind, schema, value)


def _plain_control(kind: str, schema: Schema, value: object) -> Control:
    """Choose the control of what is no text, no box and no group."""
    if kind == "array" and _lines_fit(schema, value):
        return Control.LINES
    return Control.NUMBER if kind in {"number", "integer"} else Control.JSON


def _text_control(schema: Schema, value: object) -> Control:
    if value is not MISSING and value is not None and not isinstance(value, str):
        return Control.JSON
    longest = schema.get("maxLength")
    text = value if isinstance(value, str) else ""
    roomy = isinstance(longest, int) and longest > LONG_TEXT
    return Control.AREA if roomy or "\n" in text or len(text) > LONG_TEXT else Control.TEXT


def _lines_fit(schema: Schema, value: object) -> bool:
    """Say whether a list can be written as one text per line."""
    items = schema.get("items")
    says_text = isinstance(items, dict) and _type(items) == "string" and not _enum(items)
    listed = value if isinstance(value, list) else []
    fits = all(isinstance(one, str) and one.strip() and "\n" not in one for one in listed)
    return fits and (says_text or (bool(listed) and not isinstance(items, dict)))


def _type(schema: Schema) -> str:
    """Name the one type that a schema allows beside null, "" where it allows several."""
    said = schema.get("type")
    kinds = [kind for kind in (said if isinstance(said, list) else [said]) if kind != "null"]
    return str(kinds[0]) if len(kinds) == 1 and kinds[0] else ""


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "number", float: "number", dict: "object", list: "array"}
    return kinds.get(type(value), "")


def _enum(schema: Schema) -> list[JSON]:
    listed = schema.get("enum")
    return [one for one in listed if one is not None] if isinstance(listed, list) else []


def _nullable(schema: Schema, value: object) -> bool:
    said, listed = schema.get("type"), schema.get("enum")
    by_type = isinstance(said, list) and "null" in said
    return value is None or by_type or (isinstance(listed, list) and None in listed)


def _state(value: object) -> State:
    if value is MISSING:
        return State.ABSENT
    return State.NULL if value is None else State.VALUE


def _states(schema: Schema, value: object, required: bool) -> tuple[tuple[State, str], ...]:  # noqa: FBT001
    possible = [State.VALUE]
    if _nullable(schema, value):
        possible.append(State.NULL)
    if not required:
        possible.append(State.ABSENT)
    return tuple((state, STATE_LABELS[state]) for state in possible) if len(possible) > 1 else ()


def _text(control: Control, value: object) -> str:
    """Write the value as its control shows it."""
    if value is MISSING or value is None:
        return ""
    if control is Control.JSON:
        return _pretty(value)
    if control is Control.LINES and isinstance(value, list):
        return "\n".join(map(str, value))
    return key_of(value) if control is Control.SELECT else _plain(value)


def key_of(value: object) -> str:
    """Write a value as the key of an option."""
    return json.dumps(value, ensure_ascii=False)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
