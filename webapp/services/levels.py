"""Levels of autonomy: where an agent stands and why, and how people and the policy move it, one step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.account import KeyInfo
from webapp.domain.autonomy import Promotion, Record, missing
from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, FieldProblem, SubmissionInvalid
from webapp.domain.handoff import Actor, Agent
from webapp.domain.history import Draft, EventType, payload
from webapp.domain.ladder import above, below, level_in_force, rungs
from webapp.domain.leveling import Change, demotion_refusal, promotion_refusal
from webapp.domain.message import Message, Topic
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import OBSERVE, Grant, Policy
from webapp.services import accounts, policies
from webapp.services.standing_effects import end_of_agent
from webapp.store import accounts as people
from webapp.store import autonomy as store
from webapp.store.autonomy import Stance
from webapp.store.handoffs import post
from webapp.work import Work

LONGEST_REASON = 1000
MOST_CHANGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Where an agent stands: the level in force, the next one up and down, and the evidence towards the next.

    `missing` says what of the policy's evidence is not there yet; `record` is None where the policy names none.
    """

    agent: Agent
    policy: Policy
    grant: Grant
    stance: Stance
    level: str
    up: str | None
    down: str | None
    record: Record | None
    missing: tuple[str, ...]

    @property
    def owner(self) -> str:
        """Name the team that answers for the agent."""
        return self.grant.owner or self.agent.owner

    @property
    def ready(self) -> bool:
        """Say whether the evidence for the next step is there."""
        return self.up is not None and self.record is not None and not self.missing

    def next_level(self) -> dict[str, Any] | None:
        """Give the next step and how far it is, as the API carries it; None where there is none."""
        if self.up is None:
            return None
        return {
            "level": self.up,
            "ready": self.ready,
            "missing": list(self.missing),
            "record": self.record.to_json() if self.record else None,
        }

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and command line carry it."""
        return {
            "agent": self.agent.name,
            "owner": self.owner,
            "level": self.level,
            "max": self.grant.max,
            "next_level": self.next_level(),
        }

    @property
    def rungs(self) -> tuple[str, ...]:
        """List the levels from the lowest that matters to this agent up to the most that it may earn."""
        order = rungs(self.policy.levels)
        most = max(order.index(self.grant.max), order.index(self.level))
        lowest = 0 if OBSERVE in {self.grant.start, self.level} else order.index("supervised")
        return order[min(lowest, most) : most + 1]


def ladder_of(work: Work, name: str) -> Ladder:
    """Say where an agent stands. Raises NotFound and Unavailable."""
    return ladder(work, accounts.agent_named(work, name))


def ladder(work: Work, agent: Agent) -> Ladder:
    """Say where an agent stands under the policy in force. Raises Unavailable before the first policy."""
    return _ladder(work, agent, policies.standing(work).policy, store.stance(work, agent.id))


def _ladder(work: Work, agent: Agent, policy: Policy, stance: Stance) -> Ladder:
    grant = policy.grant(agent.name, agent.owner)
    level = level_in_force(policy.levels, grant, stance.level)
    up = above(policy.levels, grant, level)
    record = _record(work, agent, grant.promote, stance) if grant.promote and up else None
    return Ladder(
        agent=agent,
        policy=policy,
        grant=grant,
        stance=stance,
        level=level,
        up=up,
        down=below(policy.levels, level),
        record=record,
        missing=missing(grant.promote, record) if grant.promote and record else (),
    )


def _record(work: Work, agent: Agent, asked: Promotion, stance: Stance) -> Record:
    return store.record(work, agent.id, since(work.now - asked.within, stance))


def since(begins: datetime, stance: Stance) -> datetime:
    """Say from when on things count: what an agent did at another level counts for nothing at this one."""
    return max(begins, stance.since) if stance.since else begins


def recorded(work: Work) -> dict[str, str | None]:
    """Give the level that is recorded for each agent, by its id."""
    return {agent_id: one.level for agent_id, one in store.stances(work).items()}


def changes(work: Work, agent_id: str) -> list[Change]:
    """Give the last changes of an agent's level, newest first."""
    return store.changes(work, agent_id, MOST_CHANGES)


