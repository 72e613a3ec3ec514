"""What people look at: the queue that waits for them, and one handoff with everything known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.domain.action import Action
from webapp.domain.callback import Callback
from webapp.domain.decision import EVERY_TEAM, Person
from webapp.domain.handoff import Handoff, Status
from webapp.domain.history import Event, EventType
from webapp.domain.label import Labelled
from webapp.domain.message import Hitch, Topic
from webapp.domain.policy import ActionType
from webapp.domain.shadow import concealed, concealed_claim, is_blind
from webapp.domain.task_type import TaskType
from webapp.domain.undo_terms import Undo
from webapp.domain.uses import Use
from webapp.services import labels, policies
from webapp.services.availability import why_nobody
from webapp.services.decide import seen
from webapp.services.deliver import told
from webapp.services.earlier import Earlier, earlier_attempts
from webapp.services.limits import uses_now
from webapp.services.settle import asked_again
from webapp.services.undo import undo_of, undone_by
from webapp.store import events, handoffs, lists, outbox
from webapp.store.lists import Filter, Page, QueuePlace
from webapp.work import Work

MOST_UNKNOWN = 10
UNKNOWN = "unknown_action"  # the reason of what has no action type
CONTENT_EVENTS = frozenset({EventType.SUBMITTED, EventType.REVISED, EventType.EDITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a person, soonest deadline first, and executions of which nobody knows whether they ran."""

    waiting: tuple[Handoff, ...]
    unknown: tuple[Handoff, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A handoff with all that is known of it.

    `bodies` holds the payloads by the sequence of their event; `proposed` is the action as the agent asked for it last,
    `earlier` the action before this revision; `label` what people say of how it was routed, or are asked to say.
    `attempts` are other handoffs because of which policy wants a person, `uses` how its limits stand now. `untyped`
    says that it was routed without an action type, and that the policy in force has none for it either. `nobody` says
    why it cannot be decided now, where not enough people can. `again` names the handoff in which it was asked for
    again, `undone_by` the one that undoes it, for which the policy in force names `undo`. `callbacks` says how its
    agent was told of it, `hitch` why Handrail has not begun to run it although it is approved.
    """

    handoff: Handoff
    claim: Mapping[str, Any]
    state: bytes | None
    events: Sequence[Event]
    bodies: Mapping[int, Mapping[str, Any]]
    action_type: ActionType | None
    proposed: Action | None
    earlier: Action | None
    label: Labelled | None
    task_type: TaskType | None = None
    attempts: tuple[Earlier, ...] = ()
    uses: tuple[Use, ...] = ()
    nobody: str | None = None
    untyped: bool = False
    again: str | None = None
    undo: Undo | None = None
    undone_by: Handoff | None = None
    callbacks: tuple[Callback, ...] = ()
    hitch: Hitch | None = None


def queue(work: Work, person: Person, size: int, after: QueuePlace | None = None) -> Queue:
    """Give what waits for this person to decide."""
    teams = person.deciding_teams
    every = EVERY_TEAM in teams
    found = lists.waiting(work, None if every else teams, after, size + 1)
    wanted = Filter(unsettled=True, teams=None if every else teams)
    unknown = lists.newest(work, wanted, MOST_UNKNOWN).handoffs if teams else ()
    waiting = tuple(concealed(one) for one in found[:size])
    return Queue(waiting=waiting, unknown=unknown, more=len(found) > size)


def look(work: Work, person: Person, handoff_id: str) -> Look:
    """Give one handoff that the person may see, and of it what may be seen before it is decided. Raises NotFound."""
    found = _look(work, seen(work, handoff_id, person))
    if is_blind(found.handoff):
        return _blind(found)
    return replace(found, attempts=earlier_attempts(work, person, found.handoff, found.events))


def _blind(found: Look) -> Look:
    """Leave out what would lead somebody who has still to say what they would do."""
    handoff = found.handoff
    return replace(
        found,
        handoff=concealed(handoff),
        claim=concealed_claim(handoff, found.claim),
        uses=(),
        untyped=False,
        state=None,
        events=[replace(event, data="{}") for event in found.events],
        bodies={},
    )


def _look(work: Work, handoff: Handoff) -> Look:
    chain = events.of_handoff(work, handoff.id)
    places = {(handoff.id, event.sequence) for event in chain if event.payload_digest}
    contents = handoffs.contents(work, places)
    bodies = {sequence: content.body for (_, sequence), content in contents.items()}
    claimed = contents.get((handoff.id, handoff.claim_sequence), handoffs.NOTHING)
    return Look(
        handoff=handoff,
        claim=claimed.body,
        state=claimed.state,
        events=chain,
        bodies=bodies,
        action_type=_type(work, handoff),
        task_type=_task_type(work, handoff),
        proposed=_action(claimed.body),
        earlier=_earlier(handoff, chain, bodies),
        label=labels.of_handoff(work, handoff.id) if handoff.is_final else None,
        uses=uses_now(work, handoff) if handoff.status is Status.PENDING else (),
        nobody=why_nobody(work, handoff),
        untyped=_untyped(work, handoff),
        again=asked_again(work, handoff),
        undo=undo_of(work, handoff),
        undone_by=undone_by(work, handoff),
        callbacks=told(work, handoff),
        hitch=_hitch(work, handoff),
    )


def everything(work: Work, person: Person, wanted: Filter, size: int) -> Page:
    """Give the newest handoffs that the person may see and that fit."""
    page = lists.newest(work, _visible(person, wanted), size)
    return replace(page, handoffs=tuple(concealed(one) for one in page.handoffs))


def _visible(person: Person, wanted: Filter) -> Filter:
    fields = {name: getattr(wanted, name) for name in Filter.__slots__}
    return Filter(**{**fields, "teams": None if person.sees_all else person.teams})


def _hitch(work: Work, handoff: Handoff) -> Hitch | None:
    if handoff.status is not Status.APPROVED or handoff.terms.executor is None:
        return None
    return outbox.hitch(work, Topic.EXECUTE, handoff.id)


def _type(work: Work, handoff: Handoff) -> ActionType | None:
    if handoff.action is None:
        return None
    return policies.at(work, handoff.verdict.policy).action_type(handoff.action.name)


def _untyped(work: Work, handoff: Handoff) -> bool:
    if handoff.action is None or not any(r.code == UNKNOWN for r in handoff.verdict.reasons):
        return False
    return not policies.standing(work).policy.action_type(handoff.action.name).known


def _task_type(work: Work, handoff: Handoff) -> TaskType | None:
    if handoff.task is None:
        return None
    return policies.at(work, handoff.verdict.policy).task_type(handoff.task.type)


def _earlier(
    handoff: Handoff, chain: Sequence[Event], bodies: Mapping[int, Mapping[str, Any]]
) -> Action | None:
    """Find the action of the revision before this one."""
    before = [
        event
        for event in chain
        if event.type in CONTENT_EVENTS and event.sequence < handoff.revised_sequence
    ]
    return _action(bodies.get(before[-1].sequence, {})) if before else None


def _action(body: Mapping[str, Any]) -> Action | None:
    said = body.get("action")
    return Action(name=said["name"], args=said["args"]) if said else None
