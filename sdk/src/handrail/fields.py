"""What an agent may say when it hands off: the JSON of the API, with names and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict


class Action(TypedDict):
    """What is to be run. Money is a decimal string with its currency beside it, never a float."""

    name: str
    args: Mapping[str, Any]


class Interpretation(TypedDict, total=False):
    """One reading of the request; with the action that it would lead to, a person can choose it."""

    id: Required[str]
    text: Required[str]
    confidence: float
    action: Action


# written as a call because `from` is a word of Python's own
Request = TypedDict("Request", {"text": Required[str], "from": str, "at": str}, total=False)
Request.__doc__ = """The message that made the agent do this, quoted: it shows a misreading."""


class Step(TypedDict, total=False):
    """One step of the reasoning."""

    step: int
    text: Required[str]
    tool: str
    args: Mapping[str, Any]
    result: Any


class Alternative(TypedDict, total=False):
    """What else could be done, and why it is not what the agent proposes."""

    action: Required[Action]
    why_not: str


class Evidence(TypedDict, total=False):
    """Something that a person can check for themselves: a `text` or a `url`."""

    label: Required[str]
    text: str
    url: str


class Task(TypedDict, total=False):
    """What is to be done, before anything is: the desk says whether it is fit to be started.

    `type` is a type of task in the policy; `acceptance` how anybody will see that it is done; `touches`
    what it reads or changes, each by its exact name.
    """

    type: str
    goal: Required[str]
    inputs: Mapping[str, Any]
    acceptance: Sequence[str]
    touches: Sequence[str]


class Claims(TypedDict, total=False):
    """Everything that may be said beside `kind` and `title`; all of it optional.

    `confidence` is 0..1, and a missing one means that a person decides. `expires_in` ("30m", "4h")
    may shorten the policy's deadline. `private_state` comes back in `handoff.resume` and is never
    shown to people. `callback` is what the agent's endpoint is sent when this moves; without it, as
    the endpoint was registered.
    """

    action: Action
    task: Task
    response_schema: Mapping[str, Any]
    confidence: float
    uncertainty: str
    interpretations: Sequence[Interpretation]
    intent: str
    request: Request
    reasoning: str | Sequence[Step]
    alternatives: Sequence[Alternative]
    evidence: Sequence[Evidence]
    state: Any
    private_state: Any
    expected_effect: Mapping[str, Any]
    allowed_decisions: Sequence[str]
    intent_id: str
    run_id: str
    task_id: str
    thread_id: str
    parent_handoff_id: str
    tags: Sequence[str]
    agent_version: str
    model: str
    prompt_version: str
    traceparent: str
    on_behalf_of: str
    expires_in: str
    callback: Literal["thin", "full", "none"]


class Revision(Claims, total=False):
    """What may be said anew when somebody asked back."""

    title: str


class Outcome(TypedDict, total=False):
    """What may be said of how an execution ended: in words, what came of it, what it used up."""

    detail: str
    effect: Mapping[str, Any]
    usage: Mapping[str, Any]
