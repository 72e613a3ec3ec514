"""The bodies that the API takes, as types: what they may hold, and how much of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from webapp.domain.task import (
    LONGEST_GOAL,
    LONGEST_OUTCOME,
    LONGEST_TOUCH,
    MOST_OUTCOMES,
    MOST_TOUCHES,
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
LongText = Annotated[str, StringConstraints(max_length=20_000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Title = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"\S")
]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s]+$")]
ActionName = Annotated[
    str, StringConstraints(max_length=120, pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")
]
TaskName = Annotated[
    str, StringConstraints(max_length=120, pattern=r"^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*)$")
]
Confidence = Annotated[float, Field(ge=0, le=1)]
Note = Annotated[str, StringConstraints(max_length=4000)]
Args = dict[str, Any]
VerbWord = Literal[
    "approve",
    "edit",
    "deny",
    "respond",
    "request_changes",
    "accept",
    "reject",
    "decline",
    "response",
]


def _is_text(value: object) -> str:
    """Choose the branch of a union by what was sent, so that only its mistakes are told."""
    return "text" if isinstance(value, str) else "other"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ActionBody(_Body):
    """What the agent wants to do."""

    name: ActionName = Field(description="dotted, lower case: payments.refund")
    args: Args | None = Field(
        default=None, description="as the policy's action type wants them; {} where there are none"
    )
    arguments: Args | None = Field(
        default=None, description="alias of args", json_schema_extra={"deprecated": True}
    )


class InterpretationBody(_Body):
    """One reading of the request that the agent sees."""

    id: Label = Field(description="what an answer names it by")
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    confidence: Confidence | None = None
    action: ActionBody | None = Field(
        default=None, description="what it would lead to; choosing it is an edit to this action"
    )


class RequestBody(_Body):
    """The message that made the agent do this, quoted: lets a person see a misreading."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    sender: Short | None = Field(default=None, alias="from")
    at: Short | None = None


class ReasoningStep(_Body):
    """One step of the agent's reasoning."""

    step: (
        Annotated[
            Annotated[Short, Tag("text")] | Annotated[int, Tag("other")], Discriminator(_is_text)
        ]
        | None
    ) = None
    text: LongText
    tool: Short | None = None
    args: Any = None
    result: Any = None


class AlternativeBody(_Body):
    """What the agent could have done instead, and why it does not propose it."""

    action: ActionBody
    why_not: Annotated[str, StringConstraints(max_length=1000)] | None = None


class EvidenceBody(_Body):
    """Something that the agent rests on: a text, an address, or both."""

    label: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    text: LongText | None = None
    url: Url | None = None


Outcomes = Annotated[
    list[Annotated[str, StringConstraints(max_length=LONGEST_OUTCOME)]],
    Field(max_length=MOST_OUTCOMES),
]
Touch = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TOUCH)]


class TaskBody(_Body):
    """What the agent is to do; the policy says what a task of this type must bring along."""

    type: TaskName | None = Field(
        default=None, description="a type of task that the policy names; without it, the type *"
    )
    goal: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_GOAL, pattern=r"\S")
    ] = Field(description="what is to be done, in words")
    inputs: Args | None = Field(default=None, description="what the task starts from")
    acceptance: (
        Annotated[
            Annotated[LongText, Tag("text")] | Annotated[Outcomes, Tag("other")],
            Discriminator(_is_text),
        ]
        | None
    ) = Field(
        default=None,
        description="how anybody will see that it is done: a list of outcomes, or text with one a line",
    )
    touches: Annotated[list[Touch], Field(max_length=MOST_TOUCHES)] | None = Field(
        default=None, description="what the task reads or changes, each by its exact name"
    )


Steps = Annotated[list[ReasoningStep], Field(max_length=100)]
Reasoning = Annotated[
    Annotated[LongText, Tag("text")] | Annotated[Steps, Tag("other")], Discriminator(_is_text)
]
Detail = Annotated[
    Annotated[LongText, Tag("text")] | Annotated[dict[str, Any], Tag("other")],
    Discriminator(_is_text),
]


class ClaimsBody(_Body):
    """What an agent claims; returned as it was sent, shown as claims, never interpreted."""

    confidence: Confidence | None = Field(
        default=None, description="the agent's own; without it a person decides"
    )
    uncertainty: Text | None = Field(
        default=None, description="in words, what exactly the agent is unsure about"
    )
    interpretations: (
        Annotated[list[InterpretationBody], Field(min_length=1, max_length=10)] | None
    ) = Field(default=None, description="the readings that the agent sees")
    response_schema: dict[str, Any] | None = Field(
        default=None, description="for questions: a flat JSON Schema that the answer fits"
    )
    intent: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="what the agent is trying to achieve, in words"
    )
    request: RequestBody | None = Field(
        default=None, description="the message that made the agent do this, quoted"
    )
    reasoning: Reasoning | None = Field(default=None, description="as text, or step by step")
    alternatives: Annotated[list[AlternativeBody], Field(max_length=10)] | None = None
    evidence: Annotated[list[EvidenceBody], Field(max_length=20)] | None = None
    expected_effect: dict[str, Any] | None = Field(
        default=None,
        description="what will be true afterwards: at most 40 values by JSON pointer; the outcome is held against it",
    )
    task_id: Short | None = Field(
        default=None, description="the admitted task that this belongs to, where there is one"
    )
    parent_handoff_id: Short | None = None
    tags: Annotated[list[Label], Field(max_length=20)] | None = None
    agent_version: Short | None = None
    model: Short | None = None
    prompt_version: Short | None = None
    traceparent: Short | None = Field(default=None, description="W3C Trace Context")
    on_behalf_of: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = Field(
        default=None, description="the user who started the run; cannot decide this"
    )
    expires_in: Annotated[str, StringConstraints(max_length=12)] | None = Field(
        default=None, description="such as 90s, 30m, 24h; may only shorten the policy's deadline"
    )


