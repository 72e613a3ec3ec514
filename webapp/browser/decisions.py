"""Take a person's decision, say what became of it, and go on to the next handoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import shown
from webapp.browser.frame import Toast, keep_toast
from webapp.browser.here import desk
from webapp.browser.queue import Notice, Screen, pane, screen
from webapp.browser.scoping import POSTED_TASK, refilled, response_of, scoping
from webapp.browser.sessions import me
from webapp.browser.words import people, status_words
from webapp.domain import argument_values, run_errors
from webapp.domain import errors as e
from webapp.domain.argument_form import fields
from webapp.domain.decision import Decision
from webapp.domain.handoff import Handoff, Status, Verb
from webapp.http.hx import is_htmx
from webapp.http.problems import status_of
from webapp.services import inbox
from webapp.services.decide import decide, revoke

routes = Blueprint("decisions", __name__)
ONWARD = "handoff/decided.html"
AGREEING = frozenset({Verb.APPROVE, Verb.EDIT})
NOTICES: Mapping[type[e.HandrailError], tuple[str, str, str]] = {
    e.AlreadyDecided: ("go", "users", "Somebody else was faster"),
    run_errors.AlreadySettled: ("go", "users", "Somebody else was faster"),
    e.StaleRevision: ("go", "history", "This has changed while you read it"),
    e.StalePreview: ("go", "history", "The world has changed while you read this"),
    e.PreviewPending: ("go", "clock", "Not looked up yet"),
    run_errors.AlreadyRedeemed: ("go", "play", "Too late to take it back"),
    e.LimitReached: ("no", "ban", "A limit leaves no room for this"),
    e.EditRefused: ("no", "ban", "Policy refuses the action as edited"),
    e.SubmissionInvalid: ("no", "octagon-alert", "Not sent yet"),
    e.HandrailError: ("no", "octagon-alert", "This was not recorded"),
}


@routes.post("/handoffs/<handoff_id>/decide")
def take(handoff_id: str) -> AnyResponse:
    """Record a decision about exactly what was shown."""
    person = me()
    try:
        said = _decision(handoff_id, request.form)
        after = desk().transact(lambda work: decide(work, handoff_id, said, person))
    except e.HandrailError as error:
        return refused(handoff_id, error)
    return went_on(after)


@routes.post("/handoffs/<handoff_id>/revoke")
def take_back(handoff_id: str) -> AnyResponse:
    """Take an approval back while nothing runs yet."""
    person = me()
    try:
        after = desk().transact(lambda work: revoke(work, handoff_id, person))
    except e.HandrailError as error:
        return refused(handoff_id, error)
    toast = Toast(said="Taken back; it waits again with a fresh deadline", what=called(after))
    return show_after(after.id, toast)


def went_on(after: Handoff) -> AnyResponse:
    """Show the next handoff and say what became of this one."""
    if _is_to_be_seen(after):
        toast = Toast(said="Changed; see what it would do now, then approve", what=called(after))
        return show_after(after.id, toast)
    wanted = request.form.get("next")
    undo = after.id if after.status is Status.APPROVED else None
    see = after.id if after.verdict.observed and after.status is not Status.PENDING else None
    toast = Toast(said=_said(after), what=called(after), undo=undo, see=see)
    return show_after(None, toast, wanted, after.id)


def _is_to_be_seen(after: Handoff) -> bool:
    """Say whether an edit waits for a look at what it would do."""
    waits = after.status is Status.PENDING and not after.votes
    return waits and after.shows_world and after.preview is None


def refused(handoff_id: str, error: e.HandrailError) -> AnyResponse:
    """Show the handoff as it stands now, with what stood against the decision and what was typed.

    Raises the error again where the handoff itself may not be seen.
    """
    if isinstance(error, e.NotFound):
        raise error
    on = _with_what_was_typed(screen(handoff_id), error)
    about_note = next((one.message for one in error.problems if one.pointer == "/note"), None)
    return pane(
        on,
        part=ONWARD,
        status=status_of(error),
        notice=None if about_note else notice(error),
        wrong_note=about_note,
        note=request.form.get("note", ""),
        toast=None,
    )


def _with_what_was_typed(on: Screen, error: e.HandrailError) -> Screen:
    """Keep what was typed into the form of a task, and say at its fields what is wrong with them."""
    page, posted = on.page, dict(request.form.items(multi=True))
    if page is None or page.scoping is None or not isinstance(error, e.SubmissionInvalid):
        return on
    places = [one.pointer for one in error.problems if one.pointer.startswith(POSTED_TASK)]
    beside = [place.removeprefix(POSTED_TASK) for place in places]
    form = scoping(page.handoff, page.task_type, beside) or page.scoping
    return replace(on, page=replace(page, scoping=refilled(form, posted, error.problems)))


def notice(error: e.HandrailError) -> Notice:
    """Put an error into words above the pane."""
    tone, icon, head = next(NOTICES[kind] for kind in type(error).__mro__ if kind in NOTICES)
    told = [one for one in error.problems if not one.pointer.startswith(POSTED_TASK)]
    lines = [f"{one.pointer} {one.message}".strip() for one in told]
    return Notice(tone=tone, icon=icon, head=head, text=error.detail, lines=lines or [error.detail])


def checked_note(form: Mapping[str, str], verb: Verb, seen: shown.Shown) -> str | None:
    """Give the note. Raises SubmissionInvalid where this approval should say what was checked."""
    note = form.get("note", "").strip()
    if seen.with_reason and verb in AGREEING and not note:
        raise _invalid("/note", "Say what you checked: this one is of high risk.")
    return note or None


def _decision(handoff_id: str, form: Mapping[str, str]) -> Decision:
    """Read the form: what was shown, the verb, and the choice, which may make it another."""
    seen = shown.read(form.get("shown", ""), handoff_id)
    pressed = _verb(form.get("verb", ""))
    meant, _, reading = form.get("choice", "").partition(":")
    verb = _verb(meant) if reading and pressed in {Verb.APPROVE, Verb.RESPOND} else pressed
    return Decision(
        verb=verb,
        revision=seen.revision,
        fingerprint=seen.fingerprint,
        note=checked_note(form, verb, seen),
        interpretation=reading if verb is Verb.EDIT else None,
        response=_response(handoff_id, reading) if verb is Verb.RESPOND else None,
        shown=seen.digest,
        preview=seen.preview,
    )


def _response(handoff_id: str, reading: str) -> dict[str, Any]:
    """Give the answer: the reading that was chosen, else the fields that the agent asked for."""
    if reading:
        return {"interpretation": reading}
    person, posted = me(), dict(request.form.items(multi=True))
    look = desk().read(lambda work: inbox.look(work, person, handoff_id))
    form = scoping(look.handoff, look.task_type)
    if form:
        return response_of(form, posted)
    schema = look.claim.get("response_schema")
    if not schema:
        raise _invalid("/note", "Choose one of the readings first.")
    said = argument_values.read(fields(schema, {}), posted)
    if said.problems:
        raise e.SubmissionInvalid("The answer is not complete.", problems=said.problems)
    return dict(said.value) if isinstance(said.value, dict) else {}


def _verb(word: str) -> Verb:
    try:
        return Verb(word)
    except ValueError:
        raise _invalid("/verb", "Choose what to do.") from None


def _invalid(pointer: str, message: str) -> e.SubmissionInvalid:
    problem = e.FieldProblem(pointer=pointer, code="required", message=message)
    return e.SubmissionInvalid(message, problems=[problem])


def show_after(
    handoff_id: str | None, toast: Toast, wanted: str | None = None, but: str | None = None
) -> AnyResponse:
    """Show a handoff, or the next one, with a toast; a plain form is sent on by a redirect."""
    if not is_htmx():
        keep_toast(toast)
        return redirect(f"/handoffs/{handoff_id}" if handoff_id else "/", code=303)
    on = screen(handoff_id, wanted=wanted, but=but)
    response = pane(on, part=ONWARD, toast=toast)
    response.headers["HX-Replace-Url"] = f"/handoffs/{on.page.handoff.id}" if on.page else "/"
    return response


def _said(after: Handoff) -> str:
    if after.status is Status.PENDING:
        return f"Agreed; it needs {people(after.verdict.quorum - len(after.votes))}."
    said = status_words(after.kind, after.status).label
    return "Recorded" if after.verdict.observed else said.capitalize()


def called(handoff: Handoff) -> str:
    """Name a handoff in a toast."""
    return handoff.summary or handoff.title
