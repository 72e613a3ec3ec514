"""Take what a person says of a run that nobody knows the end of; ask again for what did not run, undo what did."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import shown
from webapp.browser.decisions import called, refused, show_after
from webapp.browser.frame import Toast
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain import errors as e
from webapp.domain.handoff import Status
from webapp.services.settle import Settlement, run_again, settle
from webapp.services.undo import undo

routes = Blueprint("settlements", __name__)
RAN = {"ran": True, "not_ran": False}


@routes.post("/handoffs/<handoff_id>/settle")
def take(handoff_id: str) -> AnyResponse:
    """Keep what a person has found out about exactly what was shown."""
    person = me()
    try:
        said = _said(handoff_id)
        after = desk().transact(lambda work: settle(work, handoff_id, said, person))
    except e.HandrailError as error:
        return refused(handoff_id, error)
    ran = "Settled: it ran" if said.ran else "Settled: it did not run"
    return show_after(after.id, Toast(said=ran, what=called(after)))


@routes.post("/handoffs/<handoff_id>/run-again")
def ask_again(handoff_id: str) -> AnyResponse:
    """Ask for what did not run again, and show the handoff in which that waits."""
    person = me()
    try:
        asked = desk().transact(lambda work: run_again(work, handoff_id, person)).handoff
    except e.HandrailError as error:
        return refused(handoff_id, error)
    waits = asked.status is Status.PENDING
    told = "Asked again; somebody else decides it" if waits else "Asked again"
    return show_after(asked.id, Toast(said=told, what=called(asked)))


@routes.post("/handoffs/<handoff_id>/undo")
def ask_to_undo(handoff_id: str) -> AnyResponse:
    """Ask for what undoes a run, and show the handoff in which that waits."""
    person = me()
    try:
        asked = desk().transact(lambda work: undo(work, handoff_id, person)).handoff
    except e.HandrailError as error:
        return refused(handoff_id, error)
    waits = asked.status is Status.PENDING
    told = "Asked to undo it; somebody else decides that" if waits else "Asked to undo it"
    return show_after(asked.id, Toast(said=told, what=called(asked)))


def _said(handoff_id: str) -> Settlement:
    """Read the form. Raises StaleRevision and SubmissionInvalid."""
    seen = shown.read(request.form.get("shown", ""), handoff_id)
    ran = RAN.get(request.form.get("verb", ""))
    if ran is None:
        raise e.SubmissionInvalid("Say whether it ran.")
    return Settlement(ran=ran, note=request.form.get("note", ""), shown=seen.digest)
