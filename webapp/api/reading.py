"""Read handoffs: one, waiting for it to move, or many, page by page."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from webapp.api.callers import agent, caller, desk
from webapp.api.views import for_agent, for_person, respond
from webapp.domain.decision import Person
from webapp.domain.handoff import Agent, Handoff, Status
from webapp.http.requests import Query, bearer
from webapp.services.decide import seen
from webapp.services.deliver import Delivery, deliver, deliver_all, own
from webapp.services.find import Filter, find
from webapp.work import Work

api = Blueprint("reading_api", __name__, url_prefix="/api/v1")
LONGEST_WAIT = 30
USUAL_PAGE, LONGEST_PAGE = 20, 100
GREATEST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """Where a handoff stood when it was looked at, and nothing else: thousands of these wait at once."""

    status: Status
    version: int


@api.get("/handoffs/<handoff_id>")
def read_handoff(handoff_id: str) -> Response:
    """Give a handoff as it stands; with `wait` as soon as it has moved."""
    credential, query = bearer(), Query("wait", "after")
    wait = query.number("wait", 0, 0, LONGEST_WAIT) or 0
    after = query.number("after", None, 0, GREATEST_VERSION)
    query.check()
    moved = _wait_for(handoff_id, credential, after, wait) if wait else True
    body, delivery = desk().read(lambda work: _view(work, credential, handoff_id))
    if not moved:
        body["poll_after"] = 1
    return respond(body, [delivery])


@api.get("/handoffs")
def list_handoffs() -> Response:
    """Give the agent's own handoffs, newest first."""
    credential = bearer()
    query = Query("key", "status", "run_id", "thread_id", "since", "cursor", "limit")
    size = query.number("limit", USUAL_PAGE, 1, LONGEST_PAGE) or USUAL_PAGE
    status = query.choice("status", Status)
    wanted = {
        "key": query.text("key"),
        "status": Status(status) if status in list(Status) else None,
        "run_id": query.text("run_id"),
        "thread_id": query.text("thread_id"),
        "since": query.instant("since"),
        "before": read_cursor(query),
    }
    query.check()

    def use_case(work: Work) -> tuple[list[Delivery], bool]:
        who = agent(work, credential)
        page = find(work, Filter(agent_id=who.id, **wanted), size)
        return deliver_all(work, page.handoffs), page.more

    found, more = desk().read(use_case)
    last = found[-1].handoff.id if found else ""
    body = {
        "handoffs": [for_agent(desk(), one, desk().world.now()) for one in found],
        "has_more": more,
        "next_cursor": write_cursor(last) if more else None,
    }
    return respond(body, found)


def _wait_for(handoff_id: str, credential: str, after: int | None, seconds: int) -> bool:
    """Wait until the handoff has moved or the time is up; no connection is held meanwhile."""
    where = desk()
    until = where.world.now() + timedelta(seconds=seconds)
    with where.wakeups.waiting(handoff_id) as waiter:
        while True:
            here = where.read(lambda work: _standpoint(work, credential, handoff_id))
            if _has_moved(here, after):
                return True
            left = (until - where.world.now()).total_seconds()
            if left <= 0 or not waiter.wait(left):
                return False


def _has_moved(here: Standpoint, after: int | None) -> bool:
    if after is None:
        return here.status is not Status.PENDING
    return here.version > after


def _standpoint(work: Work, credential: str, handoff_id: str) -> Standpoint:
    handoff = _visible(work, caller(work, credential), handoff_id)
    return Standpoint(status=handoff.status, version=handoff.version)


def _view(work: Work, credential: str, handoff_id: str) -> tuple[dict[str, Any], Delivery]:
    who = caller(work, credential)
    delivery = deliver(work, _visible(work, who, handoff_id))
    if isinstance(who, Agent):
        return for_agent(desk(), delivery, desk().world.now()), delivery
    return for_person(desk(), delivery), delivery


def _visible(work: Work, who: Agent | Person, handoff_id: str) -> Handoff:
    if isinstance(who, Agent):
        return own(work, who, handoff_id)
    return seen(work, handoff_id, who)


def write_cursor(last: str) -> str:
    """Wrap the place where a page ended; opaque, and with a version so that its form may change."""
    return base64.urlsafe_b64encode(f"1:{last}".encode()).decode().rstrip("=")


def read_cursor(query: Query) -> str | None:
    """Unwrap a cursor."""
    given = query.text("cursor")
    if given is None:
        return None
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith("1:"):
        query.refuse("cursor", "the next_cursor of the page before")
    return text[2:]


