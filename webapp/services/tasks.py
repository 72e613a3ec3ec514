"""Tasks that have passed the input gate, as routing wants to know of them."""

from __future__ import annotations

from webapp.domain.handoff import Handoff
from webapp.domain.policy import Policy
from webapp.domain.task import ANY_TASK
from webapp.domain.task_type import Admitted
from webapp.services import policies
from webapp.store import handoffs
from webapp.work import Work


def admitted(work: Work, handoff: Handoff, policy: Policy) -> Admitted | None:
    """Give the admitted task that a handoff names, as it was judged; asks only where the policy does.

    None where it names none, none that is admitted (any more), or another agent's.
    """
    kind = policy.actions.get(handoff.target_name)
    if kind is None or kind.needs_task is None or handoff.task_id is None:
        return None
    found = handoffs.find(work, handoff.task_id)
    if found is None or found.task is None or not found.is_admitted:
        return None
    if found.agent_id != handoff.agent_id:
        return None
    judged = policies.at(work, found.verdict.policy).task_type(found.task.type)
    return Admitted(type=judged.name if judged.known else ANY_TASK, since=found.changed_at)
