"""Shadow: what is only observed. People decide without knowing what policy and agent think, and nothing runs.

Policy routes as ever, so that what it would have done can be compared with what people say; nobody goes by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from webapp.domain.action import Action
from webapp.domain.case import Case
from webapp.domain.decision import Decision, Person
from webapp.domain.handoff import WAITING, Handoff, Status, Verb
from webapp.domain.history import EventType
from webapp.domain.policy import OBSERVE, Grant
from webapp.domain.step import Step, decided_by, decision_step, moved
from webapp.domain.verdict import Reason, Route, Verdict

VERBS = (Verb.APPROVE, Verb.EDIT, Verb.DENY)
# What is told of a claim to somebody who decides blind: what was asked, and what can be checked. Not what the agent
# makes of it: how sure it is, what it doubts, how it argues, what it decided against, what it has noted down.
TOLD = (
    "kind", "title", "action", "request", "intent", "evidence", "interpretations", "expected_effect", "on_behalf_of",
    "allowed_decisions", "intent_id", "run_id", "task_id", "thread_id", "parent_handoff_id", "agent_version", "model",
    "prompt_version", "traceparent", "expires_in",
)  # fmt: skip


def level_asked(grant: Grant, level: str) -> str:
    """Give the level by which policy judges: for an observed agent the highest that it may earn."""
    return grant.max if level == OBSERVE else level


def as_observed(case: Case, verdict: Verdict) -> Verdict:
    """Send what is only observed to one person, whatever it was judged; this loosens nothing, since nothing runs.

    Nor is it worth more people's time: nobody is reminded, and nobody else is asked.
    """
    reason = next(_observation(case), None)
    if reason is None:
        return verdict
    reasons = (*verdict.reasons, reason)
    return replace(
        verdict,
        route=Route.REVIEW,
        quorum=1,
        reasons=reasons,
        observed=True,
        would=verdict.route,
        deadline=None,
    )


def _observation(case: Case) -> Iterator[Reason]:
    """Say why a handoff is only observed; nothing where it is not."""
    name = case.type.name
    if case.type.observe:
        subject, rule = name, f"actions.{name}.observe"
    elif case.stands == OBSERVE:
        subject, rule = case.handoff.agent, f"agents.{case.grant.name}.autonomy"
    else:
        return
    message = f"{subject} is only observed: a person says what they would do, and nothing runs."
    yield Reason(code="observed", route=Route.REVIEW, message=message, rule=rule)


def judged(handoff: Handoff, verdict: Verdict) -> tuple[Verb, ...]:
    """Say how it can be judged under a verdict: what is observed in three ways, whatever the agent can handle."""
    return VERBS if verdict.observed else handoff.allowed


def under(handoff: Handoff, verdict: Verdict) -> Handoff:
    """Put a handoff under a verdict."""
    return replace(handoff, verdict=verdict, allowed=judged(handoff, verdict))


def record(
    before: Handoff,
    decision: Decision,
    person: Person,
    now: datetime,
    instead: Action | None = None,
) -> Step:
    """Keep what a person did or would do: this, `instead` something else, or nothing. It ends answered, never run."""
    decided = decided_by(before, decision.verb, person, now)
    after = moved(before, Status.ANSWERED, now, decided=decided)
    return decision_step(before, after, EventType.ANSWERED, decision, person, action=instead)


def is_blind(handoff: Handoff) -> bool:
    """Say whether somebody has still to decide this without knowing what policy and agent think."""
    return handoff.verdict.observed and handoff.status in WAITING


def concealed(handoff: Handoff) -> Handoff:
    """Give a handoff as people may see it: whole, or without what would lead them."""
    if not is_blind(handoff):
        return handoff
    reasons = tuple(one for one in handoff.verdict.reasons if one.code == "observed")
    verdict = replace(handoff.verdict, tier=None, reasons=reasons, limits=(), would=None)
    return replace(handoff, confidence=None, verdict=verdict)


def concealed_claim(handoff: Handoff, claim: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a claim as people may see it; blind, the readings stand in an order that says nothing."""
    if not is_blind(handoff):
        return claim
    told = {name: claim[name] for name in TOLD if name in claim}
    if told.get("interpretations"):
        readings = sorted(told["interpretations"], key=lambda one: str(one["id"]))
        told["interpretations"] = [_unweighed(one) for one in readings]
    return told


def _unweighed(reading: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reading.items() if name != "confidence"}
