"""Every error that Handrail raises on purpose, as one tree.

HandrailError
├── BodyInvalid               the bytes are not the JSON that was asked for
│   ├── BodyTooLarge
│   └── StateTooLarge
├── SubmissionInvalid         readable, but not a handoff, decision, outcome … that can be stored
│   ├── ArgsInvalid           counted, so that an agent that keeps failing is seen
│   ├── EditRefused
│   ├── NoEndpoint
│   ├── NotSupportedYet
│   └── PolicyInvalid
├── KeyMissing                no usable Idempotency-Key came along
├── MediaTypeUnknown          the body is declared as something else than JSON
├── NotAuthenticated          nobody that we know
├── Forbidden                 known, but without the right
│   ├── PersonNeeded
│   ├── AgentNeeded
│   ├── NotAnApprover
│   ├── NotLinked             somebody in a chat whom we do not know
│   └── OwnRequest
├── NotFound
├── TooManyRequests
│   └── DeferredQueueFull     the agent asks more of people than the policy lets it
├── NotNow                    internal: a neighbour is away, slow or busy; the outbox tries again
├── Unavailable               the database is away, or nothing is set up yet
└── Conflict                  the request was fine, the world is not (any more) as it assumes
    ├── IdempotencyConflict
    ├── StaleRevision
    ├── PreviewPending
    ├── StalePreview
    ├── AlreadyDecided
    ├── NotPending
    ├── DeadlinePassed
    ├── VerbNotAllowed
    ├── NotSampled
    ├── AlreadyLabelled
    ├── LimitReached
    ├── TooManyRevisions
    ├── NotVerified
    ├── (what is approved and runs: `run_errors`)
    └── LostRace              internal: the row moved between load and save; the edge tries again

The first line of a class's docstring is its default message; `code` is the stable word that API, pages and client use.
`keeps` says that what was written before the error was raised is committed all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """Name one place in a JSON body that is wrong, what is wrong there and what would be accepted.

    `pointer` is an RFC 6901 JSON pointer, "" for the whole body.
    """

    pointer: str
    code: str
    message: str
    expected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProblem:
    """Name one place in a policy document that is wrong; `line` and `column` count from 1."""

    line: int
    column: int
    pointer: str
    code: str
    message: str
    hint: str | None = None


class HandrailError(Exception):
    """Something that Handrail refuses, with a reason."""

    code: ClassVar[str] = "error"
    keeps: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        hint: str | None = None,
        problems: Sequence[FieldProblem] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail or (type(self).__doc__ or "").splitlines()[0]
        self.hint = hint
        self.problems = tuple(problems)
        self.extra = dict(extra or {})
        super().__init__(self.detail)


class BodyInvalid(HandrailError):
    """The body is not the JSON that was asked for."""

    code = "malformed_body"


class BodyTooLarge(BodyInvalid):
    """The body is larger than 1 MB."""

    code = "body_too_large"


class StateTooLarge(BodyInvalid):
    """State and private_state together are larger than 256 KB."""

    code = "state_too_large"


class SubmissionInvalid(HandrailError):
    """Some fields are not as they must be; each is named with what would be accepted."""

    code = "invalid"


class ArgsInvalid(SubmissionInvalid):
    """The args are not as the policy's action type wants them; each mistake is named."""

    code = "invalid_args"
    keeps = True


class NotSupportedYet(SubmissionInvalid):
    """This part of Handrail does not exist yet."""

    code = "not_supported_yet"


class PolicyInvalid(SubmissionInvalid):
    """The policy document has mistakes; each is named with its line."""

    code = "policy_invalid"

    def __init__(self, policy_problems: Sequence[PolicyProblem]) -> None:
        self.policy_problems = tuple(policy_problems)
        lines = [f"line {p.line}, column {p.column}: {p.message}" for p in self.policy_problems]
        super().__init__("; ".join(lines[:3]) or None)


class KeyMissing(HandrailError):
    """This call needs a usable Idempotency-Key header."""

    code = "idempotency_key_missing"


class MediaTypeUnknown(HandrailError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"


class NotAuthenticated(HandrailError):
    """The key or token is missing, unknown or revoked."""

    code = "not_authenticated"


class Forbidden(HandrailError):
    """You may not do this."""

    code = "forbidden"


class PersonNeeded(Forbidden):
    """Only a person may do this; an agent's key never can."""

    code = "person_needed"


class AgentNeeded(Forbidden):
    """Only an agent may do this, with its own key."""

    code = "agent_needed"


class NotAnApprover(Forbidden):
    """You are not one of the people who may decide this handoff."""

    code = "not_an_approver"


class NotLinked(Forbidden):
    """Handrail does not know who you are in this chat."""

    code = "not_linked"


class OwnRequest(Forbidden):
    """This handoff was started by you, for you or with a key that you made, so someone else must decide it."""

    code = "own_request"


class NotFound(HandrailError):
    """There is nothing here that you may see."""

    code = "not_found"


class Conflict(HandrailError):
    """The handoff is not (any more) as this request assumes."""

    code = "conflict"


class IdempotencyConflict(Conflict):
    """This Idempotency-Key was used before with another kind or action."""

    code = "idempotency_conflict"


class StaleRevision(Conflict):
    """The handoff was revised since it was shown to you; look at it again."""

    code = "stale_revision"


class PreviewPending(Conflict):
    """What would change is still being looked up; nobody can agree to it before they see it."""

    code = "preview_pending"


class StalePreview(Conflict):
    """What would change was looked up again since it was shown to you; look at it again."""

    code = "stale_preview"


class AlreadyDecided(Conflict):
    """Somebody else has decided this handoff."""

    code = "already_decided"


class NotPending(Conflict):
    """This handoff does not wait for that any more."""

    code = "not_pending"


class DeadlinePassed(Conflict):
    """The deadline has passed; what was not decided by then expires."""

    code = "expired"


class VerbNotAllowed(Conflict):
    """This decision is not among those that this handoff allows."""

    code = "decision_not_allowed"


class NotSampled(Conflict):
    """This handoff was not chosen to be looked at afterwards."""

    code = "not_sampled"


class AlreadyLabelled(Conflict):
    """Somebody else has said what they think of this already."""

    code = "already_labelled"


class EditRefused(SubmissionInvalid):
    """The policy does not allow the action as edited."""

    code = "edit_refused"


class NoEndpoint(SubmissionInvalid):
    """This agent has no endpoint to be called back at."""

    code = "no_endpoint"


class LimitReached(Conflict):
    """A limit that binds people, too, leaves no room for this any more."""

    code = "limit_reached"


class TooManyRevisions(Conflict):
    """This handoff has been revised as often as it may be; submit a new one."""

    code = "too_many_revisions"


class NotVerified(Conflict):
    """The endpoint did not echo the challenge, so nothing is sent there."""

    code = "endpoint_not_verified"


class LostRace(Conflict):
    """The handoff moved while it was being changed."""

    code = "lost_race"


class TooManyRequests(HandrailError):
    """Too many tries; wait a little."""

    code = "too_many_requests"


class DeferredQueueFull(TooManyRequests):
    """This agent has as much before people as the policy lets it; nothing was stored."""

    code = "deferred_queue_full"
    keeps = True  # that the owner is told


class NotNow(HandrailError):
    """A neighbour cannot take this now; it is tried again by itself."""

    code = "not_now"

    def __init__(self, detail: str | None = None, *, after: timedelta | None = None) -> None:
        self.after = after  # what the neighbour asked us to wait, at the least
        super().__init__(detail)


class Unavailable(HandrailError):
    """Handrail cannot reach its database; nothing was changed."""

    code = "unavailable"
