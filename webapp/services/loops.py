"""Loops: remember what agents do again and again, and count it exactly before a handoff is routed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from webapp.domain.alert import AlertKind
from webapp.domain.canonical import canonical
from webapp.domain.errors import FieldProblem
from webapp.domain.handoff import ActorKind, Agent, Handoff, Status
from webapp.domain.history import EventType
from webapp.domain.limits import CounterKey
from webapp.domain.loops import REMEMBERED, Loops, LoopStops, Within, in_a_row
from webapp.domain.patterns import alike
from webapp.domain.pointer import MISSING, look_up
from webapp.domain.policy import Policy
from webapp.domain.step import Step
from webapp.services import policies
from webapp.services.alerts import Concern, raise_alert
from webapp.store import alerts, attempts, counters
from webapp.work import Work

ASKED = frozenset({EventType.SUBMITTED, EventType.REVISED})
OUTCOMES = frozenset({Status.SUCCEEDED, Status.FAILED})
MOST_SHOWN = 10
MOST_FAULTS = 5
ENDED, INVALID = "ended", "invalid"


def lock_key(agent_id: str) -> CounterKey:
    """Name the row that is held while what one agent does is counted."""
    return CounterKey(holder=agent_id, name="watch", window="")


def is_watched(agent: Agent, policy: Policy) -> bool:
    """Say whether what this agent asks for must be counted before it is routed."""
    return (
        policy.stop_loops is not None or policy.grant(agent.name, agent.owner).attention is not None
    )


def hold(work: Work, handoff: Handoff, policy: Policy) -> None:
    """Hold, until the end of the transaction, what must not move while this handoff's agent is counted.

    To be called before any limit is locked, so that two never wait for each other.
    """
    attention = policy.grant(handoff.agent, handoff.owner).attention
    if policy.stop_loops is not None or attention is not None:
        counters.lock(work, [lock_key(handoff.agent_id)])


def count(work: Work, handoff: Handoff, policy: Policy) -> Loops | None:
    """Count what had happened before this handoff; None where nothing is watched or a person has spoken.

    To be called under `hold`.
    """
    stops = policy.stop_loops
    if stops is None or handoff.action is None or handoff.vouched:
        return None
    same = _same(work, handoff, stops)
    tried, tries = _tried(work, handoff, stops)
    denied = _denied(work, handoff, policy, stops)
    failed = _failed(work, handoff, stops)
    failures = in_a_row([status is Status.FAILED for _, status in failed])
    failing = [one for one, _ in failed[:failures]]
    shown = sorted({*same, *tried, *denied, *failing}, reverse=True)
    return Loops(
        same=len(same),
        failures=failures,
        attempts=tries,
        denied=tuple(denied),
        earlier=tuple(shown[:MOST_SHOWN]),
    )


def _same(work: Work, handoff: Handoff, stops: LoopStops) -> list[str]:
    watched = stops.same_fingerprint
    if watched is None:
        return []
    after, name = work.now - watched.length, _name("same", handoff.fingerprint or "")
    return attempts.handoffs(work, handoff.agent_id, name, after, handoff.id, watched.count)


def _tried(work: Work, handoff: Handoff, stops: LoopStops) -> tuple[list[str], int]:
    if stops.attempts is None:
        return [], 0
    name, after = _name("intent", handoff.intent_id), work.now - REMEMBERED
    tries = attempts.count(work, handoff.agent_id, name, after, stops.attempts)
    if not tries:
        return [], 0
    who, most = handoff.agent_id, stops.attempts
    return attempts.handoffs(work, who, name, after, handoff.id, most), tries


def _denied(work: Work, handoff: Handoff, policy: Policy, stops: LoopStops) -> list[str]:
    if stops.after_denied_intent is None:
        return []
    lengths = (REMEMBERED, stops.denied_for)
    found: set[str] = set()
    for name, length in zip(_denial_names(handoff, policy), lengths, strict=False):
        after = work.now - length
        who = handoff.agent_id
        found |= set(attempts.handoffs(work, who, name, after, handoff.id, MOST_SHOWN))
    return sorted(found, reverse=True)[:MOST_SHOWN]


def _failed(work: Work, handoff: Handoff, stops: LoopStops) -> list[tuple[str, Status]]:
    """Give the newest outcomes: of this action or of all the agent's, whichever has failed more often in a row."""
    watched = stops.failures
    if watched is None:
        return []
    after, agent_id = work.now - watched.length, handoff.agent_id
    streaks = [
        attempts.endings(work, agent_id, name, after, watched.count)
        for name in (ENDED, _name(ENDED, handoff.target_name))
    ]
    return max(streaks, key=lambda one: in_a_row([status is Status.FAILED for _, status in one]))


