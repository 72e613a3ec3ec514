"""The life of a policy in the browser: versions, drafts, their problems and differences, publishing, the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import limit_forms
from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.limit_forms import Asked, Fold
from webapp.browser.sessions import me
from webapp.domain.errors import HandrailError, NotFound, SubmissionInvalid
from webapp.domain.policy import Policy
from webapp.domain.policy_diff import Change, differences
from webapp.domain.policy_document import Report, parse
from webapp.domain.policy_draft import (
    PolicyDraft,
    may_write,
    publish_refusal,
    require_right_to_write,
)
from webapp.domain.simulation import Simulation
from webapp.domain.stop import Stop
from webapp.services import drafts, policies, policy_check, seen_types, stops
from webapp.services import limit_forms as saving
from webapp.services.simulate import simulate, simulation
from webapp.work import Work

routes = Blueprint("policy_life", __name__)
DRAFT, VERSION, PICTURE = "policy/draft.html", "policy/version.html", "policy/simulation.html"
DAYS = (1, 7, 30)
LONGEST_NUMBER = 7
MOST_SIMULATED = 20_000  # what a page can wait for; the command line takes all
MOST_DIGITS = 9
CONFIRM = "Say that you have read what changes."


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A draft as one person sees it: with its problems and what it would change."""

    draft: PolicyDraft
    text: str
    base: Policy | None
    report: Report
    changes: tuple[Change, ...]
    refusal: str | None
    stops: tuple[Stop, ...]
    folds: tuple[Fold, ...]
    problem: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """A published version, and what going back to it would change."""

    number: int
    text: str
    at: datetime
    by: str
    base: Policy
    before: tuple[Change, ...]
    back: tuple[Change, ...]
    stops: tuple[Stop, ...]


@routes.post("/policy/drafts")
def begin() -> AnyResponse:
    """Begin a draft from the policy in force."""
    person = me()
    draft = desk().transact(lambda work: drafts.begin(work, person))
    return redirect(f"/policy/drafts/{draft.id}", code=303)


@routes.get("/policy/drafts/<draft_id>")
def draft(draft_id: str) -> Response:
    """Show a draft with its problems and differences."""
    return _page(draft_id)


@routes.post("/policy/drafts/<draft_id>")
def act(draft_id: str) -> AnyResponse:
    """Save, propose, publish or discard what was shown."""
    person, form = me(), request.form
    require_right_to_write(person)  # else anybody who reads could have any text parsed
    seen, text = form.get("shown", ""), form.get("text", "")
    act_on = {"save": _save, "limits": _save_at_limits} | {
        "propose": _propose,
        "publish": _publish,
        "discard": _discard,
    }
    chosen = act_on.get(form.get("act", ""))
    if chosen is None:
        raise SubmissionInvalid("Choose what to do with the draft.")
    try:
        said, where = chosen(draft_id, seen)
    except HandrailError as error:
        return _page(draft_id, error, text or None)
    keep_toast(Toast(said=said, what=f"by {person.email}"))
    return redirect(where, code=303)


def _save(draft_id: str, seen: str) -> tuple[str, str]:
    person, form = me(), request.form
    typed, limits = (form.get("text", ""), form.get("note", "")), limit_forms.posted(form)
    desk().transact(lambda work: saving.save(work, draft_id, person, typed, limits, seen))
    opened = urlencode([("limits", one) for one in limit_forms.opened_by(limits)])
    return "Saved", f"/policy/drafts/{draft_id}{'?' if opened else ''}{opened}"


def _save_at_limits(draft_id: str, seen: str) -> tuple[str, str]:
    said, where = _save(draft_id, seen)
    return said, f"{where}#limits"


def _propose(draft_id: str, seen: str) -> tuple[str, str]:
    person = me()
    desk().transact(lambda work: drafts.propose(work, draft_id, person, seen))
    return "Proposed", f"/policy/drafts/{draft_id}"


def _publish(draft_id: str, seen: str) -> tuple[str, str]:
    person, compared = me(), _compared(request.form.get("over", ""))
    _insist_on_reading()
    number = desk().transact(lambda work: drafts.publish(work, draft_id, person, seen, compared))
    return f"Policy {number} is in force", "/policy"


def _compared(over: str) -> int | None:
    """Read which version the draft was compared with; 0, which no version has, for what is none."""
    if not over:
        return None
    return int(over) if over.isdecimal() and len(over) <= MOST_DIGITS else 0


def _discard(draft_id: str, seen: str) -> tuple[str, str]:
    person = me()
    desk().transact(lambda work: drafts.discard(work, draft_id, person, seen))
    return "Discarded", "/policy"


