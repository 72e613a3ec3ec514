"""The flat JSON Schema that an agent sends with a question, and the answers that fit it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from jsonschema_rs import ValidationError

from webapp.domain.args_schema import compiled, cut, problems
from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import escape, join

MOST_PROPERTIES = 20
MOST_OPTIONS = 50
LONGEST_TEXT = 1_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_TYPES = ("string", "number", "integer", "boolean")
_FORMATS = ("date", "date-time", "email", "time", "uri")
_OUTER = ("type", "properties", "required", "additionalProperties", "title", "description")
_INNER = (
    "type", "enum", "title", "description", "default", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "format",
)  # fmt: skip


def check_response_schema(schema: JSON, pointer: str = "") -> tuple[FieldProblem, ...]:
    """Say where `schema` is not a flat object schema; `pointer` is where it stood in the body."""
    if not isinstance(schema, dict):
        return (_problem(pointer, "type", "A response schema is an object.", "a JSON Schema"),)
    found = (*_outer_problems(schema, pointer), *_property_problems(schema, pointer))
    return found or tuple(_form_problems(schema, pointer))


def response_problems(
    schema: Mapping[str, JSON], response: JSON, pointer: str = ""
) -> tuple[FieldProblem, ...]:
    """Say where `response` does not fit `schema`, which must have passed `check_response_schema`.

    Members that the schema does not list are refused.
    """
    if not isinstance(response, dict):
        message = "The response is not an object."
        return (_problem(pointer, "type", message, "an object that fits the response schema"),)
    strict = {**schema, "additionalProperties": False}
    return tuple(
        _problem(f"{pointer}{found.pointer}", found.code, found.message, found.expected)
        for found in problems(compiled(strict), strict, response)
    )


def _problem(pointer: str, code: str, message: str, expected: str | None) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, message=cut(message), expected=expected)


def _outer_problems(schema: dict[str, JSON], pointer: str) -> Iterator[FieldProblem]:
    yield from _keyword_problems(schema, _OUTER, pointer)
    if schema.get("type") != "object":
        message = "A response schema has the type object."
        yield _problem(f"{pointer}/type", "type", message, '"object"')
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict) or not 1 <= len(properties) <= MOST_PROPERTIES:
        message = "A response schema lists what it asks for."
        expected = f"an object with 1 to {MOST_PROPERTIES} properties"
        yield _problem(f"{pointer}/properties", "properties", message, expected)
        return
    if not isinstance(required, list) or not all(name in properties for name in map(str, required)):
        message = "Only listed properties can be required."
        expected = f"a list with some of {', '.join(properties)}"
        yield _problem(f"{pointer}/required", "required", message, cut(expected))


def _property_problems(schema: dict[str, JSON], pointer: str) -> Iterator[FieldProblem]:
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        here = f"{pointer}/properties/{escape(name)}"
        if not _NAME.fullmatch(name):
            message = "A property's name is a short plain word."
            yield _problem(here, "property_name", message, "such as delivery_date")
        if not isinstance(inner, dict):
            yield _problem(here, "type", f"{name} has no schema.", '{"type": "string"}')
            continue
        yield from _keyword_problems(inner, _INNER, here)
        yield from _scalar_problems(inner, here)


def _keyword_problems(
    schema: dict[str, JSON], allowed: tuple[str, ...], pointer: str
) -> Iterator[FieldProblem]:
    for keyword in [keyword for keyword in schema if keyword not in allowed]:
        meant = did_you_mean(keyword, allowed)
        message = f"{keyword} is not taken in a response schema" + (f"; {meant}" if meant else ".")
        expected = f"only: {', '.join(allowed)}"
        yield _problem(f"{pointer}/{escape(keyword)}", "unsupported_keyword", message, expected)


def _scalar_problems(schema: dict[str, JSON], pointer: str) -> Iterator[FieldProblem]:
    for keyword, (fits, expected) in _VALUES.items():
        if keyword in schema and not fits(schema[keyword]):
            message = f"This {keyword} is not taken in a response schema."
            yield _problem(f"{pointer}/{keyword}", keyword, message, expected)
    if "type" not in schema and "enum" not in schema:
        yield _problem(f"{pointer}/type", "required", "type is missing.", _VALUES["type"][1])


def _is_options(value: JSON) -> bool:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_OPTIONS:
        return False
    return all(isinstance(option, str | int | float) for option in value)


def _is_text(value: JSON) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


_VALUES: dict[str, tuple[Callable[[JSON], bool], str]] = {
    "type": (lambda value: value in _TYPES, f"one of {', '.join(_TYPES)}"),
    "enum": (_is_options, f"a list of 1 to {MOST_OPTIONS} strings, numbers or booleans"),
    "format": (lambda value: value in _FORMATS, f"one of {', '.join(_FORMATS)}"),
    "title": (_is_text, f"text of at most {LONGEST_TEXT} characters"),
    "description": (_is_text, f"text of at most {LONGEST_TEXT} characters"),
}


def _form_problems(schema: dict[str, JSON], pointer: str) -> Iterator[FieldProblem]:
    """Find what only the schema of all schemas knows, such as a minimum that is no number."""
    try:
        compiled(schema)
    except ValidationError as error:
        where = pointer + join(error.instance_path)
        yield _problem(where, "schema", f"{error.message}.", "JSON Schema 2020-12")
