"""Notify people through the log: one calm line for each handoff that needs them.

No title and no text of an agent's stands in it: logs go to places that no policy knows of.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from webapp.domain.alert import Alert
from webapp.domain.handoff import Handoff, Status

log = structlog.stdlib.get_logger("handrail.console")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Notify through the log; `public_url` is where people reach Handrail."""

    public_url: str

    def tell(self, handoff: Handoff) -> None:
        """Say which handoff needs whom, and where; nothing where it needs nobody any more."""
        need = needed(handoff)
        if need is None:
            return
        log.info(
            need,
            handoff=handoff.id,
            agent=handoff.agent,
            asks_for=handoff.target_name,
            risk=handoff.verdict.risk.value,
            teams=list(handoff.teams) or [handoff.owner],
            until=handoff.deadline_at.isoformat() if handoff.deadline_at else None,
            link=f"{self.public_url}/handoffs/{handoff.id}",
        )

    def warn(self, alert: Alert) -> None:
        """Say what people should know of an agent, and where; nothing where somebody has settled it."""
        if alert.settled_at:
            return
        log.warning(
            alert.says,
            agent=alert.agent,
            teams=[alert.owner],
            link=f"{self.public_url}/agents",
        )

    def tell_of_level(self, agent: str, team: str, says: str, level: str) -> None:
        """Say what is new about an agent's level of autonomy."""
        link = f"{self.public_url}/agents/{agent}"
        log.info(says, agent=agent, level=level, teams=[team], link=link)


def needed(handoff: Handoff) -> str | None:
    """Say in a few words what a handoff needs people for, as it stands now."""
    outcome = handoff.outcome
    if handoff.status is Status.PENDING:
        return "still waits for a decision" if handoff.reminded else "waits for a decision"
    if handoff.status is Status.EXPIRED:
        return "expired, nothing ran"
    if outcome and handoff.sequence > outcome.sequence:
        return "reported a second outcome, compare both"
    if handoff.status is Status.UNKNOWN:
        return "nobody knows whether it ran, look and settle it"
    return None
