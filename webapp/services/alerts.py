"""Alerts: tell people once what no handoff tells them, and let them take it off their list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.domain.alert import Alert, AlertKind
from webapp.domain.decision import EVERY_TEAM, Person
from webapp.domain.errors import Forbidden, NotFound
from webapp.domain.handoff import Actor
from webapp.domain.message import Message, Topic
from webapp.store import alerts as store
from webapp.store import handoffs
from webapp.work import Work

BY_ITSELF = "Handrail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What people should know of whom; `owner` is the team that should."""

    kind: AlertKind
    agent_id: str
    agent: str
    owner: str
    detail: Mapping[str, Any]
    count: int = 1


def raise_alert(work: Work, concern: Concern) -> bool:
    """Open an alert and tell people, or count on where one is open; say whether it was opened."""
    fresh = Alert(
        id=work.new_id("al"),
        kind=concern.kind,
        agent_id=concern.agent_id,
        agent=concern.agent,
        owner=concern.owner,
        opened_at=work.now,
        last_at=work.now,
        count=concern.count,
        detail=concern.detail,
    )
    if store.add(work, fresh):
        handoffs.post(work, Message(topic=Topic.ALERT, handoff_id=fresh.id, due_at=work.now))
        return True
    known = store.newest(work, concern.agent_id, concern.kind)
    if known:
        again = replace(known, count=known.count + 1, last_at=work.now, detail=concern.detail)
        store.save(work, again)
    return False


def settle(work: Work, alert_id: str, who: Person | Actor) -> Alert:
    """Take an alert off the list, and keep who did; again is no error.

    An `Actor` is the command line, whose rights are those of whoever may use it. Raises NotFound, and Forbidden without
    the right.
    """
    work.begin()
    alert = store.find(work, alert_id)
    if alert is None or not _sees(who, alert):
        raise NotFound("There is no such alert.")
    if not may_settle(who, alert):
        raise Forbidden(f"Only an approver or admin of {alert.owner} settles this.")
    if alert.settled_at:
        return alert
    name = who.email if isinstance(who, Person) else who.name
    settled = replace(alert, settled_at=work.now, settled_by=name)
    store.save(work, settled)
    return settled


def end(work: Work, alert: Alert) -> None:
    """Note that what was alerted of is over by itself."""
    settled_at, by = alert.settled_at or work.now, alert.settled_by or BY_ITSELF
    store.save(work, replace(alert, over_at=work.now, settled_at=settled_at, settled_by=by))


def open_for(work: Work, who: Person | Actor) -> list[Alert]:
    """List what somebody should know, oldest first."""
    teams = None if isinstance(who, Actor) or who.sees_all else who.teams
    return store.unsettled(work, teams)


def may_settle(who: Person | Actor, alert: Alert) -> bool:
    """Say whether somebody may take it off the list: whoever decides for the owner team."""
    return isinstance(who, Actor) or bool({alert.owner, EVERY_TEAM} & set(who.deciding_teams))


def find(work: Work, alert_id: str) -> Alert | None:
    """Give one alert, for telling people of it."""
    return store.find(work, alert_id)


def _sees(who: Person | Actor, alert: Alert) -> bool:
    return isinstance(who, Actor) or who.sees_all or alert.owner in who.teams
