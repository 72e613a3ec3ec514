"""The bodies that the API takes, as types: what they may hold, and how much of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
Confidence = Annotated[float, Field(ge=0, le=1)]
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


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ActionBody(_Body):
    """What the agent wants to do. `arguments` is accepted for `args`."""

    name: ActionName
    args: Args | None = None
    arguments: Args | None = Field(default=None, description="alias of `args`", deprecated=True)


class InterpretationBody(_Body):
    """One reading of the request that the agent sees, and the action it would lead to."""

    id: Label
    text: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    confidence: Confidence | None = None
    action: ActionBody | None = None


class RequestBody(_Body):
    """The message that made the agent do this, quoted."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    sender: Short | None = Field(default=None, alias="from")
    at: Short | None = None


class ReasoningStep(_Body):
    """One step of the agent's reasoning."""

    step: int | Short | None = None
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


class RevisionBody(_Body):
    """What an agent asks for, and what it claims."""

    kind: Literal["action", "question"]
    title: Title
    action: ActionBody | None = None
    confidence: Confidence | None = None
    uncertainty: Text | None = None
    interpretations: Annotated[list[InterpretationBody], Field(min_length=1, max_length=10)] | None = None
    response_schema: dict[str, Any] | None = None
    intent: Annotated[str, StringConstraints(max_length=1000)] | None = None
    request: RequestBody | None = None
    reasoning: LongText | Annotated[list[ReasoningStep], Field(max_length=100)] | None = None
    alternatives: Annotated[list[AlternativeBody], Field(max_length=10)] | None = None
    evidence: Annotated[list[EvidenceBody], Field(max_length=20)] | None = None
    state: Any = Field(default=None, description="returned byte for byte in `resume.state`")
    private_state: Any = Field(default=None, description="for the agent alone; stored encrypted")
    expected_effect: dict[str, Any] | None = None
    allowed_decisions: Annotated[list[VerbWord], Field(min_length=1, max_length=10)] | None = None
    intent_id: Short | None = None
    run_id: Short | None = None
    task_id: Short | None = None
    thread_id: Short | None = None
    parent_handoff_id: Short | None = None
    tags: Annotated[list[Label], Field(max_length=20)] | None = None
    agent_version: Short | None = None
    model: Short | None = None
    prompt_version: Short | None = None
    traceparent: Short | None = None
    on_behalf_of: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = None
    expires_in: Annotated[str, StringConstraints(max_length=12)] | None = Field(
        default=None, description="such as 90s, 30m, 24h; shortens the policy's deadline"
    )


class SubmissionBody(RevisionBody):
    """A handoff as an agent submits it; `kind`, `title` and the action or question are required."""


class RedeemBody(_Body):
    """The action about to run, so that it can be compared with what was approved."""

    action: ActionBody
    token: Annotated[str, StringConstraints(max_length=4000)] | None = None


class OutcomeBody(_Body):
    """How the execution ended."""

    status: Literal["succeeded", "failed", "unknown"]
    detail: LongText | dict[str, Any] | None = None
    effect: Any = None
    usage: dict[str, Any] | None = None


class DecisionBody(_Body):
    """What a person decides, bound to the revision and fingerprint that the person was shown."""

    verb: VerbWord
    revision: Annotated[int, Field(ge=1)]
    fingerprint: Annotated[str, StringConstraints(max_length=80)] | None = None
    note: Annotated[str, StringConstraints(max_length=4000)] | None = None
    args: Args | None = None
    response: dict[str, Any] | None = None


class RevokeBody(_Body):
    """Nothing is needed to take an approval back; a note is kept."""

    note: Annotated[str, StringConstraints(max_length=4000)] | None = None


class StopBody(_Body):
    """What to stop, and why."""

    scope: Literal["global", "agent", "action"]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class EmptyBody(_Body):
    """No fields."""
