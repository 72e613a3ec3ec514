"""Demote: take a level back by itself where the policy says so, in the transaction of what was one time too many."""

from __future__ import annotations

from webapp.domain.autonomy import Trigger, cost, often
from webapp.domain.handoff import SYSTEM, Agent, Handoff
from webapp.domain.ladder import below, level_in_force
from webapp.domain.leveling import trigger_of
from webapp.domain.policy import Policy
from webapp.domain.step import Step
from webapp.services import levels, policies
from webapp.store import autonomy as store
from webapp.work import Work


def demote_where_due(work: Work, step: Step) -> None:
    """Take a level from the agent where this step is one time too many of what the policy counts."""
    trigger = trigger_of(step)
    if trigger:
        _weigh(work, step.after, trigger, policies.standing(work).policy)


def _weigh(work: Work, handoff: Handoff, trigger: Trigger, policy: Policy) -> None:
    grant = policy.grant(handoff.agent, handoff.owner)
    limit = grant.demote.get(trigger)
    if limit is None:
        return
    levels.hold(work, handoff.agent_id)
    if trigger is Trigger.LOOPS:
        store.note_loop(work, handoff.agent_id, handoff.id)
    stance = store.stance(work, handoff.agent_id)
    down = below(policy.levels, level_in_force(policy.levels, grant, stance.level))
    if down is None:
        return
    begins = levels.since(work.now - limit.length, stance)
    before_this = store.count_of(work, handoff.agent_id, trigger, begins)
    count = before_this + (trigger is not Trigger.LOOPS)  # this step is saved only afterwards
    if count < limit.count:
        return
    agent = Agent(id=handoff.agent_id, name=handoff.agent, owner=handoff.owner)
    evidence = {
        "trigger": trigger.value,
        "count": count,
        "limit": often(limit),
        "handoff": handoff.id,
    }
    reason = cost(trigger, limit, count)
    levels.move(work, levels.ladder(work, agent), down, SYSTEM, reason, evidence)
