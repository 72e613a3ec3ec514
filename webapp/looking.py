"""Look at the world for a handoff, outside of any transaction: for people who decide, before it begins, and after."""

from __future__ import annotations

from http import HTTPStatus

from webapp.desk import Desk
from webapp.domain.handoff import Handoff
from webapp.domain.look import Seen
from webapp.domain.preview import Pictured, pictured
from webapp.domain.run_errors import WorldUnseen
from webapp.domain.verifying import Finding, as_seen
from webapp.gateways.looks import ask
from webapp.gateways.secrets import Secrets
from webapp.services.previews import Fresh
from webapp.services.verify import expected

GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def picture(desk: Desk, handoff: Handoff) -> Pictured:
    """Ask once for what people are shown of this handoff."""
    found, _ = _asked(desk, handoff)
    return found


def look_into(desk: Desk, handoff: Handoff) -> Finding:
    """Look once whether what was reported as a success is one."""
    verify, action = handoff.terms.verify, handoff.action
    if verify is None or action is None:
        raise ValueError("nothing is verified of this handoff")
    known = desk.read(lambda work: expected(work, handoff))
    asks = verify.condition is not None or known is not None
    seen = ask(desk.web, Secrets(desk.config.secrets), verify.look, action.args) if asks else Seen()
    return as_seen(verify, action.args, known, seen)


def picture_now(desk: Desk, handoff: Handoff) -> Fresh:
    """Ask just before it begins; what is gone has moved. Raises WorldUnseen where nobody knows how it is."""
    found, status = _asked(desk, handoff)
    if found.problem is not None and status not in GONE:
        raise WorldUnseen(f"What people saw cannot be looked at again: {found.problem}")
    return Fresh(permit=handoff.permit.id if handoff.permit else "", picture=found)


def _asked(desk: Desk, handoff: Handoff) -> tuple[Pictured, int | None]:
    preview = handoff.terms.preview
    if preview is None or handoff.action is None:
        raise ValueError("nothing is shown of this handoff")
    seen = ask(desk.web, Secrets(desk.config.secrets), preview.look, handoff.action.args)
    return pictured(preview, seen), seen.status
