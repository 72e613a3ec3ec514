"""Have the world looked at again, for somebody who is about to decide."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.decisions import called, refused, show_after
from webapp.browser.frame import Toast
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.errors import HandrailError
from webapp.services.previews import look_again

routes = Blueprint("looks", __name__)


@routes.post("/handoffs/<handoff_id>/look")
def take(handoff_id: str) -> AnyResponse:
    """Ask for another look; what it shows comes to the page by itself."""
    person = me()
    try:
        handoff = desk().transact(lambda work: look_again(work, handoff_id, person))
    except HandrailError as error:
        return refused(handoff_id, error)
    desk().lane.ring()
    toast = Toast(said="Looking again; it shows here in a moment", what=called(handoff))
    return show_after(handoff_id, toast)
