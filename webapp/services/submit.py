"""Submit: an agent asks, the policy answers, once for each name of an ask."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.domain.action import Action
from webapp.domain.drafting import check_args, draft, is_same_ask
from webapp.domain.errors import (
    ArgsInvalid,
    DeferredQueueFull,
    IdempotencyConflict,
    LostRace,
    NoEndpoint,
)
from webapp.domain.handoff import Agent, Handoff, Submission
from webapp.domain.lifecycle import submit as begin
from webapp.domain.policy import Policy
from webapp.domain.step import Step
from webapp.keyring import key_hash
from webapp.services import policies
from webapp.services.accounts import AGENT_KEY
from webapp.services.advance import begin as begin_life
from webapp.services.attention import admit, tell_owner
from webapp.services.deliver import Delivery, deliver
from webapp.services.endpoints import insist_on_endpoint
from webapp.services.limits import is_counted, route_within_limits
from webapp.services.loops import count_invalid
from webapp.services.policies import Standing
from webapp.services.standing_approvals import Use, approve, covering, may_be_covered
from webapp.store import accounts, arrivals, asks, handoffs
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The handoff as it stands now; `replayed` says that this very ask was made before."""

    handoff: Handoff
    replayed: bool

    def delivery(self, work: Work, key: str, submission: Submission) -> Delivery:
        """Give the handoff with its content: what was just sent, or what is stored of the first time."""
        if self.replayed:
            return deliver(work, self.handoff)
        return Delivery(
            handoff=self.handoff,
            key=key,
            claim=submission.claim,
            state=submission.state,
            private_state=submission.private_state,
            said={},
            reported={},
            changes=(),
        )


def arrive(work: Work, credential: str) -> tuple[Agent, Standing] | None:
    """Recognise an agent and read what is in force, at once; None where this is no agent's key."""
    found = (
        arrivals.arrive(work, key_hash(credential)) if credential.startswith(AGENT_KEY) else None
    )
    return (found[0], policies.in_memory(work, found[1])) if found else None


def submit(
    work: Work, agent: Agent, key: str, submission: Submission, standing: Standing | None = None
) -> Submitted:
    """Record what the agent asks for and route it; the same key and ask again give the handoff as it stands.

    `standing` is what is in force, where that was read in this unit of work. Raises ArgsInvalid (counted, not
    stored), NoEndpoint, IdempotencyConflict and DeferredQueueFull.
    """
    in_force = standing or policies.standing(work)
    if work.begun or _may_count(agent, in_force.policy, submission.action):
        # where something is counted it must not be counted twice; elsewhere the key's constraint answers
        known = _asked_before(work, agent, key, submission)
        if known:
            return known
    try:
        step, use = _admitted(work, agent, submission, in_force)
    except (ArgsInvalid, DeferredQueueFull, NoEndpoint) as error:
        known = _asked_before(work, agent, key, submission)
        if known:
            return known
        _tell_people(work, agent, in_force.policy, error)
        raise
    try:
        added = _begun(work, step, key, use)
    except LostRace:
        known = None if work.begun else _asked_before(work, agent, key, submission)
        if known is None:
            raise
        return known
    return Submitted(handoff=added, replayed=False)


def _may_count(agent: Agent, policy: Policy, action: Action | None) -> bool:
    """Say whether asking for this may use something up."""
    return is_counted(agent, policy, action) or may_be_covered(policy, action)


def _admitted(
    work: Work, agent: Agent, submission: Submission, in_force: Standing
) -> tuple[Step, Use | None]:
    """Route the ask and begin its life: where people approved it in advance, or have room for it before them.

    Raises ArgsInvalid, NoEndpoint and DeferredQueueFull.
    """
    insist_on_endpoint(work, agent, submission)
    check_args(submission.action, in_force.policy)
    drafted = _named(work, agent, submission, in_force)
    routed = route_within_limits(work, drafted, in_force)
    step = begin(drafted, routed, submission, agent.actor())
    use = covering(work, step.after, in_force.policy)
    if use:
        return replace(step, messages=()), use  # nobody is to be told of what does not wait
    admit(work, drafted, routed.verdict, in_force.policy)
    return step, None


def _begun(work: Work, step: Step, key: str, use: Use | None) -> Handoff:
    """Save the ask, with the decision where people gave it in advance. Raises LostRace."""
    added = begin_life(work, step, [asks.row_of(step.after, key)])
    return approve(work, added, use) if use else added


def _tell_people(
    work: Work, agent: Agent, policy: Policy, refusal: ArgsInvalid | DeferredQueueFull | NoEndpoint
) -> None:
    """Let people know of an agent that often sends what cannot be stored, or asks too much."""
    if isinstance(refusal, DeferredQueueFull):
        tell_owner(work, agent, policy, refusal)
    elif isinstance(refusal, ArgsInvalid):
        count_invalid(work, agent, refusal.problems)


def _named(work: Work, agent: Agent, submission: Submission, in_force: Standing) -> Handoff:
    """Draft the handoff under a fresh id."""
    requesters, name = requesters_of(work, agent, submission), work.new_id("ho")
    return draft(submission, agent, in_force.policy, requesters, work.now, handoff_id=name)


def requesters_of(work: Work, agent: Agent, submission: Submission) -> tuple[str, ...]:
    """Name the users who count as asking: who made the key, and whom the agent says it acts for."""
    named = submission.on_behalf_of
    user = accounts.user_by_email(work, named) if named else None
    return tuple(dict.fromkeys(u for u in (agent.key_maker, user.id if user else None) if u))


def _asked_before(work: Work, agent: Agent, key: str, submission: Submission) -> Submitted | None:
    """Find the ask of this name. Raises IdempotencyConflict where it was another one."""
    ask = asks.find(work, agent.id, key)
    if ask is None:
        return None
    handoff = handoffs.load(work, ask.handoff_id)
    if is_same_ask(ask.kind, ask.fingerprint, submission):
        return Submitted(handoff=handoff, replayed=True)
    raise IdempotencyConflict(
        f"The key {key!r} names another ask of yours.",
        hint="Use a key that names this ask, or go on with the handoff that is given here.",
        extra={"handoff": handoff},
    )
