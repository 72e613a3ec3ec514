"""Read what a program sends: its key, its JSON, its headers and its query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from webapp.domain.errors import (
    FieldProblem,
    KeyMissing,
    MediaTypeUnknown,
    NotAuthenticated,
    SubmissionInvalid,
)
from webapp.domain.json_text import JSON, LIMITS, parse
from webapp.domain.pointer import join

Body = TypeVar("Body", bound=BaseModel)
KEY_FORM = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
MOST_PROBLEMS = 20


def bearer() -> str:
    """Give the key or token that came along. Raises NotAuthenticated."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise NotAuthenticated(
            "There is no key.", hint="Send it as: Authorization: Bearer hr_… (or hp_… for a person)"
        )
    return credential.strip()


def json_body() -> JSON:
    """Read the body strictly. Raises MediaTypeUnknown, BodyInvalid and BodyTooLarge."""
    declared = request.mimetype
    if declared and declared != "application/json" and not declared.endswith("+json"):
        raise MediaTypeUnknown(
            f"The body is declared as {declared}.", hint="Send Content-Type: application/json"
        )
    return parse(raw_body())


def raw_body() -> bytes:
    """Give the bytes of the body, one more than allowed at most."""
    return request.get_data(cache=True) if _fits() else request.stream.read(LIMITS.size + 1)


def _fits() -> bool:
    return request.content_length is None or request.content_length <= LIMITS.size


def read(model: type[Body], data: JSON) -> Body:
    """Read `data` as `model`. Raises SubmissionInvalid with every field that is wrong."""
    if not isinstance(data, dict):
        expected = FieldProblem(
            pointer="", code="type", message="The body is no object.", expected="a JSON object"
        )
        raise SubmissionInvalid(expected.message, problems=[expected])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [_problem(one) for one in error.errors()[:MOST_PROBLEMS]]
        raise SubmissionInvalid(problems=problems) from error


def optional_body(model: type[Body]) -> None:
    """Check a body that may be missing and whose fields change nothing."""
    if raw_body():
        read(model, json_body())


def _problem(found: ErrorDetails) -> FieldProblem:
    where = [part for part in found["loc"] if not isinstance(part, str) or "[" not in part]
    expected = found.get("ctx", {}).get("expected")
    if found["type"] == "extra_forbidden":
        message, expected = "This field is not known here.", "no such field"
    elif found["type"] == "missing":
        message, expected = "This field is missing.", "a value"
    else:
        message = found["msg"].removeprefix("Value error, ")
    return FieldProblem(
        pointer=join(where), code=found["type"], message=f"{message}", expected=expected
    )


def idempotency_key(*, required: bool) -> str | None:
    """Give the Idempotency-Key. Raises KeyMissing where it is missing or not usable."""
    key = request.headers.get("Idempotency-Key")
    if key is None and not required:
        return None
    if key is not None and KEY_FORM.fullmatch(key):
        return key
    message = "This call needs an Idempotency-Key header." if not key else "This key is not usable."
    raise KeyMissing(
        message,
        hint="Name the ask, such as refund:8841: the same name never asks twice.",
        problems=[
            FieldProblem(
                pointer="",
                code="idempotency_key",
                message=message,
                expected="1 to 255 printable ASCII characters in the header Idempotency-Key",
            )
        ],
    )


class Query:
    """Read the query string, gathering what is wrong with it."""

    def __init__(self, *known: str) -> None:
        self._values: Mapping[str, str] = request.args
        self._problems = [
            _query_problem(name, "unknown", f"one of {', '.join(known)}")
            for name in request.args
            if name not in known
        ]

    def text(self, name: str) -> str | None:
        """Give a text, None where it is absent."""
        return self._values.get(name)

    def number(self, name: str, default: int | None, least: int, most: int) -> int | None:
        """Give a whole number between `least` and `most`."""
        given = self._values.get(name)
        if given is None:
            return default
        if given.isascii() and given.isdigit() and least <= int(given[:9]) <= most:
            return int(given)
        self._refuse(name, f"a whole number from {least} to {most}")
        return default

    def choice(self, name: str, known: type[str]) -> str | None:
        """Give one of the members of an enum."""
        given = self._values.get(name)
        members: list[str] = list(known)  # type: ignore[call-overload]
        if given is not None and given not in members:
            self._refuse(name, f"one of {', '.join(members)}")
        return given

    def instant(self, name: str) -> datetime | None:
        """Give an instant written as RFC 3339."""
        given = self._values.get(name)
        if given is None:
            return None
        try:
            read_at = datetime.fromisoformat(given.replace(" ", "+"))
        except ValueError:
            self._refuse(name, "an instant such as 2026-11-21T09:00:00Z")
            return None
        return read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)

    def check(self) -> None:
        """Raise SubmissionInvalid with everything that was wrong."""
        if self._problems:
            raise SubmissionInvalid("The query is not usable.", problems=self._problems)

    def refuse(self, name: str, expected: str) -> None:
        """Note that a value cannot be used."""
        self._refuse(name, expected)

    def _refuse(self, name: str, expected: str) -> None:
        self._problems.append(_query_problem(name, "query", expected))


def _query_problem(name: str, code: str, expected: str) -> FieldProblem:
    message = f"The query parameter {name} is not usable."
    return FieldProblem(pointer=f"?{name}", code=code, message=message, expected=expected)
