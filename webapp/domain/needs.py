"""Whether an action belongs to a task that has passed the input gate, where its type needs one."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.domain.case import Case
from webapp.domain.task import ANY_TASK
from webapp.domain.task_type import Need
from webapp.domain.verdict import Reason


def check_task(case: Case) -> Iterator[Reason]:
    """Want an admitted task of this agent, of the type that the action needs."""
    need = case.type.needs_task
    if need is None:
        return
    rule, given = f"actions.{case.type.name}.needs_task", case.handoff.task_id
    wanted = "an admitted task" + ("" if need.type == ANY_TASK else f" of the type {need.type}")
    fix = f"task_id: the id of {wanted}"
    if given is None:
        message = f"{case.type.name} must belong to {wanted}, and names none."
        yield Reason(code="task_missing", route=need.route, message=message, rule=rule, fix=fix)
    elif not _serves(need, case.counters.task):
        message = f"{case.type.name} must belong to {wanted}, which {given[:80]} is not."
        yield Reason(
            code="task_not_admitted", route=need.route, message=message, rule=rule, fix=fix
        )


def _serves(need: Need, admitted: str | None) -> bool:
    return admitted is not None and need.type in {ANY_TASK, admitted}
