"""Withdraw: an agent takes back what it asked for, one ask or all that ends with a run."""

from __future__ import annotations

from webapp.domain import lifecycle
from webapp.domain.handoff import WAITING, Agent, Handoff, Status
from webapp.domain.run_errors import AskedByPerson
from webapp.services.advance import advance
from webapp.services.deliver import own
from webapp.store import handoffs
from webapp.store.lists import ending_with_run
from webapp.work import Work


def withdraw(work: Work, agent: Agent, handoff_id: str) -> Handoff:
    """Withdraw one handoff; again is no error. Raises NotFound, NotPending and AskedByPerson."""
    before = own(work, agent, handoff_id, lock=True)
    if before.status is Status.WITHDRAWN:
        return before
    if before.undoes:
        raise AskedByPerson
    return advance(work, lifecycle.withdraw(before, agent.actor(), work.now))


def end_run(work: Work, agent: Agent, run_id: str) -> list[Handoff]:
    """Withdraw what waits for people in a run, and its admitted tasks, and give those handoffs.

    What people asked for, to undo something of that run, goes on.
    """
    work.begin()
    found = ending_with_run(work, agent.id, run_id)
    held = [handoffs.load(work, handoff_id, lock=True) for handoff_id in sorted(found)]
    return [
        advance(work, lifecycle.withdraw(before, agent.actor(), work.now))
        for before in held
        if (before.status in WAITING or before.is_admitted) and not before.undoes
    ]
