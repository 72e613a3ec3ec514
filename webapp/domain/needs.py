"""Whether an action belongs to a task that has passed the input gate, where its type needs one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from webapp.domain.case import Case
from webapp.domain.duration import write_duration
from webapp.domain.task import ANY_TASK
from webapp.domain.task_type import Admitted, Need
from webapp.domain.verdict import Reason


def check_task(case: Case) -> Iterator[Reason]:
    """Want an admitted task of this agent, of the type that the action needs, that has not ended."""
    need, given = case.type.needs_task, case.handoff.task_id
    if need is None:
        return
    route, rule = need.route, f"actions.{case.type.name}.needs_task"
    wanted = "an admitted task" + ("" if need.type == ANY_TASK else f" of the type {need.type}")
    must, fix = f"{case.type.name} must belong to {wanted}", f"task_id: the id of {wanted}"
    if given is None:
        said = f"{must}, and names none."
        yield Reason(code="task_missing", route=route, message=said, rule=rule, fix=fix)
    elif not _serves(need, case.counters.task):
        said = f"{must}, which {given[:80]} is not."
        yield Reason(code="task_not_admitted", route=route, message=said, rule=rule, fix=fix)
    elif ended := _ended_after(case):
        lasted = write_duration(ended)
        said = f"{must}, and {given[:80]} was one for {lasted} only."
        fix = f"{fix}, admitted within the last {lasted}"
        yield Reason(code="task_ended", route=route, message=said, rule=rule, fix=fix)


def _serves(need: Need, task: Admitted | None) -> bool:
    return task is not None and need.type in {ANY_TASK, task.type}


def _ended_after(case: Case) -> timedelta | None:
    """Say how long the task let handoffs refer to it, where that is over; None where it is not.

    Like hours, that takes nothing back which was approved, and holds up nothing that a person has changed.
    """
    task, counters = case.counters.task, case.counters
    if task is None or task.since is None or counters.used is None or case.handoff.vouched:
        return None
    valid = case.policy.task_type(task.type).valid
    return valid if counters.at >= task.since + valid else None
