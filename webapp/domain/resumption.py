"""Resuming after a stop: what it held back is routed afresh, and deadlines go on from where they stood."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from webapp.domain.escalation import clock, put_before_people
from webapp.domain.handoff import SYSTEM, WAITING, Handoff, Status
from webapp.domain.history import EventType
from webapp.domain.shadow import under
from webapp.domain.step import (
    Routed,
    Step,
    allowed,
    approval_messages,
    moved,
    noted,
    one_step,
)
from webapp.domain.stop import Stop
from webapp.domain.verdict import Route

HELD_BACK = frozenset({"stopped", "resuming"})


def is_void(before: Handoff, stop: Stop) -> bool:
    """Say whether an approval was given before a stop that covers it: a stop makes it void, also once it is lifted."""
    return (
        before.status is Status.APPROVED and before.changed_at < stop.at and _covers(stop, before)
    )


def was_held_back(before: Handoff, stop: Stop) -> bool:
    """Say whether it waits for people because of a stop like this one."""
    codes = {reason.code for reason in before.verdict.reasons}
    waits = before.status is Status.PENDING and before.decided is None and not before.votes
    return waits and not before.vouched and bool(codes & HELD_BACK) and _covers(stop, before)


def is_frozen(before: Handoff, stop: Stop) -> bool:
    """Say whether its deadline stood still under this stop."""
    until = stop.held_until
    waited = before.status in WAITING and before.deadline_at is not None
    return waited and (until is None or before.changed_at < until) and _covers(stop, before)


def restart(before: Handoff, routed: Routed, now: datetime) -> Step:
    """Route afresh what a stop held back or made void: what people had approved goes to people again."""
    anew = moved(before, before.status, now, votes=(), decided=None, permit=None)
    anew = replace(under(anew, routed.verdict), escalated=(), reminded=False, preview=None)
    by_people = before.decided is not None or before.vouched
    if routed.verdict.route is Route.BLOCK:
        after = replace(anew, status=Status.BLOCKED, deadline_at=None)
    elif routed.verdict.route is Route.AUTO and not by_people:
        after = allowed(anew, now)
    else:
        after = replace(anew, status=Status.PENDING, deadline_at=now + before.patience)
    messages = approval_messages(after) or put_before_people(after)
    return one_step(
        before, after, EventType.RESUMED, SYSTEM, data=routed.to_json(), messages=messages
    )


def thaw(before: Handoff, stop: Stop, now: datetime) -> Step:
    """Give back the time that a deadline lost under a stop, and all that is counted from it."""
    if before.deadline_at is None:
        raise ValueError("only what has a deadline can be given time")
    lost = now - max(stop.at, before.changed_at)
    after = replace(noted(before, now), deadline_at=before.deadline_at + lost)
    return one_step(before, after, EventType.RESUMED, SYSTEM, messages=clock(after))


def _covers(stop: Stop, handoff: Handoff) -> bool:
    return stop.covers(handoff.agent, handoff.action.name if handoff.action else None)
