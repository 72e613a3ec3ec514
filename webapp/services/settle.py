"""Settle: a person says of what nobody knew the end of whether it ran, and asks for it again where it did not."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain import execution
from webapp.domain.decision import Person
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.execution import Settlement, again, again_key
from webapp.domain.handoff import Handoff
from webapp.services.advance import advance
from webapp.services.ask_for import ask_for
from webapp.services.decide import LONGEST_NOTE, with_right
from webapp.services.submit import Submitted
from webapp.store import asks, handoffs
from webapp.work import Work

__all__ = ["Settlement", "run_again", "settle"]


def settle(work: Work, handoff_id: str, said: Settlement, person: Person) -> Handoff:
    """Let `person` say whether it ran, and give the handoff; the same word again changes nothing.

    Raises NotFound, NotAnApprover, OwnRequest, NotUnknown, AlreadySettled and SubmissionInvalid.
    """
    before = with_right(work, handoff_id, person)
    said = replace(said, note=_checked(said.note))
    if _said_before(work, before, said, person):
        return before
    return advance(work, execution.settle(before, said, person, work.now))


def run_again(work: Work, handoff_id: str, person: Person) -> Submitted:
    """Ask on behalf of the agent for what did not run; it waits for people, and `person` counts as asking.

    It is asked once, under a key that the agent knows, too; whoever asks again gets the handoff as it stands. Raises
    NotFound, NotAnApprover, OwnRequest, MayHaveRun, SubmissionInvalid and IdempotencyConflict.
    """
    before = with_right(work, handoff_id, person)
    content = handoffs.content(work, before.id, before.claim_sequence)
    submission = replace(
        again(before, content.body), state=content.state, private_state=content.private_state
    )
    return ask_for(work, before, submission, person, again_key(before.id), run_again_of=before.id)


def asked_again(work: Work, handoff: Handoff) -> str | None:
    """Name the handoff in which something that did not run was asked for again; None where it was not."""
    if handoff.settled is None or handoff.settled.ran:
        return None
    ask = asks.find(work, handoff.agent_id, again_key(handoff.id))
    return ask.handoff_id if ask else None


def _said_before(work: Work, before: Handoff, said: Settlement, person: Person) -> bool:
    found = before.settled
    if found is None or (found.by_id, found.ran) != (person.id, said.ran):
        return False
    return handoffs.content(work, before.id, found.sequence).body.get("note") == said.note


def _checked(note: str) -> str:
    """Give the note as it is kept. Raises SubmissionInvalid."""
    words = note.strip()
    if not words:
        raise _invalid("required", "Say how you know; others will rely on it.", "a sentence")
    if len(words) > LONGEST_NOTE:
        raise _invalid("maxLength", "The note is too long.", f"at most {LONGEST_NOTE} characters")
    return words


def _invalid(code: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer="/note", code=code, message=message, expected=expected)
    return SubmissionInvalid(message, problems=[problem])