class _ContentBody(ClaimsBody):
    action: ActionBody | None = Field(default=None, description="required for the kind action")
    task: TaskBody | None = Field(default=None, description="required for the kind task")
    state: Any = Field(
        default=None,
        description="where the agent stands; people see it, resume returns it byte for byte",
    )
    private_state: Any = Field(
        default=None, description="for the agent alone: stored encrypted, never shown"
    )
    allowed_decisions: Annotated[list[VerbWord], Field(min_length=1, max_length=10)] | None = Field(
        default=None,
        description="what the agent can handle, where that is not everything; people may always deny",
    )
    intent_id: Short | None = Field(
        default=None, description="groups attempts at the same thing; the handoff's id by default"
    )
    run_id: Short | None = Field(default=None, description="the run that this belongs to")
    thread_id: Short | None = Field(default=None, description="the conversation it belongs to")
    callback: Literal["thin", "full", "none"] | None = Field(
        default=None,
        description="what the agent's endpoint is sent when this moves: thin names it, full is all of it; "
        "without it, as the endpoint was registered",
    )


class SubmissionBody(_ContentBody):
    """A handoff: only `kind`, `title` and the action, question or task are required."""

    kind: Literal["action", "question", "task"] = Field(
        description="action: may I do this? question: which of these did you mean? "
        "task: is this fit to be started?"
    )
    title: Title = Field(description="one line for people")


class RevisionBody(_ContentBody):
    """The whole content as it is now; `kind` and `title` may be left out and stay as they were."""

    kind: Literal["action", "question", "task"] | None = None
    title: Title | None = None


class RedeemBody(_Body):
    """The action about to run, so that it can be compared with what was approved."""

    action: ActionBody


class OutcomeBody(_Body):
    """How the execution ended."""

    status: Literal["succeeded", "failed", "unknown"] = Field(
        description="unknown: nobody can tell whether it ran; a person settles it"
    )
    detail: Detail | None = Field(default=None, description="in words, or as an object")
    effect: Any = Field(default=None, description="what is true now")
    usage: dict[str, Any] | None = Field(
        default=None,
        description='what it took; counted where the policy limits it: tokens, calls, money ("0.04 EUR")',
    )


class StandingBody(_Body):
    """A decision given in advance: the same for similar handoffs, for so long and so often at most."""

    lasts: Annotated[str, StringConstraints(max_length=12)] = Field(
        alias="for", description="such as 30m, 2h; at most the policy's max_for"
    )
    uses: Annotated[int, Field(ge=1, le=10_000)] = Field(
        description="how many similar ones; at most the policy's max_uses"
    )


class DecisionBody(_Body):
    """What a person decides, bound to the revision and fingerprint that the person was shown."""

    verb: VerbWord = Field(
        description="accept is approve, reject and decline are deny, response is respond"
    )
    revision: Annotated[int, Field(ge=1)]
    fingerprint: Annotated[str, StringConstraints(max_length=80)] | None = Field(
        default=None, description="null for a question, which has none"
    )
    note: Note | None = Field(default=None, description="required by deny and request_changes")
    args: Args | None = Field(default=None, description="for edit: the whole new args")
    response: dict[str, Any] | None = Field(
        default=None,
        description='for respond: {"interpretation": id}, or what fits the response_schema; '
        'of a task {"task": {…}} as completed, where what is left out stays as it was; '
        "for edit: an interpretation that carries an action",
    )
    standing: StandingBody | None = Field(
        default=None,
        description="for approve: approve similar ones, too, where the policy allows it",
    )
    preview: Annotated[str, StringConstraints(max_length=80)] | None = Field(
        default=None,
        description="for approve and edit: the digest of the `preview` that the person was shown",
    )


class RevokeBody(_Body):
    """Nothing is needed to take an approval back; a note stays in the history."""

    note: Note | None = None


class SettleBody(_Body):
    """What a person found out of a run that nobody knows the end of."""

    ran: bool = Field(description="true: it ran; false: it certainly did not")
    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Field(
        description="how you know; it stays in the history, and the agent gets it"
    )


class LabelBody(_Body):
    """What a person thinks, afterwards, of something that ran unasked."""

    label: Literal["right", "wrong", "unsure"] = Field(
        description="whether it was right to run this unasked"
    )
    reason: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="required by wrong and unsure"
    )


class StopBody(_Body):
    """What to stop, and why."""

    scope: Literal["global", "agent", "action"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = Field(
        default=None, description="of the agent or action; payments.* stops a family of actions"
    )
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="everybody who is stopped reads it"
    )


class ResumeBody(_Body):
    """How far to lift a stop."""

    to: Literal["all", "supervised"] = Field(
        default="all",
        description="supervised: what people approve runs, nothing runs unasked; all: as before",
    )


class LevelBody(_Body):
    """Which level, and why."""

    level: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        description="the next one up, or any one down to supervised"
    )
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="it stays in the history"
    )


class EmptyBody(_Body):
    """No fields."""
