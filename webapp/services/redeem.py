"""Redeem: the moment at which what was approved may start, checked again right here, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from webapp.domain import execution, lifecycle
from webapp.domain.action import Action
from webapp.domain.drafting import run_as_today
from webapp.domain.errors import NotFound, NotNow
from webapp.domain.executor import RUN_HERE, Executor
from webapp.domain.handoff import Agent, Handoff
from webapp.domain.permit import handoff_of
from webapp.domain.policy import Policy
from webapp.domain.run_errors import PermitUnusable, PolicyChanged, Stopped, StoppedSince
from webapp.domain.step import Step
from webapp.domain.stop import Stop, halting
from webapp.keyring import key_hash
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.limits import give_back, route_again, route_edited
from webapp.services.previews import Fresh, insist_on_same_world
from webapp.services.resumption import void_approval
from webapp.services.stops import STOPS
from webapp.store import autonomy, handoffs, standing_approvals
from webapp.work import Work


def redeem(
    work: Work,
    agent: Agent,
    permit: str,
    action: Action,
    key: str | None,
    fresh: Fresh | None = None,
) -> Handoff:
    """Begin the one execution of what was approved and give the handoff, now running.

    `key` is the attempt's random Idempotency-Key: with it a lost answer can be asked for again, and nothing else can.
    `fresh` is the world as it was seen just now. Raises NotFound, PermitUnusable and its kin (also where Handrail runs
    it itself), AlreadyRedeemed, Stopped, LookFirst, PolicyChanged and WorldChanged (once the approval is taken back).
    """
    work.lock_for(STOPS, shared=True)
    before = handoffs.find(work, handoff_of(permit), lock=True)
    if before is None or before.agent_id != agent.id:
        raise NotFound
    if before.terms.executor:
        raise PermitUnusable(RUN_HERE)
    attempt = key_hash(key) if key else None
    fingerprint = action.fingerprint()
    if execution.is_same_redemption(before, permit, fingerprint, attempt, work.now):
        return before
    step = execution.redeem(before, permit, fingerprint, attempt, work.now)
    return _begin(work, before, step, fresh)


def redeem_here(
    work: Work,
    handoff_id: str,
    executor: Executor,
    key: str,
    lease: str | None = None,
    fresh: Fresh | None = None,
) -> Handoff:
    """Begin the one execution of what Handrail runs itself by this executor, after the very same checks.

    `key` names the message by which it does; `lease` is what was lent for it. Raises what `redeem` does, and NotNow
    where it is to be run otherwise by now.
    """
    work.lock_for(STOPS, shared=True)
    before = handoffs.load(work, handoff_id, lock=True)
    if before.permit is None or before.fingerprint is None:
        raise PermitUnusable(f"There is no permit any more; the handoff is {before.status.value}.")
    if before.terms.executor != executor:
        raise NotNow("It is to be run otherwise by now.")
    permit = before.permit.id
    step = execution.redeem(before, permit, before.fingerprint, key, work.now, lease=lease)
    return _begin(work, before, step, fresh)


def _begin(work: Work, before: Handoff, step: Step, fresh: Fresh | None) -> Handoff:
    """Ask stops, policy and the world a last time, and begin.

    Raises Stopped, StoppedSince, PolicyChanged, LookFirst and WorldChanged.
    """
    standing = policies.standing(work)
    refuse_under_stop(before, standing.stops)
    if void_approval(work, before):
        raise StoppedSince
    _recall_if_ended(work, before, standing.policy)
    _recall_if_stricter(work, before, standing.policy)
    _recall_if_demoted(work, before, standing.policy)
    insist_on_same_world(work, before, standing.policy, fresh)
    return advance(work, step)


def refuse_under_stop(handoff: Handoff, stops: Sequence[Stop]) -> None:
    """Let nothing begin, or be sent again, that a stop covers. Raises Stopped."""
    stop = halting(stops, handoff.agent, handoff.target_name)
    if stop:
        raise Stopped(
            f"A stop is in force for {stop.describe()}: {stop.reason}",
            hint="Wait until a person resumes: the handoff is routed afresh then; read it again.",
            extra={"stop": stop.to_json()},
        )


def _recall_if_ended(work: Work, before: Handoff, policy: Policy) -> None:
    """Take back what a standing approval allowed that was ended since: a person decides it now."""
    name = before.decided.standing if before.decided else None
    given = standing_approvals.find(work, name) if name else None
    if given is None or given.ended_at is None:
        return
    released = run_as_today(give_back(work, before, policy), policy)
    routed = route_edited(work, before, policy)
    advance(work, lifecycle.recall(released, routed, work.now))
    raise PolicyChanged(
        f"The standing approval that allowed this has ended: {given.ended_because}.",
        hint="Wait: a person decides this one now.",
        extra={"verdict": routed.verdict.to_json()},
    )


def _recall_if_stricter(work: Work, before: Handoff, policy: Policy) -> None:
    """Ask today's policy; where it wants more than what approved this, take the approval back and say so.

    So too where it is to be run by somebody else than people were told.
    """
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
    today = run_as_today(before, policy)
    if lifecycle.is_stricter(before, routed.verdict) or today.terms != before.terms:
        released = run_as_today(give_back(work, before, policy), policy)
        routed = route_edited(work, vouched, policy)
        advance(work, lifecycle.recall(released, routed, work.now))
        raise PolicyChanged(because, extra={"verdict": routed.verdict.to_json()})
