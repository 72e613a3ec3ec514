"""The background work, for admins of every team: how far behind it is, and what becomes of what was given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.backlog import (
    LARGEST_NUMBER,
    Alive,
    Due,
    GivenUp,
    counted,
    require_right_to_operate,
)
from webapp.domain.decision import Person
from webapp.domain.errors import NotFound
from webapp.domain.message import Reach
from webapp.services import operations as service
from webapp.services import stops
from webapp.services.readiness import MOST_LAG
from webapp.work import Work

routes = Blueprint("operations", __name__)
HOME, WHOLE = "/operations", "operations/index.html"
SAYS = {
    Reach.INSIDE: "deadlines and rounds; needs the database alone",
    Reach.OUTSIDE: "telling people, calling agents back, running actions, looking at the world; "
    "waits for other servers",
}
ACTS: Mapping[str, tuple[str, Callable[[Work, int, Person], GivenUp]]] = {
    "redrive": ("Set going", service.redrive),
    "discard": ("Discarded", service.discard),
}

ACT_WORDS: Mapping[str, str] = {
    "message.redriven": "set a message going again",
    "message.discarded": "discarded a message",
    "callback.registered": "registered an endpoint",
    "callback.verified": "verified an endpoint",
    "callback.rotated": "made an endpoint's secret anew",
    "callback.old_secret_ended": "ended an endpoint's old secret",
    "callback.removed": "removed an endpoint",
    "callback.switched_off": "switched an endpoint off",
    "slack.refused": "was refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reach: what is due of it, and who works it off; `alive` is None while that is not known."""

    reach: Reach
    says: str
    depth: str
    oldest_at: datetime | None
    late: bool
    topics: tuple[tuple[str, str], ...]
    alive: Alive | None


@routes.get(HOME)
def index() -> Response:
    """Show how the background work stands."""
    return _page()


@routes.post(f"{HOME}/redrive")
def redrive_all() -> AnyResponse:
    """Set going all that was given up."""
    count = desk().transact(partial(service.redrive_all, by=me()))
    desk().lane.ring()
    keep_toast(Toast(said=f"{count} set going", what="each is tried as often as a new one"))
    return redirect(HOME, code=303)


@routes.post(f"{HOME}/<int(max={LARGEST_NUMBER}):number>")
def settle(number: int) -> AnyResponse:
    """Do with a message that was given up what the button says."""
    said, do = ACTS.get(request.form.get("act", ""), (None, None))
    if do is None:
        raise NotFound
    person = me()
    try:
        found = desk().transact(lambda work: do(work, number, person))
    except NotFound as error:
        return _page(error)
    desk().lane.ring()
    keep_toast(Toast(said=said or "", what=f"{found.topic} {found.id}"))
    return redirect(HOME, code=303)


def _page(problem: NotFound | None = None) -> Response:
    person = me()
    require_right_to_operate(person)
    workers = desk().lane.workers()
    found, held, now = desk().read(
        lambda work: (service.look(work, person), stops.in_force(work), work.now)
    )
    backlog = found.backlog
    response = show(
        WHOLE,
        WHOLE,
        HOME,
        held,
        lines=[_line(due, now, workers) for due in backlog.due],
        redis_away=workers is None,
        retried=found.retried,
        given_up=found.given_up,
        agents=found.agents,
        acts=[(one, ACT_WORDS.get(one.what, one.what)) for one in found.acts],
        all_retried=counted(sum(backlog.retried.values())),
        all_given_up=counted(sum(backlog.given_up.values())),
        problem=problem.detail if problem else None,
    )
    response.status_code = 404 if problem else 200
    return response


def _line(due: Due, now: datetime, workers: Mapping[Reach, Alive] | None) -> Line:
    return Line(
        reach=due.reach,
        says=SAYS[due.reach],
        depth=counted(due.depth),
        oldest_at=due.oldest_at,
        late=due.lag(now) > MOST_LAG,
        topics=tuple((name, counted(count)) for name, count in due.topics.items()),
        alive=workers[due.reach] if workers else None,
    )
