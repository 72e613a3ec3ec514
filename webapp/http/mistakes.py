"""Say of each field that is wrong what is wrong with it, in the words of JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import join

MOST_PROBLEMS = 20
# What pydantic found: the keyword of JSON Schema for it, and what would be accepted.
WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "a value"),
    "extra_forbidden": ("additionalProperties", "no such field"),
    "string_type": ("type", "a string"),
    "float_type": ("type", "a number"),
    "int_type": ("type", "a whole number"),
    "list_type": ("type", "a list"),
    "dict_type": ("type", "an object"),
    "model_type": ("type", "an object"),
    "literal_error": ("enum", "{expected}"),
    "string_pattern_mismatch": ("pattern", "a string matching {pattern}"),
    "string_too_short": ("minLength", "at least {min_length} characters"),
    "string_too_long": ("maxLength", "at most {max_length} characters"),
    "too_short": ("minItems", "at least {min_length} items"),
    "too_long": ("maxItems", "at most {max_length} items"),
    "greater_than_equal": ("minimum", "at least {ge}"),
    "less_than_equal": ("maximum", "at most {le}"),
}


def mistakes(error: ValidationError, model: type[BaseModel], data: JSON) -> list[FieldProblem]:
    """Name every field of `data` that is not as `model` wants it."""
    found = error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]
    return [_problem(one, model, data) for one in found]


def _problem(found: ErrorDetails, model: type[BaseModel], data: JSON) -> FieldProblem:
    code, template = WORDS.get(found["type"], ("invalid", ""))
    expected = template.format(**found.get("ctx", {})) or found["msg"]
    place = list(_place(found["loc"], data))
    name = str(place[-1]) if place else "The body"
    if code == "required":
        message = f"{name} is missing."
    elif code == "additionalProperties":
        meant = did_you_mean(name, _known(model, nested=len(place) > 1))
        message = f"{name} is not known here; {meant}" if meant else f"{name} is not known here."
    else:
        message = f"{name}: expected {expected}."
    return FieldProblem(pointer=join(place), code=code, message=message, expected=expected)


def _place(loc: Sequence[str | int], data: JSON) -> Iterator[str | int]:
    """Follow pydantic's path into `data`, leaving out the names of the branches that it tried."""
    here: object = data
    for number, part in enumerate(loc, start=1):
        if isinstance(here, dict) and (part in here or number == len(loc)):
            here = here.get(str(part))
            yield part
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part]
            yield part


@lru_cache(maxsize=32)
def _known(model: type[BaseModel], *, nested: bool) -> tuple[str, ...]:
    """Name the fields of a body, or those of the objects inside of it."""
    schema = model.model_json_schema()
    inner = schema.get("$defs", {}).values()
    return tuple(name for one in (inner if nested else [schema]) for name in one["properties"])
