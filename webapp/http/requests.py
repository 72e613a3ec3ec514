"""Read what a program sends: its key, its JSON, its headers and its query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.domain.errors import (
    BodyTooLarge,
    FieldProblem,
    KeyMissing,
    MediaTypeUnknown,
    NotAuthenticated,
    SubmissionInvalid,
)
from webapp.domain.json_text import JSON, parse
from webapp.http.mistakes import mistakes

Body = TypeVar("Body", bound=BaseModel)
Choice = TypeVar("Choice", bound=StrEnum)
KEY_FORM = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
PEOPLES = "undo:ho_"  # or an agent could stand in the way of people who undo what it did
MOST_DIGITS = 10


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
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        raise MediaTypeUnknown(
            f"The body is encoded as {coding}.", hint="Send it plain, without Content-Encoding."
        )
    return parse(raw_body())


def raw_body() -> bytes:
    """Give the bytes of the body. Raises BodyTooLarge before reading more than it must."""
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error


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
        raise SubmissionInvalid(problems=mistakes(error, model, data)) from error


def optional_body(model: type[Body]) -> Body | None:
    """Read a body that may be missing."""
    return read(model, json_body()) if raw_body() else None


def idempotency_key() -> str:
    """Give the Idempotency-Key. Raises KeyMissing where it is missing or not usable."""
    key = optional_key()
    if key is None:
        raise _key_missing("This call needs an Idempotency-Key header.")
    if key.startswith(PEOPLES):
        raise _key_missing(f"Keys that begin with {PEOPLES} are for people who undo a run.")
    return key


def optional_key() -> str | None:
    """Give the Idempotency-Key, None without one. Raises KeyMissing where it is not usable."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY_FORM.fullmatch(key):
        raise _key_missing("This Idempotency-Key is not usable.")
    return key


def _key_missing(message: str) -> KeyMissing:
    expected = "1 to 255 printable ASCII characters in the header Idempotency-Key"
    problem = FieldProblem(pointer="", code="idempotency_key", message=message, expected=expected)
    hint = "Name the ask, such as refund:8841: the same name never asks twice."
    return KeyMissing(message, hint=hint, problems=[problem])


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
        given = self._values.get(name)
        if given is not None and "\0" in given:
            self.refuse(name, "text without NUL")
        return given

    def number(self, name: str, default: int | None, least: int, most: int) -> int | None:
        """Give a whole number between `least` and `most`."""
        given = self._values.get(name)
        if given is None:
            return default
        plain = given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
        if plain and least <= int(given) <= most:
            return int(given)
        self.refuse(name, f"a whole number from {least} to {most}")
        return default

    def choice(self, name: str, known: type[Choice]) -> Choice | None:
        """Give one of the members of an enum."""
        given = self._values.get(name)
        found = next((one for one in known if one.value == given), None)
        if given is not None and found is None:
            self.refuse(name, f"one of {', '.join(known)}")
        return found

    def flag(self, name: str) -> bool:
        """Give true or false; false where it is absent."""
        given = self._values.get(name, "false")
        if given not in {"true", "false"}:
            self.refuse(name, "true or false")
        return given == "true"

    def instant(self, name: str) -> datetime | None:
        """Give an instant written as RFC 3339, in UTC."""
        given = self._values.get(name)
        if given is None:
            return None
        try:
            read_at = datetime.fromisoformat(given.replace(" ", "+"))
            return read_at.astimezone(UTC) if read_at.tzinfo else read_at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.refuse(name, "an instant such as 2026-11-21T09:00:00Z")
            return None

    def check(self) -> None:
        """Raise SubmissionInvalid with everything that was wrong."""
        if self._problems:
            raise SubmissionInvalid("The query is not usable.", problems=self._problems)

    def refuse(self, name: str, expected: str) -> None:
        """Note that a value cannot be used."""
        self._problems.append(_query_problem(name, "query", expected))


def _query_problem(name: str, code: str, expected: str) -> FieldProblem:
    message = f"The query parameter {name} is not usable."
    return FieldProblem(pointer=f"?{name}", code=code, message=message, expected=expected)
