"""Everything the client raises, as one tree.

HandrailError
├── TransportError            no answer: the desk is away, or the network lost what it said
├── ApiError                  the desk refuses: `code`, `status`, `detail`, `hint`, `errors`
│   ├── NotAuthenticated      401  the key is missing, unknown or revoked
│   ├── Forbidden             403  the key is known and may not do this
│   ├── NotFound              404  no such handoff among this agent's own
│   ├── Invalid               400, 413, 422: `errors` says what to repair, field by field
│   ├── Conflict              409  the request was fine, the handoff is not (any more) as it assumes
│   │   ├── IdempotencyConflict   the key names another action already: `handoff_id`
│   │   ├── AlreadyRedeemed       this permit's one run has begun: look into your own ledger
│   │   ├── PermitUnusable        expired, revoked, or not for this action
│   │   │   └── TooEarly          the permit's `not_before` is still to come
│   │   ├── PolicyChanged         the policy is stricter now; the handoff waits for people again
│   │   ├── WorldChanged          the world is not as people saw it; so does it: `differences`
│   │   └── Stopped               somebody has pulled the brake; nothing starts
│   ├── TooManyRequests       429
│   │   └── QueueFull             people have as much of this agent before them as it may ask
│   └── ServerError           5xx; the desk is ill, nothing was decided
├── CallbackRefused           what came in is not the desk's, or too old: do not act on it
├── WaitTimeout               `wait(timeout=…)` is over and nobody has decided: `handoff`
├── NotApproved               nothing was run, because the handoff is not approved: `handoff`
└── PermitRefused             a tool does not run on this permit: `code` says why

A refusal by policy or by a person is no error: it is a status of the handoff, with the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from handrail.handoff import Handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """Name one place in what was sent (an RFC 6901 pointer), and what was `expected` there."""

    pointer: str
    code: str
    message: str
    expected: str | None = None


class HandrailError(Exception):
    """Anything that the client raises on purpose."""


class CallbackRefused(HandrailError):
    """What came in was not signed by the desk just now; answer 401 and do not act on it."""


class TransportError(HandrailError):
    """The desk did not answer; whether it heard the question is not known."""


class ApiError(HandrailError):
    """The desk answered with a problem (RFC 9457); `problem` is the whole of it.

    `retry_after` is in seconds where the desk said when to come back.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.problem = problem
        self.retry_after = retry_after
        self.code = str(problem.get("code") or f"http_{status}")
        self.detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.hint: str | None = problem.get("hint")
        self.request_id: str | None = problem.get("request_id")
        self.errors = _field_errors(problem.get("errors") or ())
        places = [f"{error.pointer or 'body'}: {error.message}" for error in self.errors]
        hints = [self.hint] if self.hint else []
        super().__init__("; ".join([f"{self.detail} [{self.code}]", *places, *hints]))


class NotAuthenticated(ApiError):
    """The key is missing, unknown or revoked."""


class Forbidden(ApiError):
    """The key is known and may not do this."""


class NotFound(ApiError):
    """There is no such handoff among this agent's own."""


class Invalid(ApiError):
    """What was sent cannot be used; `errors` names each place and what would be accepted."""


class Conflict(ApiError):
    """The handoff is not (any more) as this request assumes; read it again."""

    @property
    def handoff_id(self) -> str | None:
        """Name the handoff that is in the way, where the desk said which."""
        found = self.problem.get("handoff")
        return found.get("id") if isinstance(found, Mapping) else None


class IdempotencyConflict(Conflict):
    """This key was used before for another kind or action; a new ask needs a new name."""


class AlreadyRedeemed(Conflict):
    """This permit's one run has begun: look into your ledger, and report `unknown` in doubt."""


class PermitUnusable(Conflict):
    """The permit cannot be redeemed: it expired, was revoked, or is not for this action."""


class TooEarly(PermitUnusable):
    """The permit's `not_before` is still to come."""


class PolicyChanged(Conflict):
    """The policy is stricter now than at the approval; the handoff waits for people again."""


class WorldChanged(Conflict):
    """The world is not as people saw it who approved this; the handoff waits for them again."""

    @property
    def differences(self) -> list[dict[str, Any]]:
        """List what has changed: each with its `pointer`, and what it `was` and `is`, if anything."""
        found = self.problem.get("differences")
        return [dict(one) for one in found] if isinstance(found, list) else []


class Stopped(Conflict):
    """A stop is in force; nothing starts until a person resumes."""


class TooManyRequests(ApiError):
    """This agent asks faster than it may."""


class QueueFull(TooManyRequests):
    """People have as much of this agent before them as the policy lets it; nothing was stored.

    Do what needs nobody, and submit the same again, under the same key, after `retry_after` seconds.
    """


class ServerError(ApiError):
    """The desk is ill or away; nothing was decided by this answer."""


class WaitTimeout(HandrailError, TimeoutError):
    """Nobody has decided within the time given; the handoff goes on waiting."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        super().__init__(f"nobody has decided {handoff.id} yet; it is {handoff.status}")


class NotApproved(HandrailError):
    """Nothing was run, because the handoff is not approved; `handoff` says what it is."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        said = handoff.decision.note if handoff.decision else None
        instruction = handoff.resume.instruction if handoff.resume else ""
        words = f"{handoff.id} is {handoff.status}" + (f": {said}" if said else "")
        super().__init__(f"{words}. {instruction}".rstrip(". ") + ".")


class PermitRefused(HandrailError):
    """This permit is no leave to run this action here and now; `code` is the stable word for why.

    `malformed`, `unknown_key`, `forged`, `other_issuer`, `other_audience`, `not_redeemed`,
    `too_early`, `expired`, `other_action`, `used`.
    """

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{detail} [{code}]")


_BY_CODE: Mapping[str, type[ApiError]] = {
    "idempotency_conflict": IdempotencyConflict,
    "already_redeemed": AlreadyRedeemed,
    "too_early": TooEarly,
    "permit_expired": PermitUnusable,
    "permit_void": PermitUnusable,
    "stopped_since": PermitUnusable,
    "fingerprint_mismatch": PermitUnusable,
    "policy_changed": PolicyChanged,
    "world_changed": WorldChanged,
    "stopped": Stopped,
    "deferred_queue_full": QueueFull,
}
_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: Invalid,
    401: NotAuthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


def error_from(response: httpx.Response) -> ApiError:
    """Turn a refusal, read to its end, into the error that fits it best."""
    try:
        body = response.json()
    except ValueError:  # a proxy's page, say
        body = None
    problem = body if isinstance(body, Mapping) else {}
    kind = _BY_CODE.get(str(problem.get("code"))) or _BY_STATUS.get(response.status_code)
    if kind is None:
        kind = ServerError if response.is_server_error else ApiError
    return kind(response.status_code, problem, retry_after=_seconds(response))


def _seconds(response: httpx.Response) -> float | None:
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() else None


def _field_errors(found: Sequence[Mapping[str, Any]]) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            pointer=str(one.get("pointer", "")),
            code=str(one.get("code", "")),
            message=str(one.get("message", "")),
            expected=one.get("expected"),
        )
        for one in found
    )
