"""Look at the world for a handoff, outside of any transaction: for people who decide, and before it begins."""

from __future__ import annotations

from webapp.desk import Desk
from webapp.domain.handoff import Handoff
from webapp.domain.preview import Pictured, pictured
from webapp.domain.run_errors import WorldUnseen
from webapp.gateways.looks import ask
from webapp.gateways.secrets import Secrets
from webapp.services.previews import Fresh


def picture(desk: Desk, handoff: Handoff) -> Pictured:
    """Ask once for what people are shown of this handoff."""
    preview = handoff.terms.preview
    if preview is None or handoff.action is None:
        raise ValueError("nothing is shown of this handoff")
    seen = ask(desk.web, Secrets(desk.config.secrets), preview.look, handoff.action.args)
    return pictured(preview, seen)


def picture_now(desk: Desk, handoff: Handoff) -> Fresh:
    """Ask just before it begins. Raises WorldUnseen."""
    found = picture(desk, handoff)
    if found.problem is not None:
        raise WorldUnseen(f"What people saw cannot be looked at again: {found.problem}")
    return Fresh(permit=handoff.permit.id if handoff.permit else "", picture=found)
