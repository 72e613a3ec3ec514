"""A look: one GET whose answer is JSON, at an address that the policy writes and the action's args fill in.

The args are an agent's, so they never choose whom we speak to; the answer is a stranger's, so it is read strictly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from webapp.domain.canonical import canonical
from webapp.domain.errors import BodyInvalid, SubmissionInvalid
from webapp.domain.executor import Credentials, Header
from webapp.domain.json_text import JSON, Limits, parse
from webapp.domain.pointer import MISSING, look_up
from webapp.domain.redaction import redacted
from webapp.domain.summary import read_template

TIMEOUT = timedelta(seconds=5)
LONGEST_TIMEOUT = timedelta(seconds=10)
LONGEST_URL = 4_000  # with its args
MOST_BYTES = 32_768  # of an answer
LIMITS = Limits(size=MOST_BYTES, depth=16, keys=1_000)

# many servers take %2F and %5C for a slash before they look for dots
_SLASH = re.compile(r"[/\\]")
_DOTS = frozenset({".", ".."})


class ArgRefused(SubmissionInvalid):
    """An arg cannot stand where the policy's address wants it."""

    code = "arg_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Whom to ask: `url` is a template over the args; secrets stand in headers and credentials by name."""

    url: str
    headers: tuple[Header, ...] = ()
    credentials: Credentials | None = None
    timeout: timedelta = TIMEOUT

    @property
    def says(self) -> str:
        """Say in a few words what is done."""
        return f"GET {self.url}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Name the secrets that it needs."""
        named = [one.secret for one in (*self.headers, self.credentials) if one and one.secret]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look has shown: the `answer`, or the `problem`, one sentence why there is none to go by.

    `status` is None where no answer came at all. With another status than 2xx there is a problem, and still the answer
    where that is JSON.
    """

    status: int | None = None
    answer: JSON = None
    problem: str | None = None


def address_of(look: Look, args: Mapping[str, JSON]) -> str:
    """Fill in the args, each encoded whole: none of them reaches beyond its place. Raises ArgRefused."""
    url, path, in_path = "", "", True
    for words, pointer in read_template(look.url).parts:
        url += words
        path += words.partition("?")[0] if in_path else ""
        in_path = in_path and "?" not in words
        if pointer is not None:
            value = _written(pointer, look_up(args, pointer))
            if in_path and not value:
                raise ArgRefused(f"{pointer} is empty, and the path of the address needs it.")
            url += quote(value, safe="")
            path += value if in_path else ""
    if not _DOTS.isdisjoint(_SLASH.split(path)):
        raise ArgRefused("An arg leads out of the path of the address: it holds . or .. alone.")
    if len(url) > LONGEST_URL:
        raise ArgRefused(f"With its args, the address is longer than {LONGEST_URL} characters.")
    return url


def read_answer(status: int, body: bytes, secrets: Iterable[str] = (), *, cut: bool) -> Seen:
    """Read what came back, without the secrets that were shown."""
    problem, answer = _read(body, cut=cut)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        problem = f"The server answered {_said(status)}."
    known = tuple(secrets)
    return Seen(status=status, answer=redacted(answer, known), problem=redacted(problem, known))


def _read(body: bytes, *, cut: bool) -> tuple[str | None, JSON]:
    if cut or len(body) > MOST_BYTES:
        return f"The answer is larger than {MOST_BYTES:,} bytes.", None
    try:
        return None, parse(body, limits=LIMITS)
    except BodyInvalid as error:
        return f"The answer cannot be read: {error.detail}", None


def to_json(look: Look | None) -> dict[str, Any] | None:
    """Give the form that is stored with a handoff."""
    return {**asdict(look), "timeout": look.timeout.total_seconds()} if look else None


def from_json(data: Mapping[str, Any] | None) -> Look | None:
    """Read what `to_json` gave."""
    if data is None:
        return None
    shown = data["credentials"]
    return Look(
        url=data["url"],
        headers=tuple(Header(**one) for one in data["headers"]),
        credentials=Credentials(**shown) if shown else None,
        timeout=timedelta(seconds=data["timeout"]),
    )


def _written(pointer: str, value: object) -> str:
    if value is MISSING or value is None or isinstance(value, dict | list):
        raise ArgRefused(f"{pointer} is no text, number or true or false; the address needs one.")
    return value if isinstance(value, str) else canonical(value).decode()


def _said(status: int) -> str:
    known = status in list(HTTPStatus)
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)
