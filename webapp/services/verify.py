"""Verify: hold what is reported as a success against what was expected of it; what is contradicted is an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.domain import verifying
from webapp.domain.alert import AlertKind
from webapp.domain.handoff import Handoff, Source, Status
from webapp.domain.json_text import JSON
from webapp.domain.message import Attempt
from webapp.domain.verifying import Finding, again_in, as_reported, expected_of
from webapp.services.advance import advance
from webapp.services.alerts import Concern, raise_alert
from webapp.store import handoffs, outbox
from webapp.work import Work


def hold_report_against_claim(work: Work, after: Handoff, detail: Mapping[str, Any]) -> Handoff:
    """Compare the effect that a report of success tells of with the one that the agent expected."""
    told = after.status is Status.SUCCEEDED and "effect" in detail
    if not told or after.waits_for_verification:  # a look is worth more than a word
        return after
    by = Source.TOOL if after.terms.executor else Source.AGENT
    finding = as_reported(expected(work, after), detail["effect"], by)
    return keep(work, after, finding) if finding else after


def expected(work: Work, handoff: Handoff) -> Mapping[str, JSON] | None:
    """Give the effect that the agent expects of this handoff; None without one."""
    claim = handoffs.content(work, handoff.id, handoff.claim_sequence).body
    return expected_of(handoff, claim)


def record(work: Work, attempt: Attempt, asked: Handoff, finding: Finding) -> None:
    """Keep what a look has shown and strike the message out, or have it looked at again."""
    before = handoffs.find(work, asked.id, lock=True)
    if before is None or not before.waits_for_verification:
        outbox.remove(work, attempt)
        return
    pause = again_in(before, finding, attempt.number, work.now, work.store.world.jitter())
    if pause is None:
        keep(work, before, finding)
        outbox.remove(work, attempt)
    else:
        outbox.postpone(work, attempt, work.now + pause, finding.problem)


def keep(work: Work, before: Handoff, finding: Finding) -> Handoff:
    """Keep what was found out, and tell people where it is not as reported. Raises NotVerifiable."""
    work.begin()
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
