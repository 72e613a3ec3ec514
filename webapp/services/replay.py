"""Replay: derive every stored verdict again from what it was derived from, and compare.

What routing may look at is the content (in payloads), the counters (in the event), and what the
events before say: whether a person has asked back, and whether one stands behind this revision.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from webapp.domain.action import Action
from webapp.domain.handoff import Handoff, Kind
from webapp.domain.history import Event, EventType
from webapp.domain.policy import Policy
from webapp.domain.routing import Counters, route
from webapp.services import policies
from webapp.store import accounts
from webapp.store.archive import Said, Story, stories
from webapp.work import Work

PolicyOf = Callable[[int], Policy]
AGENT_SPOKE = frozenset({EventType.SUBMITTED, EventType.REVISED})
PERSON_AGREED = frozenset({EventType.APPROVED, EventType.EDITED})


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


def replay(work: Work) -> Iterator[Checked]:
    """Derive every stored verdict again, handoff by handoff, oldest first."""
    teams = {agent.id: agent.owner for agent in accounts.agents(work)}
    policy_of = cache(partial(policies.at, work))
    for story in stories(work):
        yield from _verdicts(story, teams[story.handoff.agent_id], policy_of)


def _verdicts(story: Story, team: str, policy_of: PolicyOf) -> Iterator[Checked]:
    """Walk along one history; `team` is the one that the agent was added with."""
    asked: Handoff | None = None
    agreed = asked_back = False
    for event in story.events:
        if event.type in AGENT_SPOKE:
            grant = policy_of(event.policy).grant(story.handoff.agent, team)
            asked = _asked(story, event, grant.owner or team)
        elif event.type is EventType.EDITED:
            asked = _edited(story, event, asked)
        if event.type in AGENT_SPOKE | PERSON_AGREED:
            agreed = event.type in PERSON_AGREED
        data = json.loads(event.data)
        if "verdict" in data:
            routed = asked and replace(asked, vouched=agreed, asked_back=asked_back)
            yield _checked(event, data, routed, policy_of)
        asked_back = asked_back or event.type is EventType.CHANGES_REQUESTED


def _asked(story: Story, event: Event, owner: str) -> Handoff | None:
    """Give the handoff as the agent put it in this event; None where that was erased."""
    said = story.said.get(event.sequence)
    if said is None:
        return None
    confidence, action = said.body.get("confidence"), _action(story, said)
    return replace(story.handoff, action=action, confidence=confidence, owner=owner)


def _edited(story: Story, event: Event, before: Handoff | None) -> Handoff | None:
    """Give the handoff as a person changed it in this event; None where that was erased."""
    said = story.said.get(event.sequence)
    if said is None or before is None:
        return None
    return replace(before, action=_action(story, said))


def _action(story: Story, said: Said) -> Action | None:
    if story.handoff.kind is not Kind.ACTION:
        return None
    proposed = said.body["action"]
    return Action(name=proposed["name"], args=proposed["args"])


def _essence(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Give a verdict without its prose, which a release may word better."""
    reasons = [(one["code"], one["route"], one["rule"]) for one in verdict["reasons"]]
    return {**verdict, "reasons": reasons}


def _checked(
    event: Event, data: Mapping[str, Any], routed: Handoff | None, policy_of: PolicyOf
) -> Checked:
    derived = None
    if routed is not None:
        counters = Counters.from_json(data["counters"])
        derived = route(routed, policy_of(event.policy), counters).to_json()
    return Checked(
        handoff_id=event.handoff_id,
        sequence=event.sequence,
        stored=data["verdict"],
        derived=derived,
    )
