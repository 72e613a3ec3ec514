"""Edit the arguments of an action, see the difference, and approve it as edited: one act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import shown
from webapp.browser.decisions import checked_note, notice, refused, went_on
from webapp.browser.differences import Change, between
from webapp.browser.here import desk
from webapp.browser.queue import Screen, pane, screen
from webapp.browser.sessions import me
from webapp.domain import argument_form, argument_values
from webapp.domain import errors as e
from webapp.domain.action import Action
from webapp.domain.argument_form import Field
from webapp.domain.decision import Decision
from webapp.domain.handoff import Verb
from webapp.domain.json_text import JSON
from webapp.http.problems import status_of
from webapp.services.decide import decide

routes = Blueprint("edits", __name__)
WHOLE, PART = "handoff/edit.html", "handoff/_edit.html"
PREVIEW = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The form as it stands: its fields, what is wrong by pointer, what it changes."""

    fields: tuple[Field, ...]
    as_json: bool
    wrong: dict[str, str]
    args: dict[str, JSON]
    changes: tuple[Change, ...]
    summary: str | None


@routes.get("/handoffs/<handoff_id>/edit")
def ask(handoff_id: str) -> Response:
    """Show the form."""
    on, action = _open(handoff_id)
    as_json = request.args.get("as") == "json"
    return _form(on, _edit(on, action, _fields(on, action, as_json=as_json), as_json=as_json))


@routes.post("/handoffs/<handoff_id>/diff")
def difference(handoff_id: str) -> Response:
    """Show what the form would change, without doing it."""
    on, action = _open(handoff_id)
    return make_response(render_template("handoff/_diff.html", edit=_posted(on, action)))


@routes.post("/handoffs/<handoff_id>/edit")
def take(handoff_id: str) -> AnyResponse:
    """Approve the action as edited, about exactly what was shown."""
    person = me()
    on, action = _open(handoff_id)
    edit = _posted(on, action)
    if edit.wrong or request.form.get("verb") == PREVIEW:
        return _form(on, edit, status=422 if edit.wrong else 200)
    try:
        said = _decision(handoff_id, edit)
        after = desk().transact(lambda work: decide(work, handoff_id, said, person))
    except e.SubmissionInvalid as error:
        return _form(on, edit, error, status=status_of(error))
    except e.HandrailError as error:
        return refused(handoff_id, error)
    return went_on(after)


def _open(handoff_id: str) -> tuple[Screen, Action]:
    """Read the handoff whose action is edited. Raises NotFound where there is nothing to edit."""
    on = screen(handoff_id)
    action = on.page.handoff.action if on.page else None
    if action is None:
        raise e.NotFound("A question has no arguments to edit.")
    return on, action


def _fields(on: Screen, action: Action, *, as_json: bool) -> tuple[Field, ...]:
    args = dict(action.args)
    kind = on.page.type if on.page else None
    if as_json:
        return argument_form.as_json(args)
    made = argument_form.fields(kind.args if kind else None, args)
    pinned = kind.pinned if kind else ()
    return tuple(sorted(made, key=lambda field: field.pointer not in pinned))


def _posted(on: Screen, action: Action) -> Edit:
    """Read the form back into typed args, and say what is wrong with them."""
    form = dict(request.form.items(multi=True))
    as_json = form.get("as") == "json"
    made = _fields(on, action, as_json=as_json)
    posted = argument_values.read(made, form)
    args = cast("dict[str, JSON]", posted.value)
    again = argument_values.retyped(made, form)
    problems = posted.problems or _policy_problems(on, args)
    wrong = {"" if as_json else one.pointer: one.message for one in problems}
    return _edit(on, Action(name=action.name, args=args), again, as_json=as_json, wrong=wrong)


def _policy_problems(on: Screen, args: dict[str, JSON]) -> tuple[e.FieldProblem, ...]:
    kind = on.page.type if on.page else None
    return kind.problems(args) if kind else ()


def _edit(
    on: Screen,
    edited: Action,
    made: tuple[Field, ...],
    *,
    as_json: bool,
    wrong: dict[str, str] | None = None,
) -> Edit:
    page = on.page
    before = page.handoff.action if page else None
    kind = page.type if page else None
    return Edit(
        fields=made,
        as_json=as_json,
        wrong=wrong or {},
        args=dict(edited.args),
        changes=between(before, edited) if before and not wrong else (),
        summary=kind.summarise(edited.args) if kind and not wrong else None,
    )


def _decision(handoff_id: str, edit: Edit) -> Decision:
    seen = shown.read(request.form.get("shown", ""), handoff_id)
    return Decision(
        verb=Verb.EDIT,
        revision=seen.revision,
        fingerprint=seen.fingerprint,
        note=checked_note(request.form, Verb.EDIT, seen),
        args=edit.args,
        shown=seen.digest,
        preview=seen.preview,
    )


def _form(
    on: Screen, edit: Edit, error: e.HandrailError | None = None, *, status: int = 200
) -> Response:
    """Show the form with what was typed and what is wrong with it."""
    about_note = [one.message for one in error.problems if one.pointer == "/note"] if error else []
    return pane(
        on,
        whole=WHOLE,
        part=PART,
        status=status,
        edit=edit,
        note=request.form.get("note", ""),
        wrong_note=next(iter(about_note), None),
        notice=notice(error) if error and not about_note else None,
    )
