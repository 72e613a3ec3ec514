"""A call of the API as a value: who may make it, what it takes, what it answers and refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from webapp.api import answers as a
from webapp.domain import errors as e

JSON_TYPE, STREAM_TYPE = "application/json", "text/event-stream"


class Caller(StrEnum):
    """Whose credential a call takes."""

    AGENT = "agent"
    PERSON = "person"
    EITHER = "either"
    NOBODY = "nobody"


class Place(StrEnum):
    """Where a parameter stands."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value beside the body."""

    name: str
    place: Place
    says: str
    required: bool = False
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a call takes, with an example that works under the sample policy."""

    model: type[BaseModel]
    example: Mapping[str, Any]
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call answers where all is well; several models mean one of them."""

    status: int = 200
    says: str
    models: tuple[type[BaseModel], ...] = ()
    headers: tuple[str, ...] = ()
    media: str = JSON_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call; `refusals` are those of its own, besides what its caller, body and path bring."""

    method: str
    path: str
    id: str
    group: str
    summary: str
    says: str = ""
    caller: Caller
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...]
    refusals: tuple[type[e.HandrailError], ...] = ()

    @property
    def all_refusals(self) -> tuple[type[e.HandrailError], ...]:
        """Name every error that this call may answer with."""
        found = [*BY_CALLER[self.caller], *self.refusals]
        if self.body:
            found += [e.BodyInvalid, e.BodyTooLarge, e.MediaTypeUnknown, e.SubmissionInvalid]
        if self.method == "post":
            found.append(e.LostRace)
        if any(one.place is Place.PATH for one in self.parameters):
            found.append(e.NotFound)
        if any(one.place is Place.QUERY for one in self.parameters):
            found.append(e.SubmissionInvalid)
        return tuple(dict.fromkeys(found))


BY_CALLER: Mapping[Caller, tuple[type[e.HandrailError], ...]] = {
    Caller.AGENT: (e.NotAuthenticated, e.Unavailable, e.AgentNeeded),
    Caller.PERSON: (e.NotAuthenticated, e.Unavailable, e.PersonNeeded),
    Caller.EITHER: (e.NotAuthenticated, e.Unavailable),
    Caller.NOBODY: (),
}
TEXT: Mapping[str, Any] = {"type": "string"}
HANDOFF = Parameter(name="handoff_id", place=Place.PATH, says="its id", required=True, schema=TEXT)
PERMIT = Parameter(name="permit_id", place=Place.PATH, says="permit.id", required=True, schema=TEXT)
RUN = Parameter(name="run_id", place=Place.PATH, says="as given", required=True, schema=TEXT)
STANDING = Parameter(
    name="approval_id", place=Place.PATH, says="its id", required=True, schema=TEXT
)
STOP = Parameter(name="stop_id", place=Place.PATH, says="its id", required=True, schema=TEXT)
AGENT = Parameter(name="name", place=Place.PATH, says="its name", required=True, schema=TEXT)
KEY_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[!-~]([ -~]*[!-~])?$",
}
KEY = Parameter(
    name="Idempotency-Key",
    place=Place.HEADER,
    says="the name of the ask, such as refund:7001, not a random word: the same name never asks "
    "twice, and finds the handoff again after any crash",
    required=True,
    schema=KEY_SCHEMA,
)
ATTEMPT = Parameter(
    name="Idempotency-Key",
    place=Place.HEADER,
    says="random for each attempt and kept in memory only, so that a lost answer can be asked for "
    "again while a restarted agent never runs twice",
    schema=KEY_SCHEMA,
)


def in_query(name: str, says: str, **schema: object) -> Parameter:
    """Describe a parameter of the query."""
    return Parameter(name=name, place=Place.QUERY, says=says, schema=schema)


def handoff(says: str, *headers: str, status: int = 200) -> Answer:
    """Answer the handoff as its agent gets it."""
    return Answer(status=status, says=says, models=(a.Handoff,), headers=headers)


def seen(says: str) -> Answer:
    """Answer the handoff as people get it."""
    return Answer(says=says, models=(a.HandoffSeen,))
