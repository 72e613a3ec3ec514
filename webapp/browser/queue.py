"""The queue and the pane of one handoff: what waits, and everything about the one in front."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from flask import Blueprint, Response, abort, make_response, render_template, request

from webapp.browser import shown
from webapp.browser.alerts import AlertLine, alert_lines
from webapp.browser.frame import show
from webapp.browser.handoff_page import HandoffPage, handoff_page
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.decision import Person, agreed_as, in_place_of
from webapp.domain.handoff import Handoff, Kind, Status
from webapp.domain.stop import Stop
from webapp.domain.verdict import Risk
from webapp.services import inbox, stops
from webapp.work import Work

routes = Blueprint("queue", __name__)
ROWS = 40
WHOLE, PANE = "queue/index.html", "handoff/_detail.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the queue."""

    id: str
    kind: Kind
    risk: Risk
    says: str
    agent: str
    confidence: float | None
    deadline_at: datetime | None
    votes: int
    quorum: int
    status: Status
    agreed: bool
    observed: bool
    escalated: bool
    absent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The queue as listed; `has_more` says that less urgent ones follow."""

    rows: tuple[Row, ...]
    has_more: bool
    alerts: tuple[AlertLine, ...] = ()

    def after(self, wanted: str | None = None, but: str | None = None) -> str:
        """Name the row to look at: the wanted one where it waits, else the first but `but`."""
        ids = [row.id for row in self.rows if row.id != but]
        return wanted if wanted in ids else next(iter(ids), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Everything that the two panes show at one moment."""

    queue: Rows
    page: HandoffPage | None
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A remark above the pane: what was refused and why."""

    tone: str
    icon: str
    head: str
    text: str = ""
    lines: Sequence[str] = ()


@routes.get("/")
def index() -> Response:
    """Show the queue with its first handoff beside it."""
    return pane(screen(None), opened=False)


@routes.get("/queue")
def rows() -> Response:
    """Give the list alone, for a refresh; 304 where it is as the browser has it."""
    person = me()
    listed = desk().read(lambda work: _rows(work, person))
    tag = hashlib.sha256(repr(listed).encode()).hexdigest()[:20]
    response = Response(status=304)
    if not request.if_none_match.contains(tag):
        now = desk().world.now()
        response = make_response(render_template("queue/_rows.html", queue=listed, now=now))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@routes.get("/handoffs/<handoff_id>")
def handoff(handoff_id: str) -> Response:
    """Show one handoff, with the queue beside it."""
    return pane(screen(handoff_id))


@routes.get("/handoffs/<handoff_id>/fresh")
def fresh(handoff_id: str) -> Response:
    """Give the pane again where something happened since event `seen`, else nothing."""
    person, now = me(), desk().world.now()
    look = desk().read(lambda work: inbox.look(work, person, handoff_id))
    if str(look.handoff.sequence) == request.args.get("seen"):
        return Response(status=204)
    page = sealed(handoff_page(look, person, now))
    return make_response(render_template(PANE, page=page, now=now))


@routes.get("/handoffs/<handoff_id>/state")
def state(handoff_id: str) -> Response:
    """Show a state that is too large to lie folded in the pane."""
    person, now = me(), desk().world.now()
    look = desk().read(lambda work: inbox.look(work, person, handoff_id))
    if look.state is None:
        abort(404)
    page = handoff_page(look, person, now, most_state=len(look.state))
    return show("handoff/state.html", "handoff/state.html", "/", (), page=page)


def screen(handoff_id: str | None, *, wanted: str | None = None, but: str | None = None) -> Screen:
    """Read both panes at one moment: that handoff, else the wanted or the first of the queue."""
    person, now = me(), desk().world.now()

    def read(work: Work) -> Screen:
        listed = _rows(work, person)
        chosen = handoff_id or listed.after(wanted, but)
        look = inbox.look(work, person, chosen) if chosen else None
        page = sealed(handoff_page(look, person, now)) if look else None
        if page:
            page = replace(page, next=listed.after(but=chosen))
        return Screen(queue=listed, page=page, stops=stops.in_force(work))

    return desk().read(read)


def sealed(page: HandoffPage) -> HandoffPage:
    """Bind what is shown into the page's form."""
    return replace(page, shown=shown.token(page))


def pane(
    on: Screen, *, whole: str = WHOLE, part: str = PANE, status: int = 200, **context: object
) -> Response:
    """Show the screen whole, or its pane to a script."""
    about = {"queue": on.queue, "page": on.page, "opened": True, **context}
    response = show(whole, part, "/", on.stops, **about)
    response.status_code = status
    return response


def _rows(work: Work, person: Person) -> Rows:
    found = inbox.queue(work, person, ROWS)
    listed = [_row(one, person) for one in (*found.waiting, *found.unknown)]
    # what now waits for somebody else comes last
    return Rows(
        rows=tuple(sorted(listed, key=attrgetter("agreed"))),
        has_more=found.more,
        alerts=alert_lines(work, person),
    )


def _row(of: Handoff, person: Person) -> Row:
    absent = in_place_of(person, of)
    return Row(
        id=of.id,
        kind=of.kind,
        risk=of.verdict.risk,
        says=of.summary or of.title,
        agent=of.agent,
        confidence=of.confidence,
        deadline_at=of.deadline_at,
        votes=len(of.votes),
        quorum=of.verdict.quorum,
        status=of.status,
        agreed=agreed_as(person, of) is not None,
        observed=of.verdict.observed,
        escalated=bool(of.escalated) and of.status is Status.PENDING,
        absent=absent.name if absent else None,
    )
