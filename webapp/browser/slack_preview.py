"""What Slack would show, drawn here from the very blocks that Slack would get; nothing can be pressed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, request

from webapp.browser.frame import show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.gateways.slack_message import Block, message, outcome
from webapp.services import specimens, stops
from webapp.services.specimens import Specimen
from webapp.work import Work

routes = Blueprint("slack_preview", __name__)
HOME, PAGE = "/slack-preview", "slack/preview.html"
NO_COPY = "nt_preview:0"  # what the buttons would carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One message, and what would be said in its thread."""

    handoff_id: str
    blocks: tuple[Block, ...]
    thread: tuple[Block, ...]


@routes.get(HOME)
def index() -> Response:
    """Show what waits and what was decided as a channel would show it; `handoff` asks for one alone."""
    person, wanted = me(), request.args.get("handoff")

    def read(work: Work) -> list[Specimen]:
        return (
            [specimens.specimen(work, person, wanted)]
            if wanted
            else specimens.specimens(work, person)
        )

    held = desk().read(stops.in_force)
    drawn = [_drawn(one) for one in desk().read(read)]
    in_slack = desk().slack is not None
    return show(PAGE, PAGE, "/you", held, messages=drawn, wanted=wanted, in_slack=in_slack)


def _drawn(one: Specimen) -> Drawn:
    notice = one.notice
    link = f"{desk().config.public_url}/handoffs/{notice.handoff_id}"
    _, blocks = message(notice, NO_COPY, link, one.like)
    return Drawn(
        handoff_id=notice.handoff_id,
        blocks=tuple(blocks),
        thread=tuple(outcome(notice)),
    )