@routes.get("/policy/drafts/<draft_id>/limits")
def limits(draft_id: str) -> str:
    """Give the form of one action type's or agent's limits, for a page that has it folded."""
    require_right_to_write(me())
    wanted = request.args.get("of", "")

    def read(work: Work) -> Fold:
        text = drafts.find(work, draft_id).text
        made = limit_forms.folds(
            text, Asked(opened=(wanted,), report=policy_check.check(work, text))
        )
        found = next((fold for fold in made if fold.pointer == wanted), None)
        if found is None:
            raise NotFound
        return found

    return render_template("policy/_limits.html", fold=desk().read(read))


@routes.post("/policy/types")
def make_type() -> AnyResponse:
    """Put a type for an action, made of what was recorded, into a draft, and show it there."""
    person, name = me(), request.form.get("action", "")
    added = desk().transact(lambda work: seen_types.add_type(work, person, name))
    said = "A new draft" if added.began else "Added to your draft"
    keep_toast(Toast(said=said, what=f"a type for {name}, from line {added.line}"))
    return redirect(f"/policy/drafts/{added.draft.id}?line={added.line}#draft", code=303)


@routes.get("/policy/drafts/<draft_id>/simulation")
def picture(draft_id: str) -> Response:
    """Simulate a draft over what was recorded, as far as a page can wait for it."""
    require_right_to_write(me())
    asked = request.args.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else DAYS[-1]

    def read(work: Work) -> tuple[PolicyDraft, Simulation, bool, tuple[Stop, ...]]:
        found = drafts.find(work, draft_id)
        running = simulation(work, parse(found.text, number=0))
        whole = True
        for taken in simulate(work, running, timedelta(days=days)):
            if taken >= MOST_SIMULATED:
                whole = False
                break
        return found, running, whole, stops.in_force(work)

    found, running, whole, held = desk().read(read)
    return show(
        PICTURE,
        PICTURE,
        "/policy",
        held,
        draft=found,
        done=running.to_json(),
        whole=whole,
        days=days,
        choices=DAYS,
    )


@routes.get("/policy/versions/<int:number>")
def version(number: int) -> Response:
    """Show a published version, what it changed, and what going back to it would change."""

    def read(work: Work) -> VersionPage:
        found = policies.at(work, number)
        said = {one: (at, by) for one, at, by in policies.versions(work)}
        base = policies.standing(work).policy
        before = policies.at(work, number - 1) if number - 1 in said else None
        return VersionPage(
            number=number,
            text=found.text,
            at=said[number][0],
            by=said[number][1],
            base=base,
            before=differences(before, found) if before else (),
            back=differences(base, found),
            stops=stops.in_force(work),
        )

    page = desk().read(read)
    return show(VERSION, VERSION, "/policy", page.stops, page=page, may_write=may_write(me()))


@routes.post("/policy/versions/<int:number>")
def roll_back(number: int) -> AnyResponse:
    """Publish an old version as a new one, or propose it where two must publish."""
    person = me()
    _insist_on_reading()
    made = desk().transact(lambda work: drafts.roll_back(work, number, person, person.email))
    if isinstance(made, PolicyDraft):
        keep_toast(Toast(said="Proposed", what="another admin publishes it"))
        return redirect(f"/policy/drafts/{made.id}", code=303)
    keep_toast(Toast(said=f"Policy {made} is in force", what=f"it says what policy {number} said"))
    return redirect("/policy", code=303)


def _insist_on_reading() -> None:
    if request.form.get("read") != "yes":
        raise SubmissionInvalid(CONFIRM)


def _page(draft_id: str, error: HandrailError | None = None, typed: str | None = None) -> Response:
    person = me()

    def read(work: Work) -> DraftPage:
        found = drafts.find(work, draft_id)
        text = found.text if typed is None else typed.replace("\r\n", "\n")
        report, base = policy_check.check(work, text), drafts.in_force(work)
        compared = differences(base, parse(text, number=0)) if base and not report.problems else ()
        refusal = publish_refusal(found, person, base) if base else None
        opened, limits = request.args.getlist("limits"), limit_forms.posted(request.form)
        asked = Asked(opened=opened, typed=limits if error else {}, report=report)
        return DraftPage(
            draft=found,
            text=text,
            base=base,
            report=report,
            changes=compared,
            refusal=refusal.detail if refusal else None,
            stops=stops.in_force(work),
            folds=limit_forms.folds(found.text, asked),
            problem=error.detail if error else None,
            line=_line(request.args.get("line", ""), text),
        )

    page = desk().read(read)
    answer = show(DRAFT, DRAFT, "/policy", page.stops, page=page, may_write=may_write(person))
    if error:
        answer.status_code = 404 if isinstance(error, NotFound) else 422
    return answer


def _line(wanted: str, text: str) -> int:
    """Give the line that an address leads to, 0 for none."""
    number = int(wanted) if wanted.isdecimal() and len(wanted) < LONGEST_NUMBER else 0
    return number if number <= len(text.splitlines()) else 0
