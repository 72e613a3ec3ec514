"""Verify: hold what is reported as a success against what was expected of it; what is contradicted is an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.domain import verifying
from webapp.domain.alert import AlertKind
from webapp.domain.handoff import Handoff, Source, Status
from webapp.domain.verifying import Finding, as_reported, expected_of
from webapp.services.advance import advance
from webapp.services.alerts import Concern, raise_alert
from webapp.store import handoffs
from webapp.work import Work


def hold_report_against_claim(work: Work, after: Handoff, detail: Mapping[str, Any]) -> Handoff:
    """Compare the effect that a report of success tells of with the one that the agent expected."""
    if after.status is not Status.SUCCEEDED or "effect" not in detail:
        return after
    claim = handoffs.content(work, after.id, after.claim_sequence).body
    by = Source.TOOL if after.terms.executor else Source.AGENT
    finding = as_reported(expected_of(after, claim), detail["effect"], by)
    return keep(work, after, finding) if finding else after


def keep(work: Work, before: Handoff, finding: Finding) -> Handoff:
    """Keep what was found out, and tell people where it is not as reported. Raises NotVerifiable."""
    after = advance(work, verifying.verified(before, finding, work.now))
    if after.contradicted:
        raise_alert(work, _concern(after))
    return after


def _concern(handoff: Handoff) -> Concern:
    return Concern(
        kind=AlertKind.CONTRADICTED,
        agent_id=handoff.agent_id,
        agent=handoff.agent,
        owner=handoff.owner,
        detail={"handoff": handoff.id, "action": handoff.target_name},
    )
