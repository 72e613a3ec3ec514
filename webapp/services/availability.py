"""Availability: whom to tell that a handoff waits, and an alarm where nobody can decide it."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.domain.account import User
from webapp.domain.alert import AlertKind
from webapp.domain.handoff import Handoff, Status
from webapp.domain.recipients import Recipient, nobody_can, to_tell
from webapp.services.alerts import Concern, raise_alert
from webapp.store import accounts, alerts
from webapp.work import Work


def recipients(work: Work, handoff: Handoff) -> tuple[Recipient, ...]:
    """Say who is to be told now that this handoff waits."""
    return to_tell(handoff, _deciders(work, handoff))


def why_nobody(work: Work, handoff: Handoff) -> str | None:
    """Say why nobody can decide this handoff now; None where enough people can, or where it waits for none."""
    if handoff.status is not Status.PENDING:
        return None
    return nobody_can(handoff, _deciders(work, handoff))


def raise_alarm(work: Work, handoff: Handoff, why: str) -> None:
    """Tell the owner team that nobody can decide what an agent asks: once for each handoff."""
    known = alerts.newest(work, handoff.agent_id, AlertKind.NOBODY)
    if known and known.settled_at is None and known.detail["handoff"] == handoff.id:
        return
    concern = Concern(
        kind=AlertKind.NOBODY,
        agent_id=handoff.agent_id,
        agent=handoff.agent,
        owner=handoff.owner,
        detail={"handoff": handoff.id, "teams": list(handoff.teams), "why": why},
    )
    raise_alert(work, concern)


def _deciders(work: Work, handoff: Handoff) -> Sequence[User]:
    return accounts.deciders(work, handoff.teams)
