"""What time does: end what nobody decided, redeemed or reported. Each changes nothing where it has been overtaken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from webapp.domain import execution, lifecycle
from webapp.domain.handoff import Handoff
from webapp.domain.message import Topic
from webapp.domain.step import Step
from webapp.services.advance import advance
from webapp.services.resumption import thawed
from webapp.store import handoffs
from webapp.work import Work

ENDINGS: dict[Topic, Callable[[Handoff, datetime], Step | None]] = {
    Topic.EXPIRE: lifecycle.expire,
    Topic.LAPSE: execution.lapse,
    Topic.OVERRUN: execution.overrun,
}


def end_if_due(work: Work, topic: Topic, handoff_id: str) -> Handoff | None:
    """Do what the message of this topic is about; None where there is nothing to do (any more, or yet)."""
    before = handoffs.find(work, handoff_id, lock=True)
    if before and topic is Topic.EXPIRE:
        before = thawed(work, before)
    step = ENDINGS[topic](before, work.now) if before else None
    return advance(work, step) if step else None
