"""The handoff: what an agent asked for, what policy and people said of it, and where it stands now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from webapp.domain.action import Action
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.policy import Terms
from webapp.domain.standing_terms import StandingWish
from webapp.domain.task import Task
from webapp.domain.verdict import Risk, Route, Verdict


class Kind(StrEnum):
    """What an agent may hand off."""

    ACTION = "action"
    QUESTION = "question"
    TASK = "task"


class Status(StrEnum):
    """Where a handoff stands."""

    PENDING = "pending"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    ANSWERED = "answered"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


WAITING = frozenset({Status.PENDING, Status.CHANGES_REQUESTED})
FINAL = frozenset(set(Status) - WAITING - {Status.APPROVED, Status.RUNNING})


class Verb(StrEnum):
    """What a person can say."""

    APPROVE = "approve"
    EDIT = "edit"
    DENY = "deny"
    RESPOND = "respond"
    REQUEST_CHANGES = "request_changes"


USUAL_VERBS = {
    Kind.ACTION: (Verb.APPROVE, Verb.EDIT, Verb.DENY, Verb.REQUEST_CHANGES),
    Kind.QUESTION: (Verb.RESPOND, Verb.DENY, Verb.REQUEST_CHANGES),
    Kind.TASK: (Verb.RESPOND, Verb.DENY, Verb.REQUEST_CHANGES),
}
POSSIBLE_VERBS = {
    Kind.ACTION: frozenset(Verb),
    Kind.QUESTION: frozenset({Verb.RESPOND, Verb.DENY, Verb.REQUEST_CHANGES}),
    Kind.TASK: frozenset({Verb.RESPOND, Verb.DENY, Verb.REQUEST_CHANGES}),
}


class Face(StrEnum):
    """Through which door something came."""

    API = "api"
    BROWSER = "browser"
    CLI = "cli"
    WORKER = "worker"
    STANDING = "standing"
    SLACK = "slack"


class ActorKind(StrEnum):
    """Who does things."""

    AGENT = "agent"
    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, through which face; `name` is what people call them."""

    kind: ActorKind
    id: str
    name: str
    face: Face


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="handrail", name="Handrail", face=Face.WORKER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The program that asks, as it was recognised by its key.

    `key_maker` is the id of the user who made the key that it used, where that is known; `callback` what its endpoint
    is sent, None while it has none that is in use.
    """

    id: str
    name: str
    owner: str
    key_id: str = ""
    key_maker: str | None = None
    callback: CallbackWish | None = None

    def actor(self, face: Face = Face.API) -> Actor:
        """Give the agent as the doer of an event."""
        return Actor(kind=ActorKind.AGENT, id=self.id, name=self.name, face=face)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What an agent sent, read and checked for form.

    `claim` is everything it said but the states, as JSON; `state` and `private_state` are the very bytes it sent;
    `callback` is None where it is left to the agent's endpoint.
    """

    kind: Kind
    title: str
    action: Action | None
    confidence: float | None
    allowed: tuple[Verb, ...]
    expires_in: timedelta | None
    on_behalf_of: str | None
    intent_id: str | None
    run_id: str | None
    thread_id: str | None
    claim: Mapping[str, Any]
    state: bytes | None
    private_state: bytes | None
    task: Task | None = None
    task_id: str | None = None
    callback: CallbackWish | None = None

    @property
    def fingerprint(self) -> str | None:
        """Give the fingerprint of the action or the task; a question has none."""
        asked = self.action or self.task
        return asked.fingerprint() if asked else None


