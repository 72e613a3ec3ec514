"""The kill switch: see what is stopped, stop something, lift a stop."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.directory import policy_in_force
from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.decision import Person, require_right_to_stop
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.stop import Scope, Stage, Stop
from webapp.services import accounts
from webapp.services import stops as service
from webapp.work import Work

routes = Blueprint("stops", __name__)
WHOLE = "stops/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopForm:
    """What was typed into the form."""

    scope: str = Scope.AGENT.value
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stop in the list, with what the person who looks may do about it."""

    stop: Stop
    may_lift: bool
    may_rotate: bool


@routes.get("/stops")
def index() -> Response:
    """List the stops in force, with the form for another."""
    return _page(StopForm())


@routes.post("/stops")
def stop() -> AnyResponse:
    """Put a stop in force; what it covers cannot start from the answer on."""
    person = me()
    require_right_to_stop(person)
    said = StopForm(**{name: request.form.get(name, "").strip() for name in StopForm.__slots__})
    try:
        scope = _scope(said)
        name = None if scope is Scope.GLOBAL else said.name or None
        held = desk().transact(
            lambda work: service.stop(work, scope, name, said.reason, person.email)
        )
    except SubmissionInvalid as error:
        return _page(said, error.detail)
    keep_toast(Toast(said="Stopped", what=held.describe()))
    return redirect("/stops", code=303)


@routes.post("/stops/<stop_id>/lift")
def lift(stop_id: str) -> AnyResponse:
    """Lift a stop wholly, or as far as people deciding everything."""
    person = me()
    to = Stage.SUPERVISED if request.form.get("to") == Stage.SUPERVISED else None
    held = desk().transact(lambda work: service.lift(work, stop_id, person, to))
    said = "Under supervision" if to else "Lifted"
    keep_toast(Toast(said=said, what=f"the stop of {held.describe()}"))
    return redirect("/stops", code=303)


@routes.post("/stops/<stop_id>/rotate")
def rotate(stop_id: str) -> AnyResponse:
    """Revoke the keys of the agent that is stopped, and show its new one this once."""
    person = me()
    name, key = desk().transact(lambda work: service.rotate(work, stop_id, person))
    return _page(StopForm(), fresh_key=(name, key.secret))


def _scope(said: StopForm) -> Scope:
    if said.scope not in set(Scope):
        raise SubmissionInvalid("Choose what to stop.")
    return Scope(said.scope)


def _page(
    form: StopForm, problem: str | None = None, fresh_key: tuple[str, str] | None = None
) -> Response:
    person = me()

    def read(work: Work) -> tuple[list[Line], list[str]]:
        policy = policy_in_force(work)
        names = [one.name for one in accounts.agents(work)]
        lines = [_line(work, stop, person) for stop in service.in_force(work)]
        return lines, [*names, *(policy.actions if policy else ())]

    lines, names = desk().read(read)
    response = show(
        WHOLE,
        WHOLE,
        "/stops",
        tuple(line.stop for line in lines),
        lines=lines,
        form=form,
        names=names,
        problem=problem,
        fresh_key=fresh_key,
    )
    response.status_code = 422 if problem else 200
    return response


def _line(work: Work, stop: Stop, person: Person) -> Line:
    may_lift = service.may_lift(work, stop, person)
    return Line(stop=stop, may_lift=may_lift, may_rotate=service.may_rotate(work, stop, person))
