"""Tell open pages that something changed; what it is they fetch with their own rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Response

from webapp.browser.here import desk
from webapp.desk import Desk
from webapp.gateways.wakeups import PEOPLE
from webapp.http import room

routes = Blueprint("live", __name__)
SILENCE = 5.0  # seconds; that a page was left is noticed at the second word to it, and its place is taken until then
LONGEST = timedelta(minutes=10)
CHANGED = "event: queue\ndata: {}\n\n"
STILL_HERE = ": still here\n\n"


@routes.get("/live")
def stream() -> Response:
    """Stream a word at each change; 503 where no place is left, and the page asks by itself."""
    where = desk()
    if not room.people.enter(room.for_people(where.config)):
        return Response(status=503, headers={"Retry-After": "10"})
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    response = Response(_words(where), mimetype="text/event-stream", headers=headers)
    response.call_on_close(room.people.leave)
    return response


def _words(where: Desk) -> Iterator[str]:
    """Speak at each change and in each silence; end by itself, so that sign-outs take effect."""
    ends = where.world.now() + LONGEST
    with where.wakeups.waiting(PEOPLE) as waiter:
        yield "retry: 1000\n\n"
        while where.world.now() < ends:
            yield CHANGED if waiter.wait(SILENCE) else STILL_HERE
