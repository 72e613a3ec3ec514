"""The history of a handoff in sentences, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.browser.differences import Change, between
from webapp.browser.words import EVENT_WORDS, STATUS_WORDS
from webapp.domain.action import Action
from webapp.domain.handoff import Decided, Handoff, Status, Verb
from webapp.domain.history import Event

Bodies = Mapping[int, Mapping[str, Any]]
DECIDED_WORDS: Mapping[Verb, str] = {
    Verb.APPROVE: "approved this",
    Verb.EDIT: "changed this and approved it",
    Verb.DENY: "denied this",
    Verb.RESPOND: "answered",
    Verb.REQUEST_CHANGES: "asked back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event: who did what, through which face, and what they said."""

    actor: str
    did: str
    face: str | None
    said: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a handoff that does not wait any more: who decided, how the run ended."""

    tone: str
    icon: str
    head: str
    text: str
    at: datetime | None
    note: str | None
    response: object
    changes: tuple[Change, ...]
    detail: object


def lines(events: Sequence[Event], bodies: Bodies) -> tuple[Line, ...]:
    """Tell the history, oldest first."""
    return tuple(_line(event, bodies.get(event.sequence, {})) for event in events)


def _line(event: Event, body: Mapping[str, Any]) -> Line:
    note = body.get("note")
    return Line(
        actor=event.actor,
        did=EVENT_WORDS[event.type],
        face=f"via {event.face}" if event.actor_kind == "person" else None,
        said=note if isinstance(note, str) else None,
        at=event.at,
    )


def ending(handoff: Handoff, bodies: Bodies, proposed: Action | None) -> Ending | None:
    """Say how it stands where it waits for no decision; `proposed` is what the agent asked."""
    if handoff.status is Status.PENDING:
        return None
    words = STATUS_WORDS[handoff.status]
    decided, outcome = handoff.decided, handoff.outcome
    said = bodies.get(decided.sequence, {}) if decided else {}
    return Ending(
        tone={"doubt": "doubt-mild", "go": ""}.get(words.tone, words.tone),
        icon=words.icon,
        head=_head(handoff, decided) if decided else words.label.capitalize(),
        text=words.means,
        at=decided.at if decided else handoff.changed_at,
        note=said.get("note"),
        response=said.get("response"),
        changes=between(proposed, handoff.action) if proposed and handoff.action else (),
        detail=bodies.get(outcome.sequence) if outcome else None,
    )


def _head(handoff: Handoff, decided: Decided) -> str:
    """Say who decided what; where several had to agree, all of them."""
    names = [vote.by for vote in handoff.votes if vote.by_id != decided.by_id]
    return f"{' and '.join([*names, decided.by])} {DECIDED_WORDS[decided.verb]}"
