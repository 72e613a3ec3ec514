"""One's own page: say that one is away, until when, and who decides meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.slack_link import SlackLink
from webapp.domain.stop import Stop
from webapp.services import absences, chat, stops
from webapp.services.chat import DIRECT
from webapp.work import Work

routes = Blueprint("you", __name__)
WHOLE = "you/index.html"
DIRECT_WORDS = {
    "none": "Nothing; the team's channel is enough",
    "reminders": "Reminders, and what a channel refuses",
    "all": "Everything that waits for me",
}
AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayForm:
    """What was typed into the form."""

    until: str = ""
    delegate: str = ""


@routes.get("/you")
def index() -> Response:
    """Show where one stands, with the form."""
    return _page(AwayForm())


@routes.post("/you/away")
def away() -> AnyResponse:
    """Be away from now on."""
    email = me().email
    said = AwayForm(**{name: request.form.get(name, "").strip() for name in AwayForm.__slots__})
    try:
        until, delegate = _day(said.until), said.delegate or None
        gone = desk().transact(
            lambda work: absences.go_away(work, email, until, delegate, by=email)
        )
    except SubmissionInvalid as error:
        return _page(said, error.detail)
    meanwhile = f"{gone.delegate.name} decides in your place" if gone.delegate else ""
    keep_toast(Toast(said="You are away", what=meanwhile or "nobody decides in your place"))
    return redirect("/you", code=303)


@routes.post("/you/back")
def back() -> AnyResponse:
    """Be there again."""
    email = me().email
    desk().transact(lambda work: absences.come_back(work, email))
    keep_toast(Toast(said="Welcome back", what="you decide for yourself again"))
    return redirect("/you", code=303)


@routes.post("/you/slack")
def direct() -> AnyResponse:
    """Say of what one is told directly in Slack."""
    person, chosen = me(), request.form.get("direct", "")
    if chosen not in DIRECT:
        raise SubmissionInvalid("Choose of what you are told directly.")
    desk().transact(lambda work: chat.set_direct(work, person.id, chosen))
    keep_toast(Toast(said="Saved", what=DIRECT_WORDS[chosen]))
    return redirect("/you", code=303)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise SubmissionInvalid("Say the last day on which you are away.") from None


def _page(form: AwayForm, problem: str | None = None) -> Response:
    person = me()

    def read(work: Work) -> tuple[absences.Standing, tuple[SlackLink, ...], tuple[Stop, ...]]:
        links = tuple(chat.links(work, person.id)) if desk().slack else ()
        return absences.standing_of(work, person.id), links, stops.in_force(work)

    you, links, held = desk().read(read)
    last = _last_day(you.absence.ends_at, you.zone) if you.absence else ""
    chats = {"in_slack": desk().slack is not None, "links": links, "choices": DIRECT_WORDS}
    response = show(
        WHOLE, WHOLE, "/you", held, you=you, form=form, problem=problem, last=last, **chats
    )
    response.status_code = 422 if problem else 200
    return response


def _last_day(ends_at: datetime, zone: str) -> str:
    """Write the day at whose end somebody is back."""
    return f"{(ends_at - AN_INSTANT).astimezone(ZoneInfo(zone)):%-d %b %Y}"
