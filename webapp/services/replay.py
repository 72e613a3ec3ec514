"""Replay: derive every stored verdict again from what it was derived from, and compare.

What routing may look at is the content, which is in payloads, and the counters and the rest of the
basis, which are in the event.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from webapp.domain.action import Action
from webapp.domain.case import Counters
from webapp.domain.errors import NotFound
from webapp.domain.handoff import Handoff
from webapp.domain.history import Event, EventType
from webapp.domain.policy import Policy
from webapp.domain.routing import route
from webapp.domain.task import Task
from webapp.services import policies
from webapp.store import archive
from webapp.store.archive import Said, Story, stories
from webapp.work import Work

PolicyOf = Callable[[int], Policy]
CONTENT = frozenset({EventType.SUBMITTED, EventType.REVISED, EventType.EDITED, EventType.ANSWERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One stored verdict; `derived` is what its inputs give today, None where they are erased."""

    handoff_id: str
    sequence: int
    stored: Mapping[str, Any]
    derived: Mapping[str, Any] | None

    @property
    def differs(self) -> bool:
        """Say whether the stored verdict is not what its inputs give."""
        return self.derived is not None and _essence(self.derived) != _essence(self.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A verdict of one handoff: as stored, as its inputs give it today, and under another version.

    `derived` and `other` are None where what they rest on was erased.
    """

    sequence: int
    event: str
    at: datetime
    policy: int
    stored: Mapping[str, Any]
    derived: Mapping[str, Any] | None
    other: Mapping[str, Any] | None

    @property
    def differs(self) -> bool:
        """Say whether the other version would have routed it another way, or under other conditions."""
        if self.other is None or self.derived is None:
            return False
        one, two = ({**_essence(v), "policy": 0} for v in (self.derived, self.other))
        return one != two


def replay_one(work: Work, handoff_id: str, number: int | None = None) -> list[Compared]:
    """Derive each verdict of one handoff again, under its own version and, beside it, under `number`.

    The counters are those of then: a limit that only the other version has was not counted, so it
    counts as used up. Raises NotFound.
    """
    found = archive.story(work, handoff_id)
    if found is None:
        raise NotFound(f"There is no handoff {handoff_id}.")
    own = list(_verdicts(found, cache(partial(policies.at, work))))
    other: list[Checked | None] = [None] * len(own)
    if number is not None:
        wanted = policies.at(work, number)
        other = list(_verdicts(found, lambda _: wanted))
    events = {event.sequence: event for event in found.events}
    return [
        _compared(events[one.sequence], one, beside) for one, beside in zip(own, other, strict=True)
    ]


def _compared(event: Event, own: Checked, other: Checked | None) -> Compared:
    return Compared(
        sequence=event.sequence,
        event=event.type.value,
        at=event.at,
        policy=event.policy,
        stored=own.stored,
        derived=own.derived,
        other=other.derived if other else None,
    )


def replay(work: Work) -> Iterator[Checked]:
    """Derive every stored verdict again, handoff by handoff, oldest first."""
    policy_of = cache(partial(policies.at, work))
    for story in stories(work):
        yield from _verdicts(story, policy_of)


def _verdicts(story: Story, policy_of: PolicyOf) -> Iterator[Checked]:
    """Walk along one history."""
    content: Handoff | None = None
    for event in story.events:
        if event.type in CONTENT:
            content = _content(story, event, content)
        data = json.loads(event.data)
        if "verdict" in data:
            yield _checked(event, data, content, policy_of)


def _content(story: Story, event: Event, before: Handoff | None) -> Handoff | None:
    """Give the handoff with what this event put into it; None where that was erased."""
    said = story.said.get(event.sequence)
    if said is None:
        return None
    if event.type is EventType.EDITED:
        return replace(before, action=_action(said)) if before else None
    if event.type is EventType.ANSWERED:
        scoped = said.body.get("response", {}).get("task")
        return replace(before, task=Task.from_json(scoped)) if before and scoped else before
    task = said.body.get("task")
    return replace(
        story.handoff,
        action=_action(said),
        confidence=said.body.get("confidence"),
        task=Task.from_json(task) if task else None,
        task_id=said.body.get("task_id"),
        tags=tuple(said.body.get("tags") or ()),
        on_behalf_of=said.body.get("on_behalf_of"),
    )


def _action(said: Said) -> Action | None:
    proposed = said.body.get("action")
    return Action(name=proposed["name"], args=proposed["args"]) if proposed else None


def _essence(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Give a verdict without its prose, which a release may word better."""
    reasons = [(one["code"], one["route"], one["rule"]) for one in verdict["reasons"]]
    return {**verdict, "reasons": reasons, "deadline": verdict.get("deadline")}


def _checked(
    event: Event, data: Mapping[str, Any], content: Handoff | None, policy_of: PolicyOf
) -> Checked:
    derived = None
    if content is not None:
        counters = Counters.from_json(data["counters"])
        derived = route(
            replace(content, **data["basis"]), policy_of(event.policy), counters
        ).to_json()
    return Checked(
        handoff_id=event.handoff_id,
        sequence=event.sequence,
        stored=data["verdict"],
        derived=derived,
    )
