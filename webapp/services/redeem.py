"""Redeem: the moment at which what was approved may start, checked again right here, once."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain import execution, lifecycle
from webapp.domain.action import Action
from webapp.domain.errors import NotFound
from webapp.domain.handoff import Agent, Handoff
from webapp.domain.permit import handoff_of
from webapp.domain.policy import Policy
from webapp.domain.run_errors import PolicyChanged, Stopped, StoppedSince
from webapp.domain.stop import halting
from webapp.keyring import key_hash
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.limits import give_back, route_again, route_edited
from webapp.services.resumption import void_approval
from webapp.services.stops import STOPS
from webapp.store import autonomy, handoffs, standing_approvals
from webapp.work import Work


def redeem(work: Work, agent: Agent, permit: str, action: Action, key: str | None) -> Handoff:
    """Begin the one execution of what was approved and give the handoff, now running.

    `key` is the attempt's random Idempotency-Key: with it a lost answer can be asked for again, and nothing else can.
    Raises NotFound, PermitUnusable and its kin, AlreadyRedeemed, Stopped, and PolicyChanged (once the approval is
    taken back).
    """
    work.lock_for(STOPS, shared=True)
    before = handoffs.find(work, handoff_of(permit), lock=True)
    if before is None or before.agent_id != agent.id:
        raise NotFound
    attempt = key_hash(key) if key else None
    fingerprint = action.fingerprint()
    if execution.is_same_redemption(before, permit, fingerprint, attempt, work.now):
        return before
    step = execution.redeem(before, permit, fingerprint, attempt, work.now)
    standing = policies.standing(work)
    stop = halting(standing.stops, before.agent, action.name)
    if stop:
        raise Stopped(
            f"A stop is in force for {stop.describe()}: {stop.reason}",
            hint="Wait until a person resumes: the handoff is routed afresh then; read it again.",
            extra={"stop": stop.to_json()},
        )
    if void_approval(work, before):
        raise StoppedSince
    _recall_if_ended(work, before, standing.policy)
    _recall_if_stricter(work, before, standing.policy)
    _recall_if_demoted(work, before, standing.policy)
    return advance(work, step)


def _recall_if_ended(work: Work, before: Handoff, policy: Policy) -> None:
    """Take back what a standing approval allowed that was ended since: a person decides it now."""
    name = before.decided.standing if before.decided else None
    given = standing_approvals.find(work, name) if name else None
    if given is None or given.ended_at is None:
        return
    released = give_back(work, before, policy)
    routed = route_edited(work, before, policy)
    advance(work, lifecycle.recall(released, routed, work.now))
    raise PolicyChanged(
        f"The standing approval that allowed this has ended: {given.ended_because}.",
        hint="Wait: a person decides this one now.",
        extra={"verdict": routed.verdict.to_json()},
    )


def _recall_if_stricter(work: Work, before: Handoff, policy: Policy) -> None:
    """Ask today's policy; where it wants more than what approved this, take the approval back and say so."""
    if policy.number != before.verdict.policy:
        _ask_again(work, before, policy)


def _recall_if_demoted(work: Work, before: Handoff, policy: Policy) -> None:
    """Ask again of what nobody has decided, where the agent stands at another level than when policy allowed it."""
    if before.decided is not None:
        return
    moved_at = autonomy.stance(work, before.agent_id).since
    if moved_at is not None and moved_at >= before.changed_at:
        _ask_again(work, before, policy, f"{before.agent} stands at another level than it did.")


def _ask_again(work: Work, before: Handoff, policy: Policy, because: str | None = None) -> None:
    """Route what was approved once more; where that asks for more, put it before people and raise PolicyChanged."""
    vouched = replace(before, vouched=before.decided is not None)
    routed = route_again(work, vouched, policy)
    if lifecycle.is_stricter(before, routed.verdict):
        released = give_back(work, before, policy)
        routed = route_edited(work, vouched, policy)
        advance(work, lifecycle.recall(released, routed, work.now))
        raise PolicyChanged(because, extra={"verdict": routed.verdict.to_json()})
