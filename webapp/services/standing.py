"""Say to a caller who it is, what it may do now, and when what is used up renews."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from webapp.domain.case import budget_draw
from webapp.domain.decision import Person
from webapp.domain.handoff import Agent, Face
from webapp.domain.policy import Policy
from webapp.domain.stop import in_force
from webapp.domain.uses import SCALE, plain
from webapp.services import accounts, attention, levels, policies
from webapp.services.allowances import Allowance, allowances
from webapp.store import counters, lists
from webapp.work import Work

MOST_COUNTED = 1000
WriteInstant = Callable[[datetime | None], str | None]


def describe(work: Work, credential: str, write: WriteInstant) -> dict[str, Any]:
    """Describe the caller. Raises NotAuthenticated."""
    who = accounts.identify(work, credential, Face.API)
    return _person(who) if isinstance(who, Person) else _agent(work, who, write)


def _person(person: Person) -> dict[str, Any]:
    roles = [{"team": m.team, "role": m.role.value} for m in person.memberships]
    return {
        "kind": "person",
        "id": person.id,
        "email": person.email,
        "roles": roles,
        "stands_in_for": [one.email for one in person.stands_in_for],
    }


def _agent(work: Work, agent: Agent, write: WriteInstant) -> dict[str, Any]:
    standing = policies.standing(work)
    grant = standing.policy.grant(agent.name, agent.owner)
    ladder = levels.ladder(work, agent)
    stops = [stop.to_json() for stop in standing.stops if stop.covers(agent.name, None)]
    return {
        "kind": "agent",
        "id": agent.id,
        "agent": agent.name,
        "owner": grant.owner,
        "policy": standing.policy.number,
        "level": ladder.level,
        "max": ladder.grant.max,
        "next_level": ladder.next_level(),
        "actions": list(grant.actions) if grant.actions is not None else None,
        "budget": _budget(work, agent, standing.policy, write),
        "limits": _limits(work, agent, standing.policy, write),
        "attention": attention.describe(work, agent, standing.policy, write),
        "queue": {"pending": lists.pending_of(work, agent.id, MOST_COUNTED)},
        "stopped": in_force(standing.stops, agent.name, None) is not None,
        "stops": stops,
    }


def _budget(work: Work, agent: Agent, policy: Policy, write: WriteInstant) -> dict[str, Any] | None:
    grant = policy.grant(agent.name, agent.owner)
    if grant.daily_budget is None:
        return None
    draw = budget_draw(grant, grant.daily_budget, agent.id, 0, work.now, policy.timezone)
    spent = counters.read(work, draw.key) // SCALE
    return {
        "limit": grant.daily_budget,
        "spent": spent,
        "left": max(0, grant.daily_budget - spent),
        "renews_at": write(draw.renews_at),
    }


def _limits(
    work: Work, agent: Agent, policy: Policy, write: WriteInstant
) -> list[dict[str, str | None]]:
    found = allowances(work, policy, [(agent.id, agent.name, agent.owner)])[agent.id]
    return [_limit(one, write) for one in found]


def _limit(one: Allowance, write: WriteInstant) -> dict[str, str | None]:
    limit = one.limit
    return {
        "rule": limit.path,
        "unit": limit.unit,
        "per": limit.period.value if limit.period else None,
        "counted_for": limit.counted.value,
        "limit": plain(limit.most),
        "used": None if one.used is None else plain(one.used),
        "left": None if one.left is None else plain(one.left),
        "renews_at": write(one.renews_at),
    }
