"""Samples of what ran unasked: people look at them afterwards, one after the other, and say what they think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.decisions import notice
from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.handoff_page import HandoffPage, handoff_page
from webapp.browser.here import desk
from webapp.browser.queue import ROWS, pane, screen, sealed
from webapp.browser.sessions import me
from webapp.domain import errors as e
from webapp.domain.handoff import Handoff
from webapp.domain.stop import Stop
from webapp.http.hx import is_htmx
from webapp.http.problems import status_of
from webapp.services import inbox, labels, stops
from webapp.services.labels import Label, Labelled
from webapp.work import Work

routes = Blueprint("audits", __name__)
HOME = "/audit"
WHOLE, PANE, ROWS_PART, ONWARD = (
    "audit/index.html",
    "handoff/_detail.html",
    "audit/_rows.html",
    "audit/labelled.html",
)
SAID = {Label.RIGHT: "Right", Label.WRONG: "Wrong", Label.UNSURE: "Unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The samples that wait for this person, and the one in front."""

    samples: tuple[Handoff, ...]
    page: HandoffPage | None
    stops: tuple[Stop, ...]

    def after(self, wanted: str | None = None) -> str:
        """Name the sample to look at: the wanted one where it waits, else the first."""
        ids = [one.id for one in self.samples]
        return wanted if wanted in ids else next(iter(ids), "")


@routes.get("/audit")
def index() -> Response:
    """Show the samples with the first of them beside."""
    return _pane(_audit(None), opened=False)


@routes.get("/audit/rows")
def rows() -> Response:
    """Give the list alone, for a refresh."""
    person = me()
    samples = desk().read(lambda work: labels.waiting(work, person, ROWS))
    return make_response(render_template(ROWS_PART, samples=samples, page=None))


@routes.get("/audit/<handoff_id>")
def sample(handoff_id: str) -> Response:
    """Show one sample, with the others beside it."""
    return _pane(_audit(handoff_id))


@routes.post("/handoffs/<handoff_id>/label")
def take(handoff_id: str) -> AnyResponse:
    """Keep what a person thinks of something that ran unasked."""
    person = me()
    try:
        said, reason = _said(request.form)
        kept = desk().transact(lambda work: labels.label(work, handoff_id, said, reason, person))
    except e.NotFound:
        raise
    except e.HandrailError as error:
        return _refused(handoff_id, error)
    return _went_on(kept)


def _said(form: Mapping[str, str]) -> tuple[Label, str | None]:
    try:
        return Label(form.get("verb", "")), form.get("note")
    except ValueError:
        raise e.SubmissionInvalid("Say right, wrong or unsure.") from None


def _went_on(kept: Labelled) -> AnyResponse:
    """Show the next sample, or the same handoff where the person did not come from the list of samples."""
    toast = Toast(said=SAID[kept.label or Label.UNSURE], what=kept.action_name)
    home = request.form.get("home") == HOME
    if not is_htmx():
        keep_toast(toast)
        return redirect(HOME if home else f"/handoffs/{kept.handoff_id}", code=303)
    if not home:
        return pane(screen(kept.handoff_id), part="handoff/decided.html", toast=toast)
    on = _audit(None, wanted=request.form.get("next"))
    response = _pane(on, part=ONWARD, toast=toast)
    shown = f"{HOME}/{on.page.handoff.id}" if on.page else HOME
    response.headers["HX-Replace-Url"] = shown
    return response


def _refused(handoff_id: str, error: e.HandrailError) -> AnyResponse:
    """Show the handoff as it stands, with what stood against the word and what was typed."""
    about = next((one.message for one in error.problems if one.pointer == "/reason"), None)
    status = status_of(error)
    show_it = _pane_of_sample if request.form.get("home") == HOME else _pane_of_queue
    return show_it(
        handoff_id,
        status,
        notice=None if about else notice(error),
        wrong_note=about,
        note=request.form.get("note", ""),
    )


def _pane_of_sample(handoff_id: str, status: int, **context: Any) -> Response:
    return _pane(_audit(handoff_id), status=status, **context)


def _pane_of_queue(handoff_id: str, status: int, **context: Any) -> Response:
    return pane(screen(handoff_id), status=status, **context)


def _audit(handoff_id: str | None, *, wanted: str | None = None) -> Audit:
    """Read list and pane at one moment."""
    person, now = me(), desk().world.now()

    def read(work: Work) -> Audit:
        samples = tuple(labels.waiting(work, person, ROWS))
        on = Audit(samples=samples, page=None, stops=stops.in_force(work))
        chosen = handoff_id or on.after(wanted)
        if not chosen:
            return on
        page = sealed(handoff_page(inbox.look(work, person, chosen), person, now))
        return replace(on, page=replace(page, next=_next(samples, chosen)))

    return desk().read(read)


def _next(samples: tuple[Handoff, ...], chosen: str) -> str:
    return next((one.id for one in samples if one.id != chosen), "")


def _pane(on: Audit, *, part: str = PANE, status: int = 200, **context: object) -> Response:
    about = {"samples": on.samples, "page": on.page, "opened": True, **context}
    response = show(WHOLE, part, HOME, on.stops, **about)
    response.status_code = status
    return response
