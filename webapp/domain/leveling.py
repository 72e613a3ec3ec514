"""Moves on the ladder: what they are, who may make them, and what of a handoff's life may cost an agent a level."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.autonomy import Trigger
from webapp.domain.decision import DECIDING, EVERY_TEAM, Person, Role
from webapp.domain.errors import Forbidden, HandrailError, OwnRequest
from webapp.domain.handoff import Status
from webapp.domain.history import EventType
from webapp.domain.step import Step

ROUTED = frozenset({EventType.SUBMITTED, EventType.REVISED})
LOOPS = frozenset({"loop_repeated", "loop_failures", "denied_before", "too_many_attempts"})
ENDINGS = {
    (EventType.REPORTED, Status.FAILED): Trigger.FAILED,
    (EventType.REPORTED, Status.UNKNOWN): Trigger.UNKNOWN,
    (EventType.OVERRAN, Status.UNKNOWN): Trigger.UNKNOWN,
    (EventType.CONTRADICTED, Status.SUCCEEDED): Trigger.FAILED,
    (EventType.DENIED, Status.DENIED): Trigger.DENIED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a level as the history tells it; `reason` is None where it was erased."""

    agent_id: str
    sequence: int
    type: EventType
    at: datetime
    by: str
    was: str
    level: str
    evidence: Mapping[str, Any]
    reason: str | None
    hash: str


def promotion_refusal(
    person: Person, owner: str, makers: Collection[str | None]
) -> HandrailError | None:
    """Say why this person may not promote an agent of `owner`: `makers` are the e-mails of who made its keys."""
    if not _holds(person, owner, frozenset({Role.ADMIN})):
        return Forbidden(f"Only admins of {owner} may promote this agent.")
    if person.email in makers:
        return OwnRequest(
            "You made a key of this agent, so somebody else promotes it.",
            hint="Ask another admin of its team.",
        )
    return None


def demotion_refusal(person: Person, owner: str) -> HandrailError | None:
    """Say why this person may not demote an agent of `owner`: whoever decides for the team may."""
    if _holds(person, owner, DECIDING):
        return None
    return Forbidden(f"Only approvers and admins of {owner} may demote this agent.")


def trigger_of(step: Step) -> Trigger | None:
    """Say what of this step may cost the agent a level, None for nothing."""
    if step.event.type in ROUTED:
        stopped = any(reason.code in LOOPS for reason in step.after.verdict.reasons)
        return Trigger.LOOPS if stopped else None
    return ENDINGS.get((step.event.type, step.after.status))


def _holds(person: Person, owner: str, roles: frozenset[Role]) -> bool:
    return any(m.role in roles and m.team in {owner, EVERY_TEAM} for m in person.rights)
