"""The input gate: whether a task is fit to be started. Each check looks at one thing and can only ask for people.

A finding names the property that is lacking, where it is lacking and what would satisfy it. What is fit is admitted
at once; anything else goes to people, who complete it. They may overrule what is only out of scope, never a `deny`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webapp.domain.case import Counters
from webapp.domain.handoff import Handoff
from webapp.domain.policy import Policy
from webapp.domain.stop import in_force
from webapp.domain.task import Task, covers, is_checkable, is_plain, vague_words
from webapp.domain.task_type import TaskType
from webapp.domain.verdict import Property, Reason, Risk, Route, Verdict

OVERRULED = frozenset(
    {
        "asked_back",
        "resuming",
        "stopped",
        "task_touch_outside",
        "task_touch_review",
        "task_touches_missing",
        "unknown_task",
    }
)
CHECKABLE = (
    'an outcome that can be checked: a number, a path, a quoted text, or a word such as "equals"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything that a check of the gate may look at."""

    handoff: Handoff
    task: Task
    type: TaskType
    counters: Counters


def route_task(handoff: Handoff, task: Task, policy: Policy, counters: Counters) -> Verdict:
    """Say whether `task` is fit to be started: admitted, or put before people with all that it lacks."""
    entry = Entry(handoff=handoff, task=task, type=policy.task_type(task.type), counters=counters)
    reasons = tuple(reason for check in GATE for reason in check(entry)) or (_admitted(entry),)
    grant = policy.grant(handoff.agent, handoff.owner)
    return Verdict(
        route=max((reason.route for reason in reasons), key=lambda route: route.rank),
        tier=None,
        risk=Risk.READ,
        policy=policy.number,
        reasons=reasons,
        teams=entry.type.teams or (grant.owner or handoff.owner,),
        quorum=1,
        deadline=entry.type.deadline.unless_plain,
    )


def objections(verdict: Verdict) -> tuple[Reason, ...]:
    """List what keeps even a person from admitting a task as it stands."""
    asked = (reason for reason in verdict.reasons if reason.route is not Route.AUTO)
    return tuple(reason for reason in asked if reason.code not in OVERRULED)


def check_stops(entry: Entry) -> Iterator[Reason]:
    """Begin nothing by itself while everything or this agent is stopped."""
    stop = in_force(entry.counters.stops, entry.handoff.agent, None)
    if stop and stop.eased_at:
        message = f"A stop of {stop.describe()} is being lifted; people admit tasks until then."
        yield Reason(code="resuming", route=Route.REVIEW, message=message)
    elif stop:
        message = f"A stop is in force for {stop.describe()}: {stop.reason}"
        yield Reason(code="stopped", route=Route.REVIEW, message=message)


def check_type(entry: Entry) -> Iterator[Reason]:
    """Put before people what the policy has no type for."""
    if not entry.type.known:
        message = f"The policy has no type of task {entry.task.type}."
        yield Reason(
            code="unknown_task",
            route=Route.REVIEW,
            message=message,
            rule="tasks",
            fix="a type of task that the policy defines",
            pointer="/task/type",
            property=Property.IN_SCOPE,
        )


def check_inputs(entry: Entry) -> Iterator[Reason]:
    """Want the inputs that the type requires, as it requires them."""
    for problem in entry.type.problems(entry.task.inputs):
        yield Reason(
            code="task_input_missing" if problem.code == "required" else "task_input_invalid",
            route=Route.REVIEW,
            message=problem.message,
            rule=f"tasks.{entry.type.name}.inputs",
            fix=problem.expected,
            pointer=f"/task/inputs{problem.pointer}",
            property=Property.COMPLETE,
        )


def check_goal(entry: Entry) -> Iterator[Reason]:
    """Take a vague verb only beside an outcome that says what is enough."""
    if any(map(is_checkable, entry.task.acceptance)):
        return
    for verb in vague_words(entry.task.goal, entry.type.vague):
        yield Reason(
            code="task_vague",
            route=Route.REVIEW,
            message=f"“{verb}” does not say what is enough.",
            rule=f"tasks.{entry.type.name}.vague",
            fix=f"acceptance with {CHECKABLE}, or a goal that says what to do",
            pointer="/task/goal",
            property=Property.COMPLETE,
        )


def check_acceptance(entry: Entry) -> Iterator[Reason]:
    """Want an outcome that somebody can check, where the type requires one."""
    outcomes = entry.task.acceptance
    if not entry.type.acceptance or any(map(is_checkable, outcomes)):
        return
    code, message = "task_acceptance_missing", "Nothing says how anybody will see that it is done."
    if outcomes:
        code, message = "task_acceptance_uncheckable", "None of the outcomes can be checked."
    yield Reason(
        code=code,
        route=Route.REVIEW,
        message=message,
        rule=f"tasks.{entry.type.name}.acceptance",
        fix=CHECKABLE,
        pointer="/task/acceptance",
        property=Property.VERIFIABLE,
    )


def check_touches(entry: Entry) -> Iterator[Reason]:
    """Compare what the task touches with what the policy lets it touch."""
    if not entry.type.touches.bounds:
        return
    if not entry.task.touches:
        message = "It does not say what it touches."
        yield _out_of_scope(entry, "task_touches_missing", message, "what it reads or changes")
    for number, touch in enumerate(entry.task.touches):
        yield from _touch_reasons(entry, touch, f"/{number}")


def _touch_reasons(entry: Entry, touch: str, where: str) -> Iterator[Reason]:
    """Say what stands against touching one thing."""
    scope = entry.type.touches
    if not is_plain(touch):
        message = f"{touch[:200]} is not the plain name of one thing."
        yield _out_of_scope(entry, "task_touch_unclear", message, "its exact name", where)
    elif any(covers(pattern, touch, exact=False) for pattern in scope.deny):
        message = f"Tasks of this type must not touch {touch}."
        yield _out_of_scope(entry, "task_touch_denied", message, f"a task without {touch}", where)
    elif any(covers(pattern, touch, exact=False) for pattern in scope.review):
        message = f"A person must agree that it touches {touch}."
        yield _out_of_scope(entry, "task_touch_review", message, None, where)
    elif scope.allow is not None and not any(covers(pattern, touch) for pattern in scope.allow):
        allowed = f"one of {', '.join(scope.allow)}"
        message = f"{touch} is not among what tasks of this type may touch unasked."
        yield _out_of_scope(entry, "task_touch_outside", message, allowed, where)


def _out_of_scope(
    entry: Entry, code: str, message: str, fix: str | None, where: str = ""
) -> Reason:
    return Reason(
        code=code,
        route=Route.REVIEW,
        message=message,
        rule=f"tasks.{entry.type.name}.touches",
        fix=fix,
        pointer=f"/task/touches{where}",
        property=Property.IN_SCOPE,
    )


def check_conversation(entry: Entry) -> Iterator[Reason]:
    """Keep a person in a conversation that a person has begun."""
    if entry.handoff.asked_back:
        message = "A person asked for changes, so a person looks at this."
        yield Reason(code="asked_back", route=Route.REVIEW, message=message)


GATE: tuple[Callable[[Entry], Iterator[Reason]], ...] = (
    check_stops,
    check_type,
    check_inputs,
    check_goal,
    check_acceptance,
    check_touches,
    check_conversation,
)


def _admitted(entry: Entry) -> Reason:
    message = "It is complete, its outcome can be checked, and what it touches is in scope."
    rule = f"tasks.{entry.type.name}"
    return Reason(code="task_admitted", route=Route.AUTO, message=message, rule=rule)
