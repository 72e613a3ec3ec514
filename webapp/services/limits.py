"""Route within limits: lock the counters that matter, then route, then hold, in one transaction.

What may run holds its share of every limit from the moment it is approved, by policy or by a person: once it has begun
it counts for good, since only the agent says how it ended; what never began gives its share back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from webapp.domain.action import Action
from webapp.domain.autonomy import Earned
from webapp.domain.case import Counters, agent_draws, draws, is_limited
from webapp.domain.errors import LimitReached, LostRace
from webapp.domain.execution import has_run
from webapp.domain.handoff import Agent, Handoff, Status
from webapp.domain.history import EventType
from webapp.domain.limits import CounterKey, Draw, use_of
from webapp.domain.measures import acquaintance, reported
from webapp.domain.policy import Policy
from webapp.domain.routing import route
from webapp.domain.step import Routed, Step, basis_of
from webapp.domain.stop import Stop
from webapp.domain.uses import GREATEST, Use, plain
from webapp.services import loops, policies
from webapp.services.policies import Standing
from webapp.services.tasks import admitted
from webapp.store import autonomy
from webapp.store import counters as store
from webapp.work import Work

RUNS = frozenset({Status.APPROVED, Status.RUNNING})
ENDS = frozenset({EventType.REPORTED, EventType.SETTLED})


def route_within_limits(work: Work, handoff: Handoff, standing: Standing) -> Routed:
    """Route a drafted handoff exactly: whatever counts is held from reading it until the commit."""
    return _route(work, handoff, standing.policy, standing.stops, standing.earned, watched=True)


def route_edited(work: Work, handoff: Handoff, policy: Policy) -> Routed:
    """Route what a person has changed, within limits; a stop does not keep people from deciding."""
    return _route(work, handoff, policy, ())


def route_again(work: Work, handoff: Handoff, policy: Policy) -> Routed:
    """Route a handoff that holds its share of every limit: neither limits nor stops are asked again."""
    earned = autonomy.earned(work, handoff.agent_id)
    counters = Counters(
        at=work.now,
        level=earned.level,
        used=None,
        acquainted=_acquainted(work, handoff, policy),
        task=admitted(work, handoff, policy),
    )
    verdict = route(handoff, policy, counters)
    return Routed(verdict=verdict, counters=counters, basis=basis_of(handoff))


def _route(
    work: Work,
    handoff: Handoff,
    policy: Policy,
    stops: tuple[Stop, ...],
    earned: Earned | None = None,
    *,
    watched: bool = False,
) -> Routed:
    """Gather what routing counts with and route; the level is read here unless it was read with what is in force.

    `watched` looks for loops, too, which never bind people.
    """
    earned = earned or autonomy.earned(work, handoff.agent_id)
    if watched:
        loops.hold(work, handoff, policy)
    counters = Counters(
        at=work.now,
        level=earned.level,
        used=_used(work, draws(handoff, policy, work.now)),
        stops=stops,
        acquainted=_acquainted(work, handoff, policy),
        loops=loops.count(work, handoff, policy) if watched else None,
        task=admitted(work, handoff, policy),
    )
    verdict = route(handoff, policy, counters)
    return Routed(verdict=verdict, counters=counters, basis=basis_of(handoff))


def _used(work: Work, wanted: Sequence[Draw]) -> dict[str, int]:
    """Read what has been used: under lock what will be taken, without one what agents only report."""
    reported = [draw.key for draw in wanted if draw.limit.reported]
    taken = _exact_keys(wanted)
    found = {**(store.lock(work, taken) if taken else {}), **store.read_all(work, reported)}
    return {key.text: value for key, value in found.items()}


def _exact_keys(wanted: Sequence[Draw]) -> list[CounterKey]:
    """Name the counters that are locked for routing: all but those of what agents report."""
    return [draw.key for draw in wanted if not draw.limit.reported]


def _acquainted(work: Work, handoff: Handoff, policy: Policy) -> bool | None:
    """Say whether this action ever succeeded with this counterparty; None where the policy does not ask."""
    action_type = policy.action_type(handoff.target_name)
    counterparty = action_type.envelope.counterparty if action_type.envelope else None
    if counterparty is None or counterparty.new is None:
        return None
    key = acquaintance(handoff, action_type)
    return key is not None and store.read(work, key) > 0


def uses_now(work: Work, handoff: Handoff) -> tuple[Use, ...]:
    """Say how each limit stands right now that a handoff would draw on, for showing it."""
    if not handoff.verdict.limits:
        return ()
    wanted = draws(handoff, policies.at(work, handoff.verdict.policy), work.now)
    used = store.read_all(work, [draw.key for draw in wanted])
    return tuple(use_of(draw, used.get(draw.key, 0)) for draw in wanted)


def hold_or_give_back(work: Work, step: Step) -> None:
    """Keep the shares in step with where the handoff stands.

    Raises LimitReached where a person approves what a limit that binds people, too, does not leave room for.
    """
    held, holds = _holds(step.before), _holds(step.after)
    if holds and not held:
        _hold(work, step)
    elif held and not holds:
        _let_go(work, step)
    elif step.event.type is EventType.SETTLED and step.after.verdict.limits:
        _let_go_of_settled(work, step.after)
    if step.event.type in ENDS and has_run(step.after):
        _get_acquainted(work, step.after)


def _get_acquainted(work: Work, after: Handoff) -> None:
    """Remember with whom this action succeeded, where its envelope speaks of counterparties."""
    policy = policies.at(work, after.verdict.policy)
    key = acquaintance(after, policy.action_type(after.target_name))
    if key:
        store.note(work, key)


def _holds(handoff: Handoff | None) -> bool:
    return handoff is not None and handoff.status in RUNS and bool(handoff.verdict.limits)


def _let_go(work: Work, step: Step) -> None:
    """Count what has begun, also where the agent says that it failed: else who says so after each run has no limit."""
    if step.after.execution is None:
        store.give_back(work, step.after.id)
    elif (
        step.after.status is not Status.UNKNOWN
    ):  # its shares stay in sight until a person has settled it
        store.settle(work, step.after.id)


def _let_go_of_settled(work: Work, after: Handoff) -> None:
    """Let the share of what nobody knew the end of count for good, or give it back, as a person has found out."""
    if has_run(after):
        store.settle(work, after.id)
    else:
        store.give_back(work, after.id)


def give_back(work: Work, handoff: Handoff, policy: Policy, *, watched: bool = False) -> Handoff:
    """Give back what an approval holds that is about to be void, so that routing does not count it twice.

    Gives the handoff as one that holds nothing. What is counted when `policy` routes it next is locked with it, in
    the order of every other routing: whoever held some counters and wanted others then could wait for one who waits.
    """
    if handoff.status not in RUNS or not handoff.verdict.limits:
        return handoff
    if watched:
        loops.hold(work, handoff, policy)
    store.give_back(work, handoff.id, _exact_keys(draws(handoff, policy, work.now)))
    return replace(handoff, verdict=replace(handoff.verdict, limits=()))


def _hold(work: Work, step: Step) -> None:
    after = step.after
    taken = _taken(work, after)
    used = store.lock(work, [draw.key for draw in taken])
    if step.before and store.has_shares(work, after.id):
        raise LostRace  # somebody else has approved it while this waited for the counters
    for draw in taken if after.decided else ():
        _insist_on_room(draw, used[draw.key])
    store.hold(work, after.id, [(draw.key, draw.takes) for draw in taken])


def _taken(work: Work, after: Handoff) -> list[Draw]:
    """Say what is taken of which limits; what people decide leaves those alone that count what runs unasked."""
    policy = policies.at(work, after.verdict.policy)
    unasked = after.decided is None
    return [
        draw
        for draw in draws(after, policy, work.now)
        if draw.takes and (unasked or not draw.limit.unasked)
    ]


def _insist_on_room(draw: Draw, used: int) -> None:
    left = max(0, draw.limit.most - used)
    if draw.limit.binds_people and draw.takes > left:
        raise LimitReached(
            f"{draw.limit.path} leaves {plain(left)} of {plain(draw.limit.most)} {draw.limit.unit}; "
            f"this takes {plain(draw.takes)}."
        )


def is_counted(agent: Agent, policy: Policy, action: Action | None) -> bool:
    """Say whether this agent's doing this is counted, so that it must not be counted twice."""
    if loops.is_watched(agent, policy):
        return True
    if action is None:
        return False
    grant = policy.grant(agent.name, agent.owner)
    return is_limited(grant, policy.action_type(action.name))


def count_usage(work: Work, handoff: Handoff, detail: Mapping[str, Any]) -> None:
    """Count what an agent reports to have used up; what cannot be read uses up what is left of its day."""
    usage = detail.get("usage")
    if not isinstance(usage, Mapping):
        return
    policy = policies.standing(work).policy
    grant = policy.grant(handoff.agent, handoff.owner)
    wanted = agent_draws(grant, handoff.agent_id, 0, work.now, policy.timezone)
    drawn = {draw.key: draw.limit for draw in wanted if draw.limit.reported}
    for key, limit in sorted(drawn.items(), key=itemgetter(0)):
        spent = reported(limit, usage)
        if spent and store.read(work, key) < GREATEST:
            store.add(work, key, spent)
