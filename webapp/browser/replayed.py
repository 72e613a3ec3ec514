"""The verdicts of one handoff again, as they were and under another version of the policy, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from webapp.browser.frame import show
from webapp.browser.handoff_page import ROUTE_ICONS
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.errors import NotFound
from webapp.domain.shadow import is_blind
from webapp.domain.stop import Stop
from webapp.services import inbox, policies, stops
from webapp.services.inbox import Look
from webapp.services.replay import Compared, replay_one
from webapp.work import Work

routes = Blueprint("replayed", __name__)
WHOLE = "handoff/replay.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is shown: the handoff, its verdicts, and the versions to choose from."""

    look: Look
    verdicts: list[Compared]
    versions: list[int]
    number: int | None
    stops: tuple[Stop, ...]


@routes.get("/handoffs/<handoff_id>/replay")
def index(handoff_id: str) -> Response:
    """Show each verdict with what another version would say of it."""
    person = me()
    wanted = request.args.get("policy", "")

    def read(work: Work) -> Seen:
        look = inbox.look(work, person, handoff_id)
        if is_blind(look.handoff):
            raise NotFound("What policy makes of this is kept from people until they have decided.")
        versions = [number for number, *_ in policies.versions(work)]
        number = int(wanted) if wanted in map(str, versions) else None
        return Seen(
            look=look,
            verdicts=replay_one(work, look.handoff.id, number),
            versions=versions,
            number=number,
            stops=stops.in_force(work),
        )

    seen = desk().read(read)
    return show(WHOLE, WHOLE, "/handoffs", seen.stops, seen=seen, route_icons=ROUTE_ICONS)
