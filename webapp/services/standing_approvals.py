"""Standing approvals: use one, see what one would cover, list them, take one back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from webapp.domain.action import Action
from webapp.domain.decision import EVERY_TEAM, Person, right_refusal, sees
from webapp.domain.errors import NotAnApprover, NotFound, OwnRequest
from webapp.domain.handoff import Actor, Face, Handoff, Vote
from webapp.domain.instant import written
from webapp.domain.policy import ActionType, Policy
from webapp.domain.standing import StandingApproval, given, refusal, takes, unanswerable
from webapp.domain.standing import approve as approve_step
from webapp.domain.standing_terms import StandingWish
from webapp.domain.standing_words import Backtest, backtest, sentence
from webapp.domain.uses import plain
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.decide import seen
from webapp.services.standing_effects import wish_problem
from webapp.store import accounts, handoffs
from webapp.store import standing_approvals as store
from webapp.work import Work

LOOKS_BACK = timedelta(days=30)
MOST_RECORDED = 5000
MOST_CLAIMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a standing approval: it is held, and `amount` is what this takes of its total."""

    approval: StandingApproval
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A standing approval in one sentence, as people see it in a list."""

    approval: StandingApproval
    says: str
    open: bool
    may_revoke: bool

    @property
    def state(self) -> str:
        """Say why it answers nothing any more, nothing where it does."""
        if self.open:
            return ""
        one = self.approval
        return one.ended_because or ("used up" if one.used_up else "its time is over")

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and command line carry it."""
        one, scope = self.approval, self.approval.scope
        return {
            "id": one.id,
            "agent": scope.agent,
            "action": one.action_name,
            "says": self.says,
            "handoff": one.handoff_id,
            "policy": one.policy,
            "by": [email for _, email in scope.by],
            "teams": list(scope.teams),
            "granted_at": written(one.granted_at),
            "ends_at": written(one.ends_at),
            "open": self.open,
            "uses": one.uses,
            "max_uses": scope.max_uses,
            "currency": scope.currency,
            "total": plain(one.total),
            "max_total": None if scope.max_total is None else plain(scope.max_total),
            "ended_at": written(one.ended_at) if one.ended_at else None,
            "ended_because": one.ended_because,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a person is shown before giving one: its scope in a sentence, and what it would have covered.

    `problem` says why it cannot be given; `cut` that more was recorded than was looked at.
    """

    says: str
    tested: Backtest
    problem: str | None
    cut: bool


# ---- using one


def may_be_covered(policy: Policy, action: Action | None) -> bool:
    """Say whether the policy lets anybody approve such an action in advance."""
    return action is not None and policy.action_type(action.name).standing is not None


def covering(work: Work, routed: Handoff, policy: Policy) -> Use | None:
    """Find what answers a handoff that was just routed, and hold it; None where a person must look.

    Where the policy allows none, or something else speaks against it, the database is not asked.
    """
    of = policy.action_type(routed.target_name)
    if of.standing is None or unanswerable(routed, of, of.standing.max_risk):
        return None
    if not store.usable(work, routed.agent_id, of.name):
        return None
    held = store.hold_usable(work, routed.agent_id, of.name)
    return next((use for one in held if (use := _use(work, one, routed, of))), None)


def approve(work: Work, added: Handoff, use: Use) -> Handoff:
    """Record the decision that was given in advance, and count it."""
    store.use(work, use.approval.id, use.amount)
    return advance(work, approve_step(added, use.approval, work.now))


def _use(work: Work, one: StandingApproval, handoff: Handoff, of: ActionType) -> Use | None:
    amount = takes(one, handoff, of)
    if amount is None or not _may_still_give(work, one, handoff):
        return None
    return Use(approval=one, amount=amount)


def _may_still_give(work: Work, one: StandingApproval, handoff: Handoff) -> bool:
    """Say whether everybody who gave it could approve this in their own right at this moment; end it where not."""
    for user_id, email in one.scope.by:
        user = accounts.user_by_id(work, user_id)
        own = replace(user.person(Face.STANDING), stands_in_for=()) if user else None
        found = right_refusal(own, handoff) if own else NotAnApprover()
        if found is None:
            continue
        if not isinstance(found, OwnRequest):
            store.end(work, f"{email} may not decide this any more", store.this(one.id))
        return False
    return True


# ---- giving one


def offer(work: Work, person: Person, handoff_id: str, wish: StandingWish) -> Offer:
    """Show what a standing approval would cover and would have covered. Raises NotFound."""
    handoff = seen(work, handoff_id, person)
    policy = policies.at(work, handoff.verdict.policy)
    of = policy.action_type(handoff.target_name)
    found = wish_problem(work, handoff, wish, person)
    if of.standing is None or (found and refusal(handoff, of)):
        return Offer(says="", tested=Backtest(), problem=found, cut=False)
    vote = Vote(by_id=person.id, by=person.email, at=work.now, standing=wish)
    agreed = replace(handoff, votes=(*handoff.votes, vote))
    approval = given(agreed, of, of.standing, wish, work.now)
    since = work.now - LOOKS_BACK
    recorded = store.recorded(work, handoff.agent_id, of.name, since, MOST_RECORDED)
    others = [one for one in recorded if one.id != handoff.id and sees(person, one)]
    tested = backtest(approval, of, others, _proposed(work, others))
    says = sentence(approval.scope, approval.ends_at, policy.timezone)
    return Offer(says=says, tested=tested, problem=found, cut=len(recorded) == MOST_RECORDED)


def _proposed(work: Work, recorded: list[Handoff]) -> dict[str, Handoff]:
    """Give what people have edited as the agent asked for it."""
    edited = {(one.id, one.claim_sequence): one for one in recorded if one.vouched}
    places = list(edited)[:MOST_CLAIMS]
    claims, verdicts = handoffs.contents(work, places), store.verdicts(work, places)
    proposed = {}
    for place in places:
        said = claims.get(place, handoffs.NOTHING).body.get("action")
        if said and place in verdicts:
            action = Action(name=said["name"], args=said["args"])
            asked = replace(edited[place], action=action, verdict=verdicts[place], vouched=False)
            proposed[asked.id] = asked
    return proposed


# ---- seeing and ending them


def visible(work: Work, who: Person | Actor) -> list[Told]:
    """List those that somebody may see, the newest first, each in a sentence.

    An `Actor` is the command line, whose rights are those of whoever may use it.
    """
    zone = policies.standing(work).policy.timezone
    return [_told(one, who, work.now, zone) for one in store.newest(work) if _sees(who, one)]


def revoke(work: Work, approval_id: str, who: Person | Actor) -> Told:
    """End one at once, and keep who did; what has ended stays as it is. Raises NotFound and NotAnApprover."""
    found = store.find(work, approval_id)
    if found is None or not _sees(who, found):
        raise NotFound("There is no such standing approval.")
    if not _may_revoke(who, found):
        wanted = " or ".join(found.scope.teams)
        raise NotAnApprover(f"Only approvers of {wanted} may take this standing approval back.")
    name = who.email if isinstance(who, Person) else who.name
    store.end(work, f"{name} took it back", store.this(found.id))
    zone = policies.standing(work).policy.timezone
    return _told(store.find(work, approval_id) or found, who, work.now, zone)


def _told(one: StandingApproval, who: Person | Actor, now: datetime, zone: ZoneInfo) -> Told:
    open_now = one.is_open(now)
    return Told(
        approval=one,
        says=sentence(one.scope, one.ends_at, zone),
        open=open_now,
        may_revoke=open_now and _may_revoke(who, one),
    )


def _sees(who: Person | Actor, one: StandingApproval) -> bool:
    if isinstance(who, Actor):
        return True
    return who.sees_all or bool(set(who.teams) & {one.scope.owner, *one.scope.teams})


def _may_revoke(who: Person | Actor, one: StandingApproval) -> bool:
    if isinstance(who, Actor):
        return True
    teams = set(who.deciding_teams)
    return EVERY_TEAM in teams or bool(teams & set(one.scope.teams))
