"""Scope: let a person complete a task, and admit it where the gate has nothing left that a person may not overrule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from webapp.domain import lifecycle
from webapp.domain.decision import Decision, Person
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.gate import objections
from webapp.domain.handoff import Handoff
from webapp.domain.task import Task, form_problems
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.limits import route_edited
from webapp.work import Work

PLACE = "/response/task"


def completed(task: Task, decision: Decision) -> Decision:
    """Give the decision with the whole task in it: what the person did not name stays as the agent sent it.

    Raises SubmissionInvalid where the response is no task, or changes its type.
    """
    response = decision.response or {}
    said = response.get("task")
    problems = list(_form_problems(task, response, said))
    if problems or not isinstance(said, Mapping):
        raise SubmissionInvalid(problems[0].message, problems=problems)
    whole = Task.from_json({**task.to_json(), **said})
    return replace(decision, response={"task": whole.to_json()})


def admit(work: Work, before: Handoff, decision: Decision, person: Person) -> Handoff:
    """Admit the task as the person completed it; `decision` is as `completed` gave it.

    Raises SubmissionInvalid with what it still lacks.
    """
    task = Task.from_json((decision.response or {})["task"])
    policy = policies.standing(work).policy
    routed = route_edited(work, replace(before, task=task), policy)
    problems = [
        FieldProblem(
            pointer=f"/response{reason.pointer}",
            code=reason.code,
            message=reason.message,
            expected=reason.fix,
        )
        for reason in objections(routed.verdict)
    ]
    if problems:
        raise SubmissionInvalid("The task is not fit to be started yet.", problems=problems)
    return advance(work, lifecycle.decide(before, decision, person, work.now, routed))


def _form_problems(task: Task, response: Mapping[str, Any], said: object) -> Iterator[FieldProblem]:
    """Say what keeps the response from being a task at all."""
    if set(response) != {"task"} or not isinstance(said, Mapping):
        message = "A task is answered with the task as completed."
        expected = '{"task": {…}} with some of goal, inputs, acceptance, touches'
        yield _problem("/response", "required", message, expected)
        return
    yield from form_problems(said, PLACE)
    if said.get("type", task.type) != task.type:
        message = "The type of a task stays as the agent named it."
        yield _problem(f"{PLACE}/type", "changed", message, task.type)


def _problem(pointer: str, code: str, message: str, expected: str) -> FieldProblem:
    return FieldProblem(pointer=pointer, code=code, message=message, expected=expected)
