"""Undo: a person asks, in the agent's name, for what the policy says takes a run back; other people decide it."""

from __future__ import annotations

from webapp.domain.decision import Person
from webapp.domain.execution import has_run
from webapp.domain.handoff import Handoff
from webapp.domain.undo import asking_to_undo, undo_key
from webapp.domain.undo_terms import Undo
from webapp.services import policies
from webapp.services.ask_for import ask_for
from webapp.services.decide import with_right
from webapp.services.submit import Submitted
from webapp.store import asks, handoffs
from webapp.work import Work


def undo(work: Work, handoff_id: str, person: Person) -> Submitted:
    """Ask for what undoes a run, once; whoever asks again gets that handoff as it stands, whatever policy says by now.

    Raises NotFound, NotAnApprover, OwnRequest, CannotUndo, SubmissionInvalid and IdempotencyConflict.
    """
    before = with_right(work, handoff_id, person)
    known = undone_by(work, before)
    if known and known.undoes == before.id:
        return Submitted(handoff=known, replayed=True)
    submission = asking_to_undo(before, undo_of(work, before))
    return ask_for(work, before, submission, person, undo_key(before.id), undoes=before.id)


def undo_of(work: Work, handoff: Handoff) -> Undo | None:
    """Say what undoes this run by the policy in force; None where it has not run, or nothing does."""
    if handoff.action is None or not has_run(handoff):
        return None
    return policies.standing(work).policy.action_type(handoff.action.name).undo


def undone_by(work: Work, handoff: Handoff) -> Handoff | None:
    """Give the handoff in which it was asked to undo this run; None where it was not."""
    if handoff.action is None or not has_run(handoff):
        return None
    ask = asks.find(work, handoff.agent_id, undo_key(handoff.id))
    return handoffs.load(work, ask.handoff_id) if ask else None