def whose(by: str, in_place_of: str | None) -> str:
    """Name who spoke, and in whose place."""
    return f"{by} for {in_place_of}" if in_place_of else by


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's agreement to one revision, and to similar ones where they give a standing approval.

    Where they gave it in the place of somebody who is away, `in_place_of` names that person.
    """

    by_id: str
    by: str
    at: datetime
    standing: StandingWish | None = None
    in_place_of_id: str | None = None
    in_place_of: str | None = None

    @property
    def whose(self) -> str:
        """Say whose it is: `ada@example.org for jonas@example.org`."""
        return whose(self.by, self.in_place_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people said in the end: the verb, who said it last, where and when.

    `sequence` is the event whose payload holds the note, the response and the changes; `standing` names the standing
    approval where they said it in advance, `in_place_of` whoever was away and whose place they hold.
    """

    verb: Verb
    by_id: str
    by: str
    via: Face
    at: datetime
    sequence: int
    standing: str | None = None
    in_place_of: str | None = None

    @property
    def whose(self) -> str:
        """Say whose word it is: `ada@example.org for jonas@example.org`."""
        return whose(self.by, self.in_place_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The leave to run one fingerprint once; `id` names the handoff and the approval that gave it."""

    id: str
    not_before: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run: begun by redeeming the permit, `run_until` is when it counts as lost.

    `key_hash` lets the redeemer ask again for a lost answer without starting a second run. Where Handrail itself runs
    it, that names the message by which it does, `lease` what Vault lent for it, and `job` the Job once it was started.
    """

    permit_id: str
    redeemed_at: datetime
    run_until: datetime
    key_hash: str | None
    lease: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an execution ended, and who says so; `digest` tells the same report from another one."""

    status: Status
    by: str
    at: datetime
    digest: str
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a person found out of an outcome that nobody knew; `sequence` is the event whose payload says how."""

    ran: bool
    by_id: str
    by: str
    via: Face
    at: datetime
    sequence: int


class Source(StrEnum):
    """By what a success is held against what was expected of it."""

    AGENT = "agent"  # its own report
    TOOL = "tool"  # the answer of the tool that Handrail called
    LOOK = "look"  # at the world, as the policy has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whether what is reported as a success is one: `holds` is None where that could not be found out.

    `sequence` is the event whose payload holds what was expected and what was seen.
    """

    holds: bool | None
    by: Source
    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What people are shown of the world: `digest` binds their decision to it, `sequence` is the event that holds it.

    `failed` says that there is nothing to show, only a sentence why.
    """

    digest: str
    at: datetime
    sequence: int
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One request by an agent and where it stands.

    `sequence` counts its events and is what a save compares; `version` counts changes of status or revision and is
    what an agent waits for; `head` is the hash of the last event. `vouched` says that a person made or approved this
    revision, so that the agent's confidence no longer matters; `asked_back` that a person has asked for changes or
    taken an approval back. `requesters` are the users who count as asking; `tags` and `on_behalf_of` are what the agent
    claims. `escalated` are the teams that it was put before in addition, in this order, and `reminded` says that people
    were reminded of what comes next. What is pending is not `decided`, and only what is approved has a `permit`. `task`
    is what is to be admitted, `task_id` the task that an action says it belongs to. `settled` is what a person found
    out where nobody knew how it ended; `run_again_of` names the handoff that did not run and was asked for again,
    `undoes` the one that ran and is to be taken back. `callback` is what its agent is told when it moves. `preview` is
    what people are shown of the world, None while that is still asked, or where nothing is shown. `verified` says
    whether what is reported as a success is one.
    """

    id: str
    agent_id: str
    agent: str
    owner: str
    kind: Kind
    status: Status
    revision: int
    version: int
    sequence: int
    head: str
    title: str
    summary: str | None
    action: Action | None
    fingerprint: str | None
    confidence: float | None
    intent_id: str
    run_id: str | None
    thread_id: str | None
    requesters: tuple[str, ...]
    allowed: tuple[Verb, ...]
    verdict: Verdict
    terms: Terms
    patience: timedelta
    claim_sequence: int
    revised_sequence: int
    submitted_at: datetime
    changed_at: datetime
    deadline_at: datetime | None = None
    vouched: bool = False
    asked_back: bool = False
    votes: tuple[Vote, ...] = ()
    decided: Decided | None = None
    permit: Permit | None = None
    execution: Execution | None = None
    outcome: Outcome | None = None
    task: Task | None = None
    task_id: str | None = None
    tags: tuple[str, ...] = ()
    on_behalf_of: str | None = None
    escalated: tuple[str, ...] = ()
    reminded: bool = False
    settled: Settled | None = None
    run_again_of: str | None = None
    undoes: str | None = None
    callback: CallbackWish = CallbackWish.NONE
    preview: Previewed | None = None
    verified: Verified | None = None

    @property
    def waits_for_verification(self) -> bool:
        """Say whether a look is still to show if what was reported as a success is one."""
        looks = self.terms.verify is not None and self.status is Status.SUCCEEDED
        return looks and self.verified is None

    @property
    def contradicted(self) -> bool:
        """Say whether it was reported as a success and is none."""
        return self.verified is not None and self.verified.holds is False

    @property
    def shows_world(self) -> bool:
        """Say whether people see the world before they decide; what is only observed never changes it."""
        return self.terms.preview is not None and not self.verdict.observed

    @property
    def teams(self) -> tuple[str, ...]:
        """Name the teams whose approvers may decide it: those that policy named, then those it has escalated to."""
        return (*self.verdict.teams, *self.escalated) if self.escalated else self.verdict.teams

    @property
    def is_admitted(self) -> bool:
        """Say whether it is a task that may be started: answered by policy or by a person."""
        return self.kind is Kind.TASK and self.status is Status.ANSWERED

    @property
    def is_final(self) -> bool:
        """Say whether nothing can happen to it any more."""
        return self.status in FINAL

    @property
    def target_name(self) -> str:
        """Name what is asked for: the action's name, or the kind where there is none."""
        return self.action.name if self.action else self.kind.value


UNROUTED = Verdict(
    route=Route.BLOCK, tier=None, risk=Risk.CRITICAL, policy=0, reasons=(), teams=(), quorum=1
)
