"""Attention: an agent may put only so much before people; beyond that it waits, and its owner is told."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from webapp.domain.alert import AlertKind
from webapp.domain.attention import Attention
from webapp.domain.errors import DeferredQueueFull
from webapp.domain.handoff import Agent, Handoff
from webapp.domain.limits import CounterKey
from webapp.domain.policy import Policy
from webapp.domain.uses import Period
from webapp.domain.verdict import Route, Verdict
from webapp.services.alerts import Concern, raise_alert
from webapp.store import alerts, counters, lists
from webapp.work import Work

SOON = timedelta(minutes=1)  # when it is worth looking whether people have decided something
HINT = (
    "Wait so many seconds, then submit again with the same Idempotency-Key; "
    "meanwhile do what needs nobody."
)
WriteInstant = Callable[[datetime | None], str | None]


def admit(work: Work, handoff: Handoff, verdict: Verdict, policy: Policy) -> None:
    """Count what goes to people, as long as the agent may ask for more. Raises DeferredQueueFull.

    The row that routing has locked for this agent makes it exact.
    """
    attention = policy.grant(handoff.agent, handoff.owner).attention
    if attention is None or verdict.route is not Route.REVIEW:
        return
    pending, day = attention.pending, _day(work, handoff.agent_id, policy)
    if pending is not None and lists.pending_of(work, handoff.agent_id, pending) >= pending:
        raise _full(handoff.agent, pending, "waiting at once", SOON)
    if attention.per_day is not None:
        if counters.read(work, day) >= attention.per_day:
            left = Period.DAY.renews_at(work.now, policy.timezone) - work.now
            raise _full(handoff.agent, attention.per_day, "in a day", left)
        counters.add(work, day, 1)


def tell_owner(work: Work, agent: Agent, policy: Policy, refusal: DeferredQueueFull) -> None:
    """Tell the owner team that the agent asks too much: once, until that is settled, and once a day at most."""
    known = alerts.newest(work, agent.id, AlertKind.ASKS_TOO_MUCH)
    today = Period.DAY.begins_at(work.now, policy.timezone)
    if known and known.settled_at and known.opened_at >= today:
        return
    owner = policy.grant(agent.name, agent.owner).owner or agent.owner
    concern = Concern(
        kind=AlertKind.ASKS_TOO_MUCH,
        agent_id=agent.id,
        agent=agent.name,
        owner=owner,
        detail={name: refusal.extra[name] for name in ("limit", "of")},
    )
    raise_alert(work, concern)


def describe(
    work: Work, agent: Agent, policy: Policy, write: WriteInstant
) -> dict[str, Any] | None:
    """Say how much of people's time the agent has asked for, and what is left; None where nothing bounds it."""
    attention = policy.grant(agent.name, agent.owner).attention
    if attention is None:
        return None
    return {
        "pending": _pending(work, agent, attention),
        "per_day": _per_day(work, agent, attention, policy, write),
    }


def _pending(work: Work, agent: Agent, attention: Attention) -> dict[str, Any] | None:
    most = attention.pending
    if most is None:
        return None
    used = lists.pending_of(work, agent.id, most)
    return {"limit": most, "used": used, "left": most - used}


def _per_day(
    work: Work, agent: Agent, attention: Attention, policy: Policy, write: WriteInstant
) -> dict[str, Any] | None:
    most = attention.per_day
    if most is None:
        return None
    used = counters.read(work, _day(work, agent.id, policy))
    renews_at = Period.DAY.renews_at(work.now, policy.timezone)
    left = max(0, most - used)
    return {"limit": most, "used": used, "left": left, "renews_at": write(renews_at)}


def _day(work: Work, agent_id: str, policy: Policy) -> CounterKey:
    begins_at = Period.DAY.begins_at(work.now, policy.timezone)
    window = begins_at.isoformat(timespec="minutes")
    return CounterKey(holder=agent_id, name="attention", window=window)


def _full(agent: str, limit: int, of: str, left: timedelta) -> DeferredQueueFull:
    return DeferredQueueFull(
        f"{agent} has asked people for as much as it may: {limit} handoffs {of}. Nothing was stored.",
        hint=HINT,
        extra={"retry_after": math.ceil(left.total_seconds()), "limit": limit, "of": of},
    )
