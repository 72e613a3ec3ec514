"""Route within limits: lock the counters that matter, then route, then charge, in one transaction."""

from __future__ import annotations

from webapp.domain.handoff import Agent, Handoff
from webapp.domain.policy import Policy
from webapp.domain.routing import Counters, budget_applies, route
from webapp.domain.step import Routed, basis_of
from webapp.domain.verdict import Route
from webapp.services.policies import Standing
from webapp.store import policies as store
from webapp.work import Work

BUDGET, INVALID = "budget", "invalid"


def route_within_limits(work: Work, handoff: Handoff, standing: Standing) -> Routed:
    """Route a drafted handoff exactly: whatever counts is held from reading it until the commit."""
    policy = standing.policy
    grant = policy.grant(handoff.agent, handoff.owner)
    day = day_of(work, policy)
    limited = budget_applies(handoff, policy)
    spent = store.lock_counter(work, handoff.agent_id, BUDGET, day) if limited else None
    counters = Counters(at=work.now, level=grant.start, spent=spent, stops=standing.stops)
    verdict = route(handoff, policy, counters)
    if limited and verdict.route is Route.AUTO and handoff.action:
        cost = policy.action_type(handoff.action.name).cost
        store.add_to_counter(work, handoff.agent_id, BUDGET, day, cost)
    return Routed(verdict=verdict, counters=counters, basis=basis_of(handoff))


def is_limited(agent: Agent, policy: Policy) -> bool:
    """Say whether anything that this agent does is counted against a limit."""
    return policy.grant(agent.name, agent.owner).daily_budget is not None


def route_again(work: Work, handoff: Handoff, policy: Policy) -> Routed:
    """Route a handoff that was charged before: its budget and the stops are not asked again here."""
    grant = policy.grant(handoff.agent, handoff.owner)
    counters = Counters(at=work.now, level=grant.start, spent=None)
    verdict = route(handoff, policy, counters)
    return Routed(verdict=verdict, counters=counters, basis=basis_of(handoff))


def count_invalid(work: Work, agent_id: str) -> None:
    """Count a submission that could not be stored."""
    store.add_to_counter(work, agent_id, INVALID, work.now.strftime("%Y-%m-%d"), 1)


def day_of(work: Work, policy: Policy) -> str:
    """Name today in the policy's time zone."""
    return work.now.astimezone(policy.timezone).date().isoformat()
