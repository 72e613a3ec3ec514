"""The call of a tool: what is sent for an approved action, and what its answer says of how that went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from webapp.domain.canonical import canonical
from webapp.domain.errors import BodyInvalid
from webapp.domain.executor import HttpCall
from webapp.domain.expressions import MOST_BYTES, holds_for
from webapp.domain.handoff import Handoff, Status
from webapp.domain.json_text import JSON, parse
from webapp.domain.redaction import redacted

# a gateway in front of the tool, or the tool before it looks: of a call that comes twice they say nothing
TURNED_AWAY = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
# so may these of a second call: who has acted may not know the permit any more, or be at it still
TURNED_AWAY_TWICE = TURNED_AWAY | {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
}
MOST_KEPT = 16_384  # bytes of an answer that the outcome keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How an execution by Handrail ended: in a sentence, with what the tool answered where that is small JSON."""

    status: Status
    detail: str
    effect: JSON = None

    def to_json(self) -> dict[str, Any]:
        """Give it as a report of the outcome."""
        effect = {} if self.effect is None else {"effect": self.effect}
        return {"status": self.status.value, "detail": self.detail, **effect}


def not_begun(why: str) -> Ran:
    """Say that it failed before anything was sent."""
    return Ran(status=Status.FAILED, detail=f"Nothing was sent: {why}")


def body_of(handoff: Handoff, permit: str, token: str) -> bytes:
    """Write what a tool is sent."""
    if handoff.action is None:
        raise ValueError("only an action is run")
    body: dict[str, Any] = {
        "action": handoff.action.to_json(),
        "handoff": {"id": handoff.id, "revision": handoff.revision, "agent": handoff.agent},
        "permit": {"id": permit, "token": token},
        "fingerprint": handoff.fingerprint,
        "idempotency_key": permit,
    }
    return canonical(body)


def headers_of(permit: str, token: str, shown: Mapping[str, str]) -> dict[str, str]:
    """Give the headers of a call; `shown` are those that the policy asks for."""
    return {
        **shown,
        "Content-Type": "application/json",
        "Idempotency-Key": permit,
        "Handrail-Permit": token,
    }


def read_answer(
    call: HttpCall, status: int, body: bytes, *, cut: bool, is_first: bool = True
) -> Ran:
    """Say what an answer means; what leaves open whether it ran is `unknown`.

    Of a tool that knows a call which comes twice, that is also one to be sent again. Without `success`, a 2xx is
    success and a 4xx a refusal. A redirect is not followed, and a 5xx may have come after the effect, or from a proxy
    that lost sight of it.
    """
    read = None if cut else _read(body)
    holds = _holds(call, status, read, len(body))
    known = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    away = call.idempotent and status in (TURNED_AWAY if is_first else TURNED_AWAY_TWICE)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and not away
    ended = Status.FAILED if refused or (known and holds is False) else Status.UNKNOWN
    ended = Status.SUCCEEDED if holds else ended
    return Ran(
        status=ended,
        detail=f"The tool answered {_said(status)}{_why(call, holds, ended)}.",
        effect=read if len(body) <= MOST_KEPT else None,
    )


def without(ran: Ran, secrets: Iterable[str]) -> Ran:
    """Take out of what is kept whatever a tool has repeated of the secrets that it was sent."""
    known = tuple(secrets)
    return Ran(
        status=ran.status, detail=redacted(ran.detail, known), effect=redacted(ran.effect, known)
    )


def _holds(call: HttpCall, status: int, body: JSON, size: int) -> bool | None:
    if call.success is None:
        return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    response: dict[str, Any] = {"status": status}
    if size <= MOST_BYTES:  # a loop over more could cost much: then only the status can be asked
        response["body"] = body
    return holds_for(call.success, response)


def _why(call: HttpCall, holds: bool | None, ended: Status) -> str:  # noqa: FBT001 — three answers
    if call.success is not None and holds is None:
        return ", of which the policy's success says neither true nor false"
    if call.success is not None and holds is False and ended is Status.FAILED:
        return ", which the policy does not take for success"
    return ", which leaves open whether it ran" if ended is Status.UNKNOWN else ""


def _read(body: bytes) -> JSON:
    try:
        return parse(body)
    except BodyInvalid:
        return None


def _said(status: int) -> str:
    known = status in list(HTTPStatus)
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)
