"""The history of a handoff in sentences, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.browser.checked import BY_WORDS
from webapp.browser.differences import Change, between, between_tasks
from webapp.browser.words import EVENT_WORDS, RUN_HERE_MEANS, standing_words
from webapp.domain.action import Action
from webapp.domain.effect import difference_from as difference_of_effect
from webapp.domain.effect import in_words as effect_in_words
from webapp.domain.handoff import ActorKind, Decided, Handoff, Source, Status, Verb, whose
from webapp.domain.history import Event, EventType
from webapp.domain.preview import difference_from, in_words
from webapp.domain.standing import times
from webapp.domain.verdict import Route, Verdict
from webapp.services.deliver import put_instead

RECORDED = "It was only observed: this is recorded, and nothing was permitted."
MAY_STAND = frozenset({EventType.APPROVED, EventType.VOTED})
Bodies = Mapping[int, Mapping[str, Any]]
DECIDED_WORDS: Mapping[Verb, str] = {
    Verb.APPROVE: "approved this",
    Verb.EDIT: "changed this and approved it",
    Verb.DENY: "denied this",
    Verb.RESPOND: "answered",
    Verb.REQUEST_CHANGES: "asked back",
}
OBSERVED_WORDS: Mapping[Verb, str] = {
    Verb.APPROVE: "would do exactly this",
    Verb.EDIT: "would do this instead",
    Verb.DENY: "would not do this at all",
}
LOOKED = frozenset({EventType.PREVIEWED, EventType.PREVIEW_FAILED, EventType.RECALLED})
FOUND = frozenset({EventType.SETTLED, EventType.VERIFIED, EventType.CONTRADICTED})
VOIDED = "looked up what it would change, which is new: earlier votes are void"
MOVED = "took the approval back: the world has moved"
RAN_WORDS: Mapping[bool, str] = {True: "it ran", False: "it did not run"}
SLACK_SAYS: Mapping[str, str] = {
    "is_archived": "the channel is archived",
    "channel_not_found": "there is no such channel, or Handrail is not in it",
    "not_in_channel": "Handrail is not in the channel",
    "restricted_action": "not everybody may write there",
    "user_disabled": "the account in Slack is closed",
    "invalid_auth": "Slack does not know Handrail's token",
    "token_revoked": "Handrail's token was taken back in Slack",
    "account_inactive": "the app was removed from the workspace",
    "missing_scope": "the app may not write there",
}
WOULD_WORDS: Mapping[Route, str] = {
    Route.AUTO: "Policy would have run it unasked.",
    Route.REVIEW: "Policy would have put it before people.",
    Route.BLOCK: "Policy would have refused it.",
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
    compared: str | None
    at: datetime | None
    note: str | None
    response: object
    changes: tuple[Change, ...]
    detail: object
    reporter: str


def lines(events: Sequence[Event], bodies: Bodies) -> tuple[Line, ...]:
    """Tell the history, oldest first."""
    return tuple(_line(event, bodies.get(event.sequence, {})) for event in events)


def _line(event: Event, body: Mapping[str, Any]) -> Line:
    note, data = _said(body), json.loads(event.data)
    return Line(
        actor=whose(event.actor, data.get("in_place_of")),
        did=_did(event, data),
        face=f"via {event.face}" if event.actor_kind == "person" else None,
        said=note if isinstance(note, str) else None,
        at=event.at,
    )


def _said(body: Mapping[str, Any]) -> object:
    """Give what somebody said of it, or what a look has found."""
    moved = [difference_from(one) for one in body.get("changed") or ()]
    differs = [difference_of_effect(one) for one in body.get("differences") or ()]
    seen = in_words(moved) if moved else effect_in_words(differs) if differs else None
    return body.get("note") or body.get("problem") or seen


def _did(event: Event, data: Mapping[str, Any]) -> str:
    """Say what somebody did; what was said in advance, or of similar ones too, is told as such."""
    did, what = EVENT_WORDS[event.type], event.type
    if what in FOUND:
        return _found(did, data)
    if what in LOOKED:
        return _saw(data) or did
    if what is EventType.SUBMITTED and event.actor_kind == ActorKind.PERSON:
        return _wanted(data.get("basis", {}))
    if what is EventType.NOTICE_FAILED:
        return _untold(data["channel"], data["error"])
    if what is EventType.ESCALATED and "to" in data:
        return f"put it before {data['to']}, too"
    return _advance(did, data.get("standing")) if what in MAY_STAND else did


def _wanted(basis: Mapping[str, Any]) -> str:
    """Say what a person asked for in the agent's name."""
    undoes = basis.get("undoes")
    return f"asked for this, to undo {undoes}" if undoes else "asked for it to run again"


