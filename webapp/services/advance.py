"""Advance: save a step of a handoff together with everything that follows from it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from webapp.domain.callback import news
from webapp.domain.handoff import Handoff
from webapp.domain.step import Step
from webapp.services import labels, loops
from webapp.services.demote import demote_where_due
from webapp.services.limits import hold_or_give_back
from webapp.services.notices import telling
from webapp.services.standing_effects import begin_or_end
from webapp.store import handoffs
from webapp.store.batch import NewRow
from webapp.work import Work

# Each looks at the step and writes what follows from it, in the step's own transaction. One that has nothing to do must
# not ask the database: deciding and submitting are hot.
FOLLOWS: tuple[Callable[[Work, Step], None], ...] = (
    hold_or_give_back,
    labels.follow,
    loops.remember,
    demote_where_due,
    begin_or_end,
)


def begin(work: Work, step: Step, beside: Sequence[NewRow]) -> Handoff:
    """Save the first step of a new handoff with the rows that belong to it. Raises LostRace where a key is taken."""
    for follow in FOLLOWS:
        follow(work, step)
    return handoffs.add(work, step, [*beside, *labels.chosen(work, step)])


def advance(work: Work, step: Step) -> Handoff:
    """Save one step of a handoff that exists, unless it has moved since it was loaded. Raises LostRace."""
    for follow in FOLLOWS:
        follow(work, step)
    return handoffs.advance(work, telling(work, _told(work, step)))


def _told(work: Work, step: Step) -> Step:
    """Have the agent told of the step where it wants that; what was added just now, the answer to it shows."""
    message = None if step.after.id in work.added else news(step)
    return replace(step, messages=(*step.messages, message)) if message else step
