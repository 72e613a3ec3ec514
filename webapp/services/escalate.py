"""What time does before it ends a wait: people are reminded, and the next team is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from webapp.domain import escalation
from webapp.domain.handoff import Handoff
from webapp.domain.message import Topic
from webapp.domain.step import Step
from webapp.domain.stop import halting
from webapp.services.advance import advance
from webapp.store import handoffs, policies
from webapp.work import Work

STEPS: dict[Topic, Callable[[Handoff, datetime], Step | None]] = {
    Topic.REMIND: escalation.remind,
    Topic.ESCALATE: escalation.escalate,
}


def go_on_if_due(work: Work, topic: Topic, handoff_id: str) -> Handoff | None:
    """Do what the message of this topic is about; None where there is nothing to do (any more, or yet).

    Under a stop nothing moves: once it is lifted, time is given back and the messages are posted anew.
    """
    before = handoffs.find(work, handoff_id, lock=True)
    step = STEPS[topic](before, work.now) if before else None
    if step is None or halting(policies.stops(work), step.after.agent, step.after.target_name):
        return None
    return advance(work, step)