def _found(did: str, data: Mapping[str, Any]) -> str:
    """Say what was found out of a run, or by what."""
    if "ran" in data:
        return f"{did}: {RAN_WORDS[data['ran']]}"
    return f"{did}, {BY_WORDS[Source(data['by'])]}"


def _advance(did: str, standing: object) -> str:
    """Say what was said in advance with it, or of it."""
    if isinstance(standing, dict):
        return f"{did}, and similar ones for {standing['for']}, {times(standing['uses'])} at most"
    return f"{did} in advance, by standing approval {standing}" if standing else did


def _untold(place: str, error: str) -> str:
    """Say where people could not be told, and why in words where Slack's own are a code."""
    who = "somebody directly" if place.startswith("@") else f"people in {place}"
    known = SLACK_SAYS.get(error)
    return f"could not tell {who}: {known} ({error})" if known else f"could not tell {who}: {error}"


def _saw(data: Mapping[str, Any]) -> str | None:
    """Say what followed from a look; None where nothing did."""
    if data.get("void"):
        return VOIDED
    return MOVED if data.get("because") else None


def ending(handoff: Handoff, bodies: Bodies, proposed: Action | None) -> Ending | None:
    """Say how it stands where it waits for no decision; `proposed` is what the agent asked."""
    if handoff.status is Status.PENDING:
        return None
    words = standing_words(handoff)
    decided, outcome = handoff.decided, handoff.outcome
    said = bodies.get(decided.sequence, {}) if decided else {}
    put = put_instead(handoff, said)
    completed = (said.get("response") or {}).get("task") if handoff.task else None
    return Ending(
        tone={"doubt": "doubt-mild", "go": ""}.get(words.tone, words.tone),
        icon=words.icon,
        head=_head(handoff, decided) if decided else words.label.capitalize(),
        text=means(handoff),
        compared=_compared(handoff.verdict),
        at=decided.at if decided else handoff.changed_at,
        note=said.get("note"),
        response=None if completed else said.get("response"),
        changes=_changes(handoff, completed, proposed, put),
        detail=bodies.get(outcome.sequence) if outcome else None,
        reporter="Handrail" if handoff.terms.executor else "The agent",
    )


def _changes(
    handoff: Handoff,
    completed: Mapping[str, Any] | None,
    proposed: Action | None,
    put: Action | None,
) -> tuple[Change, ...]:
    """Say what a person changed in a task or in an action."""
    if handoff.task and completed:
        return between_tasks(handoff.task, completed)
    return between(proposed, put) if proposed and put else ()


def means(handoff: Handoff) -> str:
    """Say what it means that it stands so."""
    if handoff.settled:
        return (
            f"Nobody knew whether it ran; a person has found out: {RAN_WORDS[handoff.settled.ran]}."
        )
    if handoff.terms.executor and handoff.status in RUN_HERE_MEANS and not handoff.contradicted:
        return RUN_HERE_MEANS[handoff.status]
    recorded = handoff.verdict.observed and handoff.status is Status.ANSWERED
    return RECORDED if recorded else standing_words(handoff).means


def _compared(verdict: Verdict) -> str | None:
    """Say what policy would have done with what was only observed."""
    return WOULD_WORDS[verdict.would] if verdict.would else None


def _head(handoff: Handoff, decided: Decided) -> str:
    """Say who decided what; where several had to agree, all of them."""
    names = [vote.whose for vote in handoff.votes if vote.by_id != decided.by_id]
    words = OBSERVED_WORDS if handoff.verdict.observed else DECIDED_WORDS
    did = "admitted the task" if handoff.is_admitted else words[decided.verb]
    advance = " in advance, by a standing approval" if decided.standing else ""
    return f"{' and '.join([*names, decided.whose])} {did}{advance}"
