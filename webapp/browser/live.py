"""Tell open pages that something changed; what it is they fetch with their own rights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Lock

from flask import Blueprint, Response

from webapp.browser.here import desk
from webapp.desk import Desk
from webapp.gateways.wakeups import PEOPLE

routes = Blueprint("live", __name__)
SILENCE = 15.0
LONGEST = timedelta(minutes=10)
CHANGED = "event: queue\ndata: {}\n\n"
STILL_HERE = ": still here\n\n"


class Room:
    """Count the streams of this process, so that they never take every thread from the others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = 0

    def enter(self, most: int) -> bool:
        """Take a place, unless all are taken."""
        with self._lock:
            free = self._taken < most
            self._taken += free
        return free

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1


room = Room()


@routes.get("/live")
def stream() -> Response:
    """Stream a word at each change; 503 where no place is left, and the page asks by itself."""
    where = desk()
    if not room.enter(_places(where)):
        return Response(status=503, headers={"Retry-After": "10"})
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    response = Response(_words(where), mimetype="text/event-stream", headers=headers)
    response.call_on_close(room.leave)
    return response


def _places(where: Desk) -> int:
    """Leave half of the threads free; greenlets cost next to nothing."""
    return where.config.threads // 2 if where.config.on_sqlite else 5000


def _words(where: Desk) -> Iterator[str]:
    """Speak at each change and in each silence; end by itself, so that sign-outs take effect."""
    ends = where.world.now() + LONGEST
    with where.wakeups.waiting(PEOPLE) as waiter:
        yield "retry: 1000\n\n"
        while where.world.now() < ends:
            yield CHANGED if waiter.wait(SILENCE) else STILL_HERE
