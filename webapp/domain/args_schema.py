"""JSON Schema 2020-12 for args: compile it safely, explain problems so that agents can act."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NoReturn

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import escape, join, look_up

SHOWN_PROBLEMS = 20
LONGEST_WORDS = 300
LINEAR_PATTERNS = RegexOptions()

_TYPES = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def refuse(uri: str) -> NoReturn:
    """Fetch nothing, whatever a schema refers to."""
    raise LookupError(f"{uri} is outside of this schema")


def compiled(schema: Mapping[str, JSON]) -> Draft202012Validator:
    """Compile `schema`; nothing is ever fetched, and patterns run in linear time.

    Raises jsonschema_rs.ValidationError where it is no schema.
    """
    return Draft202012Validator(
        dict(schema),
        validate_formats=True,
        ignore_unknown_formats=False,
        retriever=refuse,
        pattern_options=LINEAR_PATTERNS,
    )


def problems(
    validator: Draft202012Validator, schema: Mapping[str, JSON], args: Mapping[str, JSON]
) -> tuple[FieldProblem, ...]:
    """Say where `args` break `schema`, with pointers relative to them; at most 20 problems."""
    if validator.is_valid(args):
        return ()
    errors = validator.iter_errors(args)
    found = (problem for error in errors for problem in _explain(error, schema))
    return tuple(islice(found, SHOWN_PROBLEMS))


def _explain(error: ValidationError, schema: Mapping[str, JSON]) -> Iterator[FieldProblem]:
    keyword = error.kind.name
    facts = error.kind.as_dict()
    pointer = join(error.instance_path)
    if keyword == "required":
        yield _missing(pointer, facts["property"], _around(error, schema))
    elif keyword in {"additionalProperties", "unevaluatedProperties"}:
        known = look_up(_around(error, schema), "/properties")
        for name in facts["unexpected"]:
            yield _unexpected(pointer, name, keyword, known)
    else:
        yield FieldProblem(
            pointer=pointer,
            code=keyword,
            message=cut(error.message),
            expected=_expected(keyword, facts),
        )


def _around(error: ValidationError, schema: Mapping[str, JSON]) -> object:
    """Give the part of `schema` that the failed keyword stands in; MISSING behind a `$ref`."""
    return look_up(schema, join(error.schema_path[:-1]))


def _missing(pointer: str, name: str, holder: object) -> FieldProblem:
    wanted = look_up(holder, f"/properties/{escape(name)}")
    return FieldProblem(
        pointer=f"{pointer}/{escape(name)}",
        code="required",
        message=cut(f"{name} is missing."),
        expected=f"required: {describe(wanted)}" if isinstance(wanted, Mapping) else "required",
    )


def _unexpected(pointer: str, name: str, keyword: str, known: object) -> FieldProblem:
    names = list(known) if isinstance(known, Mapping) else []
    meant = did_you_mean(name, names)
    return FieldProblem(
        pointer=f"{pointer}/{escape(name)}",
        code=keyword,
        message=cut(
            f"{name} is not known here; {meant}" if meant else f"{name} is not known here."
        ),
        expected=cut(f"only: {', '.join(names)}") if names else "nothing here",
    )


def describe(schema: Mapping[str, object]) -> str:
    """Say in a few words what `schema` accepts: `a string matching ^[A-Z]{3}$`."""
    said = schema.keys() & {"enum", "const", "pattern"}  # these name the type as well
    phrases = [
        phrase(schema[keyword])
        for keyword, phrase in _PHRASES.items()
        if keyword in schema and not (said and keyword == "type")
    ]
    return cut(", ".join(phrases)) or "a value"


def _types(kind: object) -> str:
    kinds = kind if isinstance(kind, list) else [kind]
    return " or ".join(_TYPES.get(str(name), str(name)) for name in kinds)


def _one_of(options: object) -> str:
    return f"one of {', '.join(map(_written, options))}" if isinstance(options, list) else "a value"


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_PHRASES: dict[str, Callable[[object], str]] = {
    "type": _types,
    "enum": _one_of,
    "const": lambda value: f"exactly {_written(value)}",
    "pattern": lambda pattern: f"a string matching {pattern}",
    "format": lambda name: f"a valid {name}",
    "minimum": lambda limit: f"at least {limit}",
    "maximum": lambda limit: f"at most {limit}",
    "exclusiveMinimum": lambda limit: f"more than {limit}",
    "exclusiveMaximum": lambda limit: f"less than {limit}",
    "multipleOf": lambda step: f"a multiple of {step}",
    "minLength": lambda limit: f"at least {limit} characters",
    "maxLength": lambda limit: f"at most {limit} characters",
    "minItems": lambda limit: f"at least {limit} items",
    "maxItems": lambda limit: f"at most {limit} items",
    "minProperties": lambda limit: f"at least {limit} members",
    "maxProperties": lambda limit: f"at most {limit} members",
    "uniqueItems": lambda _: "no item twice",
    "falseSchema": lambda _: "nothing here",
}


def _expected(keyword: str, facts: Mapping[str, object]) -> str | None:
    phrase = _PHRASES.get(keyword)
    if phrase:
        return cut(phrase(next(iter(facts.values()), None)))
    branches = facts.get("context")
    return cut(" or ".join(_branches(branches))) or None if isinstance(branches, list) else None


def _branches(context: list[list[ValidationError]]) -> Iterator[str]:
    """Say what each branch of an anyOf or oneOf would have accepted."""
    for errors in context:
        wanted = [_expected(error.kind.name, error.kind.as_dict()) for error in errors]
        yield " and ".join(words for words in wanted if words) or "…"


def cut(words: str) -> str:
    """Keep a sentence short enough to be read: at most 300 characters."""
    return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…"
