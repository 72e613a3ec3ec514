"""Turn what an agent sent into a Submission, or say field by field what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from webapp.api.bodies import ActionBody, RevisionBody, SubmissionBody
from webapp.domain.action import Action
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import VERB_ALIASES
from webapp.domain.duration import EXPECTED, parse_duration
from webapp.domain.effect import effect_problems
from webapp.domain.errors import FieldProblem, StateTooLarge, SubmissionInvalid
from webapp.domain.handoff import POSSIBLE_VERBS, USUAL_VERBS, Kind, Submission, Verb
from webapp.domain.json_text import JSON, members
from webapp.domain.response_schema import check_response_schema
from webapp.domain.task import Task
from webapp.http.requests import read

Content = SubmissionBody | RevisionBody
STATES = ("state", "private_state")
LARGEST_STATE = 262_144
# which fields belong to which kinds, and what to say elsewhere
PARTS = (
    ("action", {Kind.ACTION}, "Only the kind action carries an action; interpretations may."),
    ("task", {Kind.TASK}, "Only the kind task carries a task."),
    ("response_schema", {Kind.QUESTION}, "Only a question takes a response_schema."),
    ("interpretations", {Kind.ACTION, Kind.QUESTION}, "A task has no interpretations; ask first."),
    ("task_id", {Kind.ACTION, Kind.QUESTION}, "A task is named by its own id."),
)


def read_submission(raw: bytes, data: JSON, model: type[Content]) -> Submission:
    """Read a submission or a revision. Raises SubmissionInvalid or StateTooLarge.

    A revision without a title gives an empty one.
    """
    body = read(model, data)
    sent: dict[str, Any] = data if isinstance(data, dict) else {}
    kind = _kind(body)
    problems = [*_kind_problems(kind, body), *_action_problems(body), *_other_problems(kind, body)]
    if problems:
        raise SubmissionInvalid(problems=problems)
    states = members(raw, data, STATES)
    if sum(map(len, states.values())) > LARGEST_STATE:
        raise StateTooLarge(hint="Store it where the agent can read it, and send its key instead.")
    claim = _claim(sent, body)
    return Submission(
        kind=kind,
        title=body.title or "",
        action=Action(name=claim["action"]["name"], args=claim["action"]["args"])
        if body.action
        else None,
        confidence=body.confidence,
        allowed=_verbs(kind, body),
        expires_in=_expires_in(body),
        on_behalf_of=body.on_behalf_of,
        intent_id=body.intent_id,
        run_id=body.run_id,
        thread_id=body.thread_id,
        claim=claim,
        state=states.get("state"),
        private_state=states.get("private_state"),
        task=Task.from_json(claim["task"]) if body.task else None,
        task_id=body.task_id,
        callback=CallbackWish(body.callback) if body.callback else None,
    )


def action_of(body: ActionBody) -> Action:
    """Give the action of a body that holds one. Raises SubmissionInvalid without args."""
    problems = list(_args_problems(body, "/action"))
    if problems:
        raise SubmissionInvalid(problems=problems)
    args = body.args if body.args is not None else body.arguments
    return Action(name=body.name, args=args or {})


def verb_of(word: str) -> Verb:
    """Give the verb that a word means; people come from other tools."""
    return VERB_ALIASES.get(word) or Verb(word)


def _kind(body: Content) -> Kind:
    """Give the kind; a revision that does not name it shows it."""
    if body.kind:
        return Kind(body.kind)
    return Kind.ACTION if body.action else Kind.TASK if body.task else Kind.QUESTION


def _kind_problems(kind: Kind, body: Content) -> Iterator[FieldProblem]:
    for name, owner, message in PARTS:
        given = getattr(body, name) is not None
        if name == kind.value and not given:
            yield _problem(
                f"/{name}", "required", f"The kind {name} needs its {name}.", "an object"
            )
        elif given and kind not in owner:
            yield _problem(f"/{name}", "unexpected", message, "no such field")
    if kind is Kind.QUESTION:
        yield from _question_problems(body)


def _question_problems(body: Content) -> Iterator[FieldProblem]:
    if body.interpretations is None and body.response_schema is None:
        message = "A question needs interpretations, a response_schema, or both."
        yield _problem("/interpretations", "required", message, "the readings to choose from")
    if body.response_schema is not None:
        yield from check_response_schema(body.response_schema, "/response_schema")


def _action_problems(body: Content) -> Iterator[FieldProblem]:
    if body.action:
        yield from _args_problems(body.action, "/action")
    for n, one in enumerate(body.interpretations or ()):
        if one.action:
            yield from _args_problems(one.action, f"/interpretations/{n}/action")
    for n, other in enumerate(body.alternatives or ()):
        yield from _args_problems(other.action, f"/alternatives/{n}/action")


def _args_problems(action: ActionBody, pointer: str) -> Iterator[FieldProblem]:
    if (action.args is None) == (action.arguments is None):
        message = "An action needs its args, once."
        yield _problem(f"{pointer}/args", "required", message, "an object, {} where there are none")


def _other_problems(kind: Kind, body: Content) -> Iterator[FieldProblem]:
    yield from _double_problems(body)
    yield from _verb_problems(kind, body)
    yield from effect_problems(body.expected_effect or {}, "/expected_effect")
    if body.expires_in is not None and not parse_duration(body.expires_in):
        message = "This is no duration."
        yield _problem("/expires_in", "duration", message, EXPECTED)


def _double_problems(body: Content) -> Iterator[FieldProblem]:
    ids = [one.id for one in body.interpretations or ()]
    for n, one in enumerate(ids):
        if one in ids[:n]:
            message = f"The id {one!r} stands twice."
            yield _problem(f"/interpretations/{n}/id", "duplicate", message, "ids that differ")


def _verb_problems(kind: Kind, body: Content) -> Iterator[FieldProblem]:
    for n, word in enumerate(body.allowed_decisions or ()):
        if verb_of(word) not in POSSIBLE_VERBS[kind]:
            possible = ", ".join(verb.value for verb in Verb if verb in POSSIBLE_VERBS[kind])
            message = f"A handoff of kind {kind.value} cannot be decided by {word}."
            yield _problem(f"/allowed_decisions/{n}", "impossible", message, f"some of {possible}")


def _claim(sent: Mapping[str, Any], body: Content) -> dict[str, Any]:
    """Give everything that was sent but the states, with aliases replaced by our own words."""
    claim = {name: value for name, value in sent.items() if name not in STATES}
    if body.title:
        claim["title"] = body.title
    if body.action:
        claim["action"] = _plain(claim["action"])
    for name in ("interpretations", "alternatives"):
        if claim.get(name):
            claim[name] = [_with_plain_action(one) for one in claim[name]]
    if body.allowed_decisions:
        claim["allowed_decisions"] = [verb_of(word).value for word in body.allowed_decisions]
    return claim


def _plain(action: Mapping[str, Any]) -> dict[str, Any]:
    args = action["args"] if action.get("args") is not None else action.get("arguments")
    return {"name": action["name"], "args": args}


def _with_plain_action(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**holder, "action": _plain(holder["action"])} if holder.get("action") else holder


def _verbs(kind: Kind, body: Content) -> tuple[Verb, ...]:
    if body.allowed_decisions is None:
        return USUAL_VERBS[kind]
    chosen = {verb_of(word) for word in body.allowed_decisions}
    return tuple(verb for verb in Verb if verb in chosen)


def _expires_in(body: Content) -> timedelta | None:
    return parse_duration(body.expires_in) if body.expires_in else None


def _problem(pointer: str, code: str, message: str, expected: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, message=message, expected=expected)
