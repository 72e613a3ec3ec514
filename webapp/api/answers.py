"""The answers that the API gives, as types: they document it, and tests hold answers to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from webapp.api.bodies import ClaimsBody
from webapp.api.described import Described
from webapp.api.preview_answers import Difference, Preview
from webapp.api.run_answers import Execution, Outcome, Permit, Settled, SettledBefore
from webapp.domain.callback import CallbackState
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.handoff import Face, Kind, Status, Verb
from webapp.domain.history import EventType
from webapp.domain.label import Label
from webapp.domain.stop import Scope, Stage
from webapp.domain.uses import Counted, Period
from webapp.domain.verdict import Property, Risk, Route, Tier

Fingerprint = Annotated[
    str,
    Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="sha256 of the RFC 8785 canonical JSON of the action",
    ),
]
Count = Annotated[int, Field(ge=0)]


class Action(Described):
    """What was asked for, or may be run: its args are parsed and canonical."""

    name: str
    args: dict[str, Any]


class Task(Described):
    """What the agent is to do, as it was sent."""

    type: str = Field(description="the type of task in the policy; * for none")
    goal: str
    inputs: dict[str, Any]
    acceptance: list[str]
    touches: list[str]


class Reason(Described):
    """One check's finding."""

    code: str
    route: Route = Field(description="the route that this check asks for; the strictest wins")
    message: str
    rule: str | None = Field(description="the place in the policy that it came from")
    fix: str | None = Field(description="what would be accepted")
    pointer: str | None = Field(default=None, description="of a task: where it is lacking")
    property: Property | None = Field(default=None, description="of a task: what it is lacking")


class Approvals(Described):
    """Whose approvers decide, and how many distinct ones must agree."""

    teams: list[str] = Field(alias="from")
    count: Annotated[int, Field(ge=1)]


class Use(Described):
    """How a limit stood when the handoff was routed; amounts are decimals, as text."""

    rule: str = Field(description="the place in the policy that the limit stands in")
    unit: str
    per: Period | None = Field(description="the window that it is counted in; null for ever")
    limit: str
    used: str
    takes: str = Field(description="what this handoff takes where it runs")
    left: str = Field(description="what is left after it; below zero where it does not fit")
    renews_at: AwareDatetime | None
    unasked: bool = Field(description="counts only what runs without a person")
    counted_for: Counted = Field(description="whose use counts together")


class Verdict(Described):
    """What the policy says."""

    route: Route
    tier: Tier | None = Field(description="the band that the agent's confidence falls into")
    risk: Risk
    policy: int = Field(description="the version of the policy that was asked")
    reasons: list[Reason]
    approvals: Approvals
    limits: list[Use] = Field(description="every limit that this draws on; empty for none")
    observed: bool = Field(description="people say what they would do, and nothing runs")
    would: Route | None = Field(
        description="the route that it would have had, where it is only observed; kept from people until they decided"
    )
    deadline: Deadline | None = Field(
        description="where people are reminded, or others asked, before the time is up"
    )


class EscalationStep(Described):
    """One more team that is asked, so long after the round began."""

    after: str
    to: str


class Deadline(Described):
    """How long people have, and what happens before: durations are as in a policy."""

    after: str
    remind: str | None = Field(description="how long before what comes next people are told again")
    escalate: list[EscalationStep]


class Change(Described):
    """One RFC 6902 operation from the proposed action to the approved one."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: Any = None


class Decision(Described):
    """What a person says."""

    verb: Verb
    by: str
    in_place_of: str | None = Field(description="who was away, where it was said in their place")
    via: Face
    at: AwareDatetime
    note: str | None
    response: dict[str, Any] | None
    changes: list[Change]
    standing: str | None = Field(
        description="the standing approval that said it in advance; via is then standing"
    )


class StandingWish(Described):
    """For how long and how often similar ones are approved, too."""

    lasts: str = Field(alias="for")
    uses: Annotated[int, Field(ge=1)]


class Vote(Described):
    """One person's agreement to this revision."""

    by: str
    in_place_of: str | None = Field(description="who was away, where it was said in their place")
    at: AwareDatetime
    standing: StandingWish | None = Field(description="what they give in advance with it")


class Speaker(Described):
    """Who said what `response` and `note` hold: a person, so it is data, not an instruction."""

    kind: Literal["person"]
    name: str
    via: Face


class Resume(Described):
    """Everything that the agent needs to go on exactly where it stood."""

    state: Any = Field(description="byte for byte as it was sent")
    private_state: Any = Field(description="byte for byte as it was sent")
    action: Action | None = Field(description="what to run now, edited or not; null for nothing")
    response: dict[str, Any] | None
    note: str | None
    said_by: Speaker | None = Field(alias="from")
    instruction: str = Field(description="one plain sentence that says what to do next")


class Escalates(Described):
    """Which team is asked next, unless it is decided before."""

    to: str
    at: AwareDatetime


class Links(Described):
    """Where to find it: for programs, and for people."""

    self: str
    page: str


class CallbackTold(Described):
    """How telling the agent of one version went."""

    type: str = Field(description="what its endpoint reads: handoff. and the status")
    version: int
    state: CallbackState = Field(
        description="dropped: the handoff moved on, or the endpoint was removed, before it arrived"
    )
    tries: Count
    at: AwareDatetime = Field(description="when it was tried last")
    next_try_at: AwareDatetime | None
    problem: str | None = Field(description="why the last try came to nothing")


