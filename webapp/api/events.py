"""Server-sent events of all of an agent's handoffs, on one connection, resumed without loss."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Response, request

from webapp.api.callers import agent, desk, known_first
from webapp.desk import Desk
from webapp.domain.errors import FieldProblem, NotAuthenticated, SubmissionInvalid, Unavailable
from webapp.domain.handoff import Agent
from webapp.handoff_json import instant
from webapp.http import room
from webapp.http.requests import Query, bearer
from webapp.services.stream import Happened, Place, happened_since, newest_place
from webapp.work import Work

api = Blueprint("events_api", __name__, url_prefix="/api/v1")
LOOK_AGAIN = 5.0
AT_ONCE = 0.05
SILENCE = timedelta(seconds=15)
LONGEST = timedelta(minutes=10)
BATCH = 100


@api.get("/events")
def stream_events() -> Response:
    """Stream what happens to the agent's handoffs; `Last-Event-ID` resumes after that event."""
    where, credential = desk(), bearer()
    with known_first(credential):
        query = Query("last_event_id")
        query.check()
        given = request.headers.get("Last-Event-ID") or query.text("last_event_id")
        place = _place(given) if given else None
    who = where.read(lambda work: agent(work, credential))
    place = place or where.read(newest_place)
    if not room.agents.enter(room.for_agents(where.config)):
        raise Unavailable("As many wait here as may.", hint="Try again soon, or read with wait.")
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    frames = _stream(where, who, credential, place)
    response = Response(frames, mimetype="text/event-stream", headers=headers)
    response.call_on_close(room.agents.leave)
    return response


def _stream(where: Desk, who: Agent, credential: str, place: Place) -> Iterator[str]:
    """Write events as they happen, and a comment in each silence.

    Ends by itself, so that deploys and revoked keys take effect.
    """
    spoke = where.world.now()
    ends, pause = spoke + LONGEST, LOOK_AGAIN
    yield f"retry: 2000\nid: {place}\nevent: ready\ndata: {{}}\n\n"
    with where.wakeups.waiting(who.id) as waiter:
        while where.world.now() < ends:
            found = _after(where, credential, place)
            if found is None:
                return
            for one in found:
                place = one.place
                yield _frame(one)
            now = where.world.now()
            if not found and now - spoke > SILENCE:
                yield ": still here\n\n"
            if found or now - spoke > SILENCE:
                spoke = now
            if len(found) < BATCH:
                # an event shows only once every older transaction is over: soon look again
                pause = AT_ONCE if waiter.wait(pause) else min(pause * 2, LOOK_AGAIN)


def _after(where: Desk, credential: str, place: Place) -> list[Happened] | None:
    """Read on; None where the key was revoked while the stream was open."""

    def use_case(work: Work) -> list[Happened]:
        return happened_since(work, agent(work, credential).id, place, BATCH)

    try:
        return where.read(use_case)
    except NotAuthenticated:
        return None


def _frame(one: Happened) -> str:
    if one.level is not None:
        moved = {"type": one.type, "level": one.level, "at": instant(one.at)}
        return f"id: {one.place}\nevent: level\ndata: {json.dumps(moved)}\n\n"
    data = {
        "handoff": one.handoff_id,
        "type": one.type,
        "status": one.status,
        "revision": one.revision,
        "version": one.version,
        "at": instant(one.at),
    }
    return f"id: {one.place}\nevent: handoff\ndata: {json.dumps(data)}\n\n"


def _place(given: str) -> Place:
    """Read a cursor that a stream gave before. Raises SubmissionInvalid."""
    place = Place.read(given)
    if place is None:
        problem = FieldProblem(
            pointer="Last-Event-ID",
            code="cursor",
            message="This is no id of an event of this stream.",
            expected="the id of the last event that was received, or no such header",
        )
        raise SubmissionInvalid(problem.message, problems=[problem])
    return place
