"""Export: every handoff with its history, as plain values for JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from webapp.domain.history import Event
from webapp.domain.label import Labelled
from webapp.domain.leveling import Change
from webapp.domain.shadow import concealed, concealed_claim, is_blind
from webapp.store.archive import Said, Story, stories
from webapp.store.autonomy import all_changes
from webapp.work import Work


def export(work: Work) -> Iterator[dict[str, Any]]:
    """Give every handoff with its events, oldest first, then every change of an agent's level; private states stay.

    Of what is only observed and waits, `withheld` says that verdict, confidence and the agent's view are left out.
    """
    for story in stories(work):
        blind = is_blind(story.handoff)
        yield _told(_withheld(story) if blind else story) | {"withheld": blind}
    for change in all_changes(work):
        yield _moved(change)


def _withheld(story: Story) -> Story:
    """Leave out what nobody may know before they have said what they would do."""
    handoff = story.handoff
    events = [replace(event, data="{}") for event in story.events]
    said = {
        sequence: replace(one, body=concealed_claim(handoff, one.body), state=None)
        for sequence, one in story.said.items()
    }
    return replace(story, handoff=concealed(handoff), events=events, said=said)


def _told(story: Story) -> dict[str, Any]:
    one = story.handoff
    return {
        "id": one.id,
        "agent": one.agent,
        "owner": one.owner,
        "kind": one.kind.value,
        "status": one.status.value,
        "revision": one.revision,
        "version": one.version,
        "title": one.title,
        "summary": one.summary,
        "action": one.action.to_json() if one.action else None,
        "task": one.task.to_json() if one.task else None,
        "fingerprint": one.fingerprint,
        "confidence": one.confidence,
        "intent_id": one.intent_id,
        "run_id": one.run_id,
        "thread_id": one.thread_id,
        "verdict": one.verdict.to_json(),
        "submitted_at": _instant(one.submitted_at),
        "changed_at": _instant(one.changed_at),
        "deadline_at": _instant(one.deadline_at) if one.deadline_at else None,
        "label": _label(story.label) if story.label else None,
        "events": [_event(event, story.said.get(event.sequence)) for event in story.events],
    }


def _label(one: Labelled) -> dict[str, Any]:
    """Give what people said of it afterwards or blind; without a label it waits for that."""
    return asdict(one) | {
        "chosen_at": _instant(one.chosen_at),
        "at": _instant(one.at) if one.at else None,
    }


def _moved(change: Change) -> dict[str, Any]:
    return {
        "kind": "level",
        "agent_id": change.agent_id,
        "sequence": change.sequence,
        "type": change.type.value,
        "at": _instant(change.at),
        "by": change.by,
        "was": change.was,
        "level": change.level,
        "reason": change.reason,
        "evidence": change.evidence,
        "hash": change.hash,
    }


def _event(event: Event, said: Said | None) -> dict[str, Any]:
    """Give an event with its payload; `state` is the text that the agent sent, byte for byte."""
    told = asdict(event) | {
        "type": event.type.value,
        "at": _instant(event.at),
        "data": json.loads(event.data),
    }
    if event.payload_digest is not None:
        told["payload"] = None if said is None else said.body
        told["state"] = said.state.decode() if said and said.state is not None else None
    return told


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
