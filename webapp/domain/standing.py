"""Standing approvals: a person's decision given in advance, and what it answers. No clock, no database.

Routing knows nothing of them and the verdict stays `review`. What is like the handoff that a standing approval was
given with is approved in its name: same agent and action, same args but for those that the policy lets vary, no larger
amount, no other reasons than those that a person has answered by giving it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from webapp.domain.action import Action
from webapp.domain.amounts import read_amount
from webapp.domain.canonical import canonical
from webapp.domain.decision import Person, in_place_of, right_refusal
from webapp.domain.duration import write_duration
from webapp.domain.handoff import (
    Actor,
    ActorKind,
    Decided,
    Face,
    Handoff,
    Kind,
    Status,
    Verb,
    Vote,
)
from webapp.domain.history import EventType
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, look_up, split
from webapp.domain.policy import ActionType
from webapp.domain.standing_terms import AmountArg, StandingTerms, StandingWish
from webapp.domain.step import Step, allowed, approval_messages, moved, one_step
from webapp.domain.verdict import Risk, Route, Verdict

# What a person answers by saying yes in advance. Whatever else speaks against a handoff (a loop, a budget, the
# envelope, a stop, shadow, an unknown arg of tomorrow) is not among them and so reaches people.
ANSWERED = frozenset({
    "confidence_below_auto", "confidence_missing", "level_supervised", "risk_above_level", "never_unasked", "rule",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a standing approval answers, as it was given; amounts are in SCALE-ths.

    `fixed` are the args with those that may differ made null. `by` are the ids and e-mails of who gave it, in that
    order; `owner` is the agent's team, `teams` are those whose approvers could decide then. `rules` are the places of
    the rules that asked for people then: another one that fires for a later handoff was answered by nobody.
    """

    agent: str
    owner: str
    title: str
    fixed: Mapping[str, JSON]
    vary: tuple[str, ...]
    amount: AmountArg | None
    most: int | None
    currency: str | None
    max_uses: int
    max_total: int | None
    max_risk: Risk
    by: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    rules: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the form that is stored."""
        amount = self.amount
        return {
            "agent": self.agent,
            "owner": self.owner,
            "title": self.title,
            "fixed": dict(self.fixed),
            "vary": list(self.vary),
            "amount": {"arg": amount.arg, "currency": amount.currency} if amount else None,
            "most": self.most,
            "currency": self.currency,
            "max_uses": self.max_uses,
            "max_total": self.max_total,
            "max_risk": self.max_risk.value,
            "by": [list(one) for one in self.by],
            "teams": list(self.teams),
            "rules": list(self.rules),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        lists = {
            "vary": tuple(data["vary"]),
            "teams": tuple(data["teams"]),
            "rules": tuple(data.get("rules", ())),
            "by": tuple((one[0], one[1]) for one in data["by"]),
        }
        amount = AmountArg(**data["amount"]) if data["amount"] else None
        risk = Risk(data["max_risk"])
        return cls(**{**data, **lists, "amount": amount, "max_risk": risk})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """A decision given in advance: its scope, how much of it was used, and when and why it ended before its time.

    `handoff_id` is the handoff that it was given with, `policy` the version in force then.
    """

    id: str
    agent_id: str
    action_name: str
    handoff_id: str
    policy: int
    scope: Scope
    granted_at: datetime
    ends_at: datetime
    uses: int = 0
    total: int = 0
    ended_at: datetime | None = None
    ended_because: str | None = None

    @property
    def used_up(self) -> bool:
        """Say whether nothing is left of it."""
        return self.uses >= self.scope.max_uses

    def is_open(self, now: datetime) -> bool:
        """Say whether it can still answer anything."""
        return self.ended_at is None and now < self.ends_at and not self.used_up


def standing_id(handoff_id: str, sequence: int) -> str:
    """Name the standing approval that the event `sequence` of a handoff gives."""
    return f"sa_{handoff_id.removeprefix('ho_')}_{sequence}"


def unanswerable(handoff: Handoff, of: ActionType, max_risk: Risk) -> str | None:
    """Say why no standing approval may answer this handoff, None where one may. Never loosens: it only refuses."""
    if handoff.kind is not Kind.ACTION or Verb.APPROVE not in handoff.allowed:
        return "Only an action that can be approved as it stands has similar ones."
    if handoff.vouched:
        return "Only what runs as the agent asked for it has similar ones."
    return _too_grave(handoff.verdict, of, max_risk) or _unanswered(handoff.verdict)


def _too_grave(verdict: Verdict, of: ActionType, max_risk: Risk) -> str | None:
    if not of.reversible or verdict.risk is Risk.CRITICAL:
        return "What cannot be undone, or is critical, is decided one by one."
    if verdict.risk.rank > min(of.risk.rank, max_risk.rank):
        return f"Its risk is {verdict.risk.value}, more than a standing approval may answer."
    return None


def _unanswered(verdict: Verdict) -> str | None:
    if verdict.observed or verdict.route is not Route.REVIEW:
        return "Only what policy puts before people has similar ones."
    others = [one.message for one in verdict.reasons if one.code not in ANSWERED]
    return f"A person must see each of these: {others[0]}" if others else None


def refusal(handoff: Handoff, of: ActionType) -> str | None:
    """Say why no standing approval can be given with this handoff, None where one can."""
    terms = of.standing
    if terms is None:
        return f"The policy allows no standing approvals of {of.name}."
    found = unanswerable(handoff, of, terms.max_risk)
    if found or terms.amount is None or handoff.action is None:
        return found
    currency = _currency(handoff.action, terms.amount)
    if read_amount(look_up(handoff.action.args, terms.amount.arg)) is None or currency is None:
        return "Its amount cannot be read, so nothing can be said to be at most as much."
    if terms.max_total and currency != terms.max_total[0]:
        return (
            f"Standing approvals of {of.name} are counted in {terms.max_total[0]}, not {currency}."
        )
    return None


def wish_refusal(wish: StandingWish, terms: StandingTerms) -> str | None:
    """Say how a wish goes beyond what the policy allows, None where it does not."""
    if not 0 < wish.lasts.total_seconds() <= terms.max_for.total_seconds():
        return f"It may last {write_duration(terms.max_for)} at most."
    if not 1 <= wish.uses <= terms.max_uses:
        return f"It may be used from once to {terms.max_uses} times."
    return None


def vote_refusal(handoff: Handoff, wish: StandingWish | None) -> str | None:
    """Say why this vote does not go with those there are: all who agree must give the very same, or nobody."""
    if wish is None or not handoff.votes:
        return None
    if any(vote.standing is None for vote in handoff.votes):
        names = " and ".join(vote.by for vote in handoff.votes if vote.standing is None)
        return f"{names} agreed to this one alone, so there is no standing approval to join."
    said = handoff.votes[0].standing
    if said == wish or said is None:
        return None
    return (
        f"{handoff.votes[0].by} gave it for {write_duration(said.lasts)} and {times(said.uses)}: "
        "give the very same, or approve this one alone."
    )


def giver_refusal(handoff: Handoff, person: Person) -> str | None:
    """Say why this person gives nothing in advance: only whoever decides in their own right, and from the beginning."""
    if in_place_of(person, handoff):
        return "Nothing is approved in advance in the place of somebody who is away."
    if handoff.escalated and right_refusal(person, replace(handoff, escalated=())):
        asked = " or ".join(handoff.verdict.teams)
        return f"Only approvers of {asked}, who are asked first, approve in advance."
    return None


def times(count: int) -> str:
    """Say how often."""
    return "1 time" if count == 1 else f"{count} times"


def wish_of(handoff: Handoff) -> StandingWish | None:
    """Give what everybody who agreed has given in advance; None where anybody has not."""
    wishes = {vote.standing for vote in handoff.votes}
    return next(iter(wishes), None) if len(wishes) == 1 else None


def given_with(handoff: Handoff) -> str | None:
    """Name the standing approval that was given with the approval of this handoff."""
    decided = handoff.decided
    if decided is None or decided.standing or wish_of(handoff) is None:
        return None
    return standing_id(handoff.id, decided.sequence)


def given(
    handoff: Handoff, of: ActionType, terms: StandingTerms, wish: StandingWish, now: datetime
) -> StandingApproval:
    """Give the standing approval that begins now with the approval of this handoff."""
    return StandingApproval(
        id=given_with(handoff) or "",
        agent_id=handoff.agent_id,
        action_name=of.name,
        handoff_id=handoff.id,
        policy=handoff.verdict.policy,
        scope=scope_of(handoff, of, terms, wish),
        granted_at=now,
        ends_at=now + wish.lasts,
    )


def scope_of(handoff: Handoff, of: ActionType, terms: StandingTerms, wish: StandingWish) -> Scope:
    """Say what a standing approval given with this handoff answers."""
    action = handoff.action or Action(name=of.name, args={})
    amount = terms.amount
    return Scope(
        agent=handoff.agent,
        owner=handoff.owner,
        title=of.title,
        fixed=_fixed(action, terms.vary, amount),
        vary=terms.vary,
        amount=amount,
        most=read_amount(look_up(action.args, amount.arg)) if amount else None,
        currency=_currency(action, amount) if amount else None,
        max_uses=wish.uses,
        max_total=terms.max_total[1] if terms.max_total else None,
        max_risk=terms.max_risk,
        by=tuple((vote.by_id, vote.by) for vote in handoff.votes),
        teams=handoff.verdict.teams,
        rules=_rules_of(handoff.verdict),
    )


def takes(approval: StandingApproval, handoff: Handoff, of: ActionType) -> int | None:
    """Say what the handoff would take of the total of a standing approval, None where it does not cover it.

    Whether it is still open, and those who gave it still may, is asked where its row is held.
    """
    scope = approval.scope
    same = approval.agent_id == handoff.agent_id and approval.policy == handoff.verdict.policy
    asked_for_it = {name for name, _ in scope.by} & set(handoff.requesters)
    if not same or asked_for_it or len(scope.by) < handoff.verdict.quorum:
        return None
    amount = like(approval, handoff, of)
    full = scope.max_total is not None and approval.total + (amount or 0) > scope.max_total
    return None if full else amount


def like(approval: StandingApproval, handoff: Handoff, of: ActionType) -> int | None:
    """Give the amount of what is like the handoff that the approval was given with; None for anything else."""
    scope, action = approval.scope, handoff.action
    if action is None or action.name != approval.action_name:
        return None
    if unanswerable(handoff, of, scope.max_risk) is not None:
        return None
    if not set(_rules_of(handoff.verdict)) <= set(scope.rules):
        return None
    if canonical(_fixed(action, scope.vary, scope.amount)) != canonical(dict(scope.fixed)):
        return None
    if scope.amount is None or scope.most is None:
        return 0
    amount = read_amount(look_up(action.args, scope.amount.arg))
    return amount if amount is not None and amount <= scope.most else None


def approve(before: Handoff, approval: StandingApproval, now: datetime) -> Step:
    """Approve a handoff in the name of those who gave a standing approval."""
    by_id, by = approval.scope.by[-1]
    votes = tuple(Vote(by_id=one, by=name, at=now) for one, name in approval.scope.by)
    decided = Decided(
        verb=Verb.APPROVE,
        by_id=by_id,
        by=by,
        via=Face.STANDING,
        at=now,
        sequence=before.sequence + 1,
        standing=approval.id,
    )
    after = allowed(moved(before, Status.APPROVED, now, votes=votes, decided=decided), now)
    actor = Actor(kind=ActorKind.PERSON, id=by_id, name=by, face=Face.STANDING)
    data = {
        "verb": Verb.APPROVE.value,
        "standing": approval.id,
        "given_by": [name for _, name in approval.scope.by],
    }
    messages = approval_messages(after)
    return one_step(before, after, EventType.APPROVED, actor, data=data, messages=messages)


def _rules_of(verdict: Verdict) -> tuple[str, ...]:
    """Name the rules that asked for people."""
    return tuple(one.rule or "" for one in verdict.reasons if one.code == "rule")


def _currency(action: Action, amount: AmountArg) -> str | None:
    if not amount.currency.startswith("/"):
        return amount.currency
    found = look_up(action.args, amount.currency)
    return found if isinstance(found, str) else None


def _fixed(action: Action, vary: Sequence[str], amount: AmountArg | None) -> dict[str, JSON]:
    """Give the args with those that may differ made null; what is absent stays absent."""
    args = dict(action.args)
    for pointer in (*vary, *((amount.arg,) if amount else ())):
        if look_up(args, pointer) is not MISSING:
            args = _without(args, split(pointer))
    return args


def _without(holder: Any, path: Sequence[str]) -> Any:
    """Copy a value with what stands at `path`, which is there, made null."""
    if not path:
        return None
    if isinstance(holder, list):
        place = int(path[0])
        return [_without(v, path[1:]) if n == place else v for n, v in enumerate(holder)]
    return {k: _without(v, path[1:]) if k == path[0] else v for k, v in holder.items()}
