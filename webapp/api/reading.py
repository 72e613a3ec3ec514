"""Read handoffs: one, waiting for it to move, or many, page by page."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Response

from webapp.api.callers import agent, caller, desk, known_first
from webapp.api.responses import respond
from webapp.desk import Desk
from webapp.domain.decision import Person
from webapp.domain.handoff import Agent, Handoff, Kind, Status
from webapp.handoff_json import for_agent, for_person
from webapp.http import room
from webapp.http.requests import Query, bearer
from webapp.services.decide import seen as seen_by
from webapp.services.deliver import (
    Delivery,
    deliver,
    deliver_all,
    deliver_to_person,
    find_own,
    own,
)
from webapp.services.find import Filter, find
from webapp.work import Work

api = Blueprint("reading_api", __name__, url_prefix="/api/v1")
LONGEST_WAIT = 30
USUAL_PAGE, LONGEST_PAGE = 20, 100
GREATEST_VERSION = 2**31 - 1
POLL_AFTER = 1  # seconds to leave us alone after a wait in which nothing has moved
CURSOR = re.compile(r"1:(ho_[0-9a-z]{26})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which handoff somebody asks for, and what they know of it already."""

    handoff_id: str
    credential: str
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A handoff as it was found, by whom, and whether it has moved since they looked last."""

    delivery: Delivery
    by: Agent | Person
    moved: bool


@api.get("/handoffs/<handoff_id>")
def read_handoff(handoff_id: str) -> Response:
    """Give a handoff as it stands; with `wait` as soon as it has moved."""
    credential = bearer()
    with known_first(credential, caller):
        query = Query("wait", "after")
        seconds = query.number("wait", 0, 0, LONGEST_WAIT) or 0
        after = query.number("after", None, 0, GREATEST_VERSION)
        query.check()
    ask = Ask(handoff_id=handoff_id, credential=credential, after=after)
    seen = _wait_for(ask, seconds) if seconds else None
    seen = seen or desk().read(partial(_look, ask=ask))
    body = _body(seen)
    if seconds and not seen.moved:
        body["poll_after"] = POLL_AFTER
    return respond(body, [seen.delivery])


@api.get("/handoffs")
def list_handoffs() -> Response:
    """Give the agent's own handoffs, newest first."""
    credential = bearer()
    with known_first(credential):
        query = Query("key", "status", "kind", "run_id", "thread_id", "since", "cursor", "limit")
        size = query.number("limit", USUAL_PAGE, 1, LONGEST_PAGE) or USUAL_PAGE
        wanted = Filter(
            key=query.text("key"),
            status=query.choice("status", Status),
            kind=query.choice("kind", Kind),
            run_id=query.text("run_id"),
            thread_id=query.text("thread_id"),
            since=query.instant("since"),
            before=read_cursor(query),
        )
        query.check()

    def use_case(work: Work) -> tuple[list[Delivery], bool]:
        page = find(work, replace(wanted, agent_id=agent(work, credential).id), size)
        return deliver_all(work, page.handoffs), page.more

    where = desk()
    found, more = where.read(use_case)
    body = {
        "handoffs": [for_agent(where, one, where.world.now()) for one in found],
        "has_more": more,
        "next_cursor": write_cursor(found[-1].handoff.id) if more else None,
    }
    return respond(body, found)


def _wait_for(ask: Ask, seconds: int) -> Seen | None:
    """Give the handoff as soon as it has moved, None when the time is up or no place is left.

    No connection is held meanwhile.
    """
    where = desk()
    if not room.agents.enter(room.for_agents(where.config)):
        return None
    try:
        return _woken(where, ask, seconds)
    finally:
        room.agents.leave()


def _woken(where: Desk, ask: Ask, seconds: int) -> Seen | None:
    until = where.world.now() + timedelta(seconds=seconds)
    with where.wakeups.waiting(ask.handoff_id) as waiter:
        while True:
            seen = where.read(partial(_look_if_moved, ask=ask))
            left = (until - where.world.now()).total_seconds()
            if seen or not waiter.wait(left):
                return seen


def _look(work: Work, ask: Ask) -> Seen:
    return _seen(work, ask, *_found(work, ask))


def _look_if_moved(work: Work, ask: Ask) -> Seen | None:
    """Gather the content only where something is new: most who are woken wait on."""
    who, handoff = _found(work, ask)
    return _seen(work, ask, who, handoff) if _has_moved(ask, handoff) else None


def _seen(work: Work, ask: Ask, who: Agent | Person, handoff: Handoff) -> Seen:
    gather = deliver if isinstance(who, Agent) else deliver_to_person
    return Seen(delivery=gather(work, handoff), by=who, moved=_has_moved(ask, handoff))


def _found(work: Work, ask: Ask) -> tuple[Agent | Person, Handoff]:
    found = find_own(work, ask.credential, ask.handoff_id)
    if found:
        return found
    who = caller(work, ask.credential)
    if isinstance(who, Agent):
        return who, own(work, who, ask.handoff_id)
    return who, seen_by(work, ask.handoff_id, who)


def _has_moved(ask: Ask, handoff: Handoff) -> bool:
    if ask.after is None:
        return handoff.status is not Status.PENDING
    return handoff.version > ask.after


def _body(seen: Seen) -> dict[str, Any]:
    where = desk()
    if isinstance(seen.by, Agent):
        return for_agent(where, seen.delivery, where.world.now())
    return for_person(where, seen.delivery)


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
    match = CURSOR.fullmatch(text)
    if match is None:
        query.refuse("cursor", "the next_cursor of the page before")
        return None
    return match[1]