def keys(work: Work, agent_id: str) -> list[KeyInfo]:
    """List an agent's keys, oldest first."""
    return people.keys_of(work, agent_id)


def set_level(work: Work, name: str, level: str, reason: str, by: Person | Actor) -> Ladder:
    """Let somebody promote an agent by one step, or demote it, for a reason; give where it stands then.

    An `Actor` is the command line, whose rights are those of whoever may use it. Where it stands there already, nothing
    changes. Raises NotFound, SubmissionInvalid, Conflict, Forbidden, OwnRequest.
    """
    agent = accounts.agent_named(work, name)
    hold(work, agent.id)
    before = ladder(work, agent)
    actor = by.actor() if isinstance(by, Person) else by
    kind = _direction(before, level)
    if isinstance(by, Person):
        _insist_on_right(work, before, kind, by)
    _check_reason(reason)
    if kind is None:
        return before
    evidence = {"record": before.record.to_json() if before.record else None}
    if kind is EventType.PROMOTED:
        evidence["missing"] = list(before.missing)  # type: ignore[assignment]
    move(work, before, level, actor, reason.strip(), evidence)
    return ladder(work, agent)


def hold(work: Work, agent_id: str) -> None:
    """Let nobody else move this agent until the end of the transaction."""
    work.lock_for(f"handrail.level.{agent_id}", shared=False)


def move(
    work: Work,
    before: Ladder,
    level: str,
    actor: Actor,
    reason: str,
    evidence: Mapping[str, Any],
) -> None:
    """Record that an agent stands at another level from now on, as an event that tells why."""
    order = rungs(before.policy.levels)
    rises = order.index(level) > order.index(before.level)
    draft = Draft(
        type=EventType.PROMOTED if rises else EventType.DEMOTED,
        actor=actor,
        data={"was": before.level, "level": level, "evidence": dict(evidence)},
        payload=payload({"reason": reason}),
    )
    store.move(work, before.stance, level, draft, before.policy.number)
    if not rises:
        end_of_agent(work, before.agent.id, f"{before.agent.name} was demoted to {level}")
    tell(work, before.agent.id)


def tell(work: Work, agent_id: str) -> None:
    """Have people told what is new about an agent's level."""
    post(work, Message(topic=Topic.LEVEL, handoff_id=agent_id, due_at=work.now))


def _direction(before: Ladder, level: str) -> EventType | None:
    """Say what a move to `level` is, None where the agent stands there. Raises SubmissionInvalid and Conflict."""
    order = rungs(before.policy.levels)
    if level not in order:
        known = ", ".join(order)
        message = f"The policy has no level {level[:80]}."
        raise _invalid("/level", "unknown", message, did_you_mean(level, order) or known)
    if level == before.level:
        return None
    if level == before.up:
        return EventType.PROMOTED
    if order.index(level) > order.index(before.level):
        next_up = f"The next step is {before.up}." if before.up else "It has no next step."
        raise Conflict(
            f"{before.agent.name} stands at {before.level}; the policy lets it rise to "
            f"{before.grant.max} at most, one step at a time.",
            hint=next_up,
        )
    if before.down is None or order.index(level) < order.index("supervised"):
        raise Conflict("Nobody is demoted below supervised: people decide everything there.")
    return EventType.DEMOTED


def _insist_on_right(work: Work, before: Ladder, kind: EventType | None, person: Person) -> None:
    if kind is EventType.DEMOTED:
        refusal = demotion_refusal(person, before.owner)
    else:
        makers = {key.maker for key in keys(work, before.agent.id)}
        refusal = promotion_refusal(person, before.owner, makers)
    if refusal:
        raise refusal


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise _invalid("/reason", "required", "Say why; it stays in the history.", "a sentence")
    if len(reason) > LONGEST_REASON:
        expected = f"at most {LONGEST_REASON} characters"
        raise _invalid("/reason", "too_long", "The reason is too long.", expected)


def _invalid(pointer: str, code: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code=code, message=message, expected=expected)
    return SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
