"""Alerts above the queue: what people should know of an agent that no handoff tells, and taking it off the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.frame import Toast, keep_toast
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.alert import Alert
from webapp.domain.decision import Person
from webapp.services import alerts as service
from webapp.work import Work

routes = Blueprint("alerts", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert as one person sees it; `faults` names what was wrong with what the agent sent."""

    id: str
    says: str
    agent: str
    since: datetime
    faults: tuple[str, ...]
    may_settle: bool
    handoff: str | None = None
    why: str | None = None


@routes.post("/alerts/<alert_id>/settle")
def settle(alert_id: str) -> AnyResponse:
    """Take an alert off the list."""
    person = me()
    settled = desk().transact(lambda work: service.settle(work, alert_id, person))
    keep_toast(Toast(said="Settled", what=settled.says))
    return redirect("/", code=303)


def alert_lines(work: Work, person: Person) -> tuple[AlertLine, ...]:
    """List the alerts that this person should know of, oldest first."""
    return tuple(_line(one, person) for one in service.open_for(work, person))


def _line(of: Alert, person: Person) -> AlertLine:
    return AlertLine(
        id=of.id,
        says=of.says,
        agent=of.agent,
        since=of.opened_at,
        faults=_faults(of.detail.get("faults", ())),
        may_settle=service.may_settle(person, of),
        handoff=of.detail.get("handoff"),
        why=of.detail.get("why"),
    )


def _faults(found: Sequence[dict[str, str]]) -> tuple[str, ...]:
    return tuple(f"{one['pointer'] or 'body'}: {one['message']}" for one in found)