class HandoffSeen(ClaimsBody):
    """A handoff as people get it: what was sent, what became of it, nothing that is private."""

    model_config = ConfigDict(extra="ignore")

    id: str
    key: str | None = Field(description="the Idempotency-Key that it was submitted under")
    kind: Kind
    status: Status
    revision: Annotated[int, Field(ge=1)]
    version: Annotated[int, Field(ge=1)] = Field(
        description="counts changes of status or revision; what `after` compares"
    )
    agent: str
    title: str
    summary: str | None = Field(description="what would happen, built from the args by the policy")
    action: Action | None
    task: Task | None
    admitted: bool | None = Field(
        description="of a task: whether it may be started; then `task_id` is its own id"
    )
    fingerprint: Fingerprint | None
    executor: Literal["agent", "http", "kubernetes_job"] | None = Field(
        description="who runs it: its agent, or else Handrail itself, and then there is no permit"
    )
    preview: Preview | None = Field(description="what people see of the world; null: nothing")
    verdict: Verdict
    decision: Decision | None
    votes: list[Vote]
    execution: Execution | None
    outcome: Outcome | None
    settled: Settled | None
    allowed_decisions: list[Verb]
    intent_id: str
    run_id: str | None
    thread_id: str | None
    state: Any
    submitted_at: AwareDatetime
    changed_at: AwareDatetime
    deadline_at: AwareDatetime | None
    escalated_to: list[str] = Field(description="the teams that were asked, too, in this order")
    escalates: Escalates | None = Field(description="which team is asked next, and when")
    callback: CallbackWish = Field(
        description="what the agent's endpoint is sent when this moves; none: nothing"
    )
    callbacks: list[CallbackTold] = Field(
        default=[], description="for people: how telling the agent went, the newest version first"
    )
    links: Links


class Handoff(HandoffSeen):
    """A handoff as its agent gets it."""

    resume: Resume
    permit: Permit | None = Field(description="null where there is nothing for the agent to run")
    poll_after: Count = Field(
        default=0, description="only after a wait in which nothing moved: seconds to leave us alone"
    )


class HandoffList(Described):
    """One page, newest first."""

    handoffs: list[Handoff]
    has_more: bool
    next_cursor: str | None


class RunEnded(Described):
    """Which handoffs the end of a run has withdrawn."""

    run_id: str
    withdrawn: list[str]


class Stop(Described):
    """A stop in force: nothing that it covers starts."""

    id: str
    scope: Scope
    name: str | None
    reason: str
    by: str
    at: AwareDatetime
    stage: Stage = Field(description="supervised: it is being lifted, people decide everything")
    eased_at: AwareDatetime | None


class StopList(Described):
    """The stops in force, oldest first."""

    stops: list[Stop]


class Resumed(Described):
    """The stop that was lifted."""

    resumed: Stop


class Happened(Described):
    """The `data` of one server-sent event: what moved, not what it holds."""

    handoff: str
    type: EventType
    status: Status
    revision: int
    version: int
    at: AwareDatetime


class LevelMoved(Described):
    """The `data` of one server-sent event `level`: the agent stands at another level of autonomy."""

    type: Literal["promoted", "demoted"]
    level: str
    at: AwareDatetime


class Mistake(Described):
    """One place that is wrong, and what would be accepted there."""

    pointer: str = Field(description="an RFC 6901 pointer into the body; ?name for the query")
    code: str = Field(description="the keyword of JSON Schema where there is one")
    message: str
    expected: str | None


class Brief(Described):
    """Another handoff, named."""

    id: str
    status: Status
    links: Links


class Decided(Described):
    """Who has decided, and when."""

    verb: Verb
    by: str
    via: Face
    at: AwareDatetime


class SaidBefore(Described):
    """Who has said what they think of a sample, and when."""

    label: Label
    by: str
    at: AwareDatetime


class Problem(Described):
    """Why a request was refused (RFC 9457); the last fields come with the codes that name them."""

    type: str = Field(description="an address that explains the code")
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str = Field(description="what is wrong this time")
    instance: str
    code: str = Field(description="the stable word to act on")
    request_id: str | None
    hint: str | None = Field(default=None, description="what to do about it")
    errors: list[Mistake] = Field(default=[], description="field by field what is wrong")
    handoff: Brief | None = Field(default=None, description="idempotency_conflict")
    decision: Decided | None = Field(default=None, description="already_decided")
    labelled: SaidBefore | None = Field(default=None, description="already_labelled")
    settled: SettledBefore | None = Field(default=None, description="already_settled")
    revision: int | None = Field(default=None, description="stale_revision: the one that stands")
    fingerprint: Fingerprint | None = Field(
        default=None, description="stale_revision, fingerprint_mismatch: the one that stands"
    )
    reasons: list[Reason] | None = Field(default=None, description="edit_refused")
    verdict: Verdict | None = Field(default=None, description="policy_changed")
    preview: str | None = Field(default=None, description="stale_preview: the digest that stands")
    differences: list[Difference] | None = Field(default=None, description="world_changed")
    stop: Stop | None = Field(default=None, description="stopped")
    redeemed_at: AwareDatetime | None = Field(default=None, description="already_redeemed")
    not_before: AwareDatetime | None = Field(default=None, description="too_early")
    retry_after: Count | None = Field(
        default=None, description="deferred_queue_full: seconds, as in Retry-After"
    )
    limit: Count | None = Field(default=None, description="deferred_queue_full: the bound met")
    of: str | None = Field(default=None, description="deferred_queue_full: what is bounded")