# ---------------------------------------------------------------------------------------------------------------------
# What is remembered


def remember(work: Work, step: Step) -> None:
    """Note what a step may be part of, where the policy that routed the handoff watches it."""
    names = step.after.action and _what_happened(step)
    if not names:
        return
    policy = policies.of_version(work, step.after.verdict.policy)
    stops = policy.stop_loops
    if stops is None:
        return
    _remember(work, step.after, names, policy, stops)


def _what_happened(step: Step) -> str | None:
    """Say in one word what of this step may matter, None for what never does."""
    before, after = step.before, step.after
    if step.event.type in ASKED:
        # what a person asks for again is no attempt of the agent's
        return "asked" if step.event.actor.kind is ActorKind.AGENT else None
    if step.event.type is EventType.DENIED:
        return "denied"
    if after.status in OUTCOMES and before is not None and before.status is not after.status:
        return "ended"
    if after.status is Status.APPROVED and after.decided is not None and _stood_denied(after):
        return "allowed"
    return None


def _remember(work: Work, after: Handoff, what: str, policy: Policy, stops: LoopStops) -> None:
    who = after.agent_id
    if what == "asked":
        names = [_name("same", after.fingerprint or "")] if stops.same_fingerprint else []
        names += [_name("intent", after.intent_id)] if stops.attempts else []
        attempts.note(work, who, names, after.id)
    elif what == "ended" and stops.failures:
        attempts.note(work, who, (ENDED, _name(ENDED, after.target_name)), after.id)
    elif what == "denied" and stops.after_denied_intent:
        attempts.note(work, who, _denial_names(after, policy), after.id)
    elif what == "allowed":
        attempts.forget(work, who, _denial_names(after, policy))


def _stood_denied(handoff: Handoff) -> bool:
    return any(reason.code == "denied_before" for reason in handoff.verdict.reasons)


def _denial_names(handoff: Handoff, policy: Policy) -> Iterator[str]:
    """Name what a denial stands against: the intent, and the same action on the same target, however it is written.

    Where the policy names no target, or the target is absent, the args are all there is to go by.
    """
    yield _name("no", handoff.intent_id)
    if handoff.action is None:
        return
    args, pointer = handoff.action.args, policy.action_type(handoff.target_name).target
    target = look_up(args, pointer) if pointer else MISSING
    if not isinstance(target, str):
        target = canonical(dict(args) if target is MISSING else target).decode()
    yield _name("no to", f"{handoff.action.name} {alike(target)}")


def _name(kind: str, what: str) -> str:
    """Name an attempt within the column's length, whatever the agent calls it."""
    return f"{kind}:{hashlib.sha256(what.encode()).hexdigest()}"


# ---------------------------------------------------------------------------------------------------------------------
# What could not even be stored


def count_invalid(work: Work, agent: Agent, problems: tuple[FieldProblem, ...] = ()) -> None:
    """Count a submission that could not be stored; tell people once where there are too many."""
    day = work.now.strftime("%Y-%m-%d")
    counters.add(work, CounterKey(holder=agent.id, name="invalid", window=day), 1)
    policy = policies.standing(work).policy
    watched = policy.stop_loops.invalid if policy.stop_loops else None
    if watched is None:
        return
    counters.lock(work, [lock_key(agent.id)])
    attempts.note(work, agent.id, (INVALID,))
    found = attempts.count(
        work, agent.id, INVALID, _counted_from(work, agent, watched), watched.count
    )
    if found >= watched.count:
        owner = policy.grant(agent.name, agent.owner).owner or agent.owner
        raise_alert(work, _invalid_concern(agent, owner, watched, problems))


def _counted_from(work: Work, agent: Agent, watched: Within) -> datetime:
    """Give the beginning of the window; what somebody has settled is not counted again."""
    known = alerts.newest(work, agent.id, AlertKind.INVALID)
    begins = work.now - watched.length
    return max(begins, known.settled_at) if known and known.settled_at else begins


def _invalid_concern(
    agent: Agent, owner: str, watched: Within, problems: tuple[FieldProblem, ...]
) -> Concern:
    faults = [
        {"pointer": one.pointer, "code": one.code, "message": one.message}
        for one in problems[:MOST_FAULTS]
    ]
    return Concern(
        kind=AlertKind.INVALID,
        agent_id=agent.id,
        agent=agent.name,
        owner=owner,
        detail={"faults": faults},
        count=watched.count,
    )
