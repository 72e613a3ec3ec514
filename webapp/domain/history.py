"""Events and the hash chain that binds them, so that nobody edits the past unnoticed.

Each event carries the hash of the one before it in the same handoff and the digest of its payload. The payload itself
(claims, state, notes) is stored apart, with a random salt, so that it can be erased while the chain still verifies and
an erased "yes" cannot be guessed from its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic_core import to_json

from webapp.domain.handoff import Actor

GENESIS = "0" * 64


class EventType(StrEnum):
    """What can happen to a handoff, or to an agent's level, in the past tense.

    Agents never hear of `labelled` and `notice_failed`.
    """

    SUBMITTED = "submitted"
    REVISED = "revised"
    VOTED = "voted"
    APPROVED = "approved"
    EDITED = "edited"
    DENIED = "denied"
    ANSWERED = "answered"
    CHANGES_REQUESTED = "changes_requested"
    REVOKED = "revoked"
    RECALLED = "recalled"
    REDEEMED = "redeemed"
    STARTED = "started"
    REPORTED = "reported"
    CLAIMED = "claimed"
    WITHDRAWN = "withdrawn"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    OVERRAN = "overran"
    SETTLED = "settled"
    LABELLED = "labelled"
    RESUMED = "resumed"
    NOTICE_FAILED = "notice_failed"
    PREVIEWED = "previewed"
    PREVIEW_FAILED = "preview_failed"
    VERIFIED = "verified"
    CONTRADICTED = "contradicted"
    UNVERIFIED = "unverified"

    PROMOTED = "promoted"
    DEMOTED = "demoted"


VERIFYING = frozenset({EventType.VERIFIED, EventType.CONTRADICTED, EventType.UNVERIFIED})
OF_LEVELS = frozenset({EventType.PROMOTED, EventType.DEMOTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What may have to be erased one day: claims, notes and args as JSON, the states as the bytes they came in."""

    body: str
    state: bytes | None = None
    private_state: bytes | None = None

    def digest(self, salt: bytes) -> str:
        """Give the hex SHA-256 that the event keeps, over the salt and each part with its length in front."""
        hasher = hashlib.sha256(salt)
        for part in (self.body.encode(), self.state, self.private_state):
            size = -1 if part is None else len(part)
            hasher.update(size.to_bytes(8, "big", signed=True) + (part or b""))
        return hasher.hexdigest()


def payload(body: Mapping[str, Any]) -> Payload:
    """Make a payload of a JSON object."""
    return Payload(body=to_json(body).decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event before it is bound to those before it.

    `data` is what replay and auditors need and what is never erased: verdict, counters, decision verb, outcome status.
    `shown` is the hash of what a person saw when deciding.
    """

    type: EventType
    actor: Actor
    data: Mapping[str, Any]
    payload: Payload | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One past-tense fact, bound to the one before it; `data` is the JSON text whose bytes are hashed.

    `handoff_id` names what it happened to: a handoff, or for changes of a level (OF_LEVELS) an agent.
    """

    handoff_id: str
    sequence: int
    type: EventType
    at: datetime
    actor_kind: str
    actor_id: str
    actor: str
    face: str
    status: str
    revision: int
    fingerprint: str | None
    policy: int
    data: str
    payload_digest: str | None
    shown: str | None
    previous: str
    hash: str


FIELDS = tuple(Event.__slots__)[:-1]


def event_hash(facts: Mapping[str, Any]) -> str:
    """Hash every field of an event but its own hash, the previous hash among them."""
    parts = [facts[name] for name in FIELDS]
    parts[3] = facts["at"].isoformat(timespec="microseconds")
    return hashlib.sha256(
        json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def bind(draft: Draft, facts: Mapping[str, Any], payload_digest: str | None) -> Event:
    """Bind a draft into the chain.

    `facts` holds what the handoff says of the moment: handoff_id, sequence, at, status, revision, fingerprint,
    policy and `previous`.
    """
    complete = {
        **facts,
        "type": draft.type.value,
        "actor_kind": draft.actor.kind.value,
        "actor_id": draft.actor.id,
        "actor": draft.actor.name,
        "face": draft.actor.face.value,
        "data": to_json(draft.data).decode(),
        "payload_digest": payload_digest,
        "shown": draft.shown,
    }
    return Event(**{**complete, "type": draft.type}, hash=event_hash(complete))


def first_misfit(events: Iterable[Event]) -> tuple[int, str] | None:
    """Find the first event of a handoff's chain that does not fit: (sequence, what is wrong), or None."""
    previous, expected = GENESIS, 1
    for event in events:
        facts = {name: getattr(event, name) for name in FIELDS}
        if event.sequence != expected:
            return expected, f"event {expected} is missing"
        if event.previous != previous:
            return event.sequence, "it does not follow from the event before it"
        if event_hash(facts) != event.hash:
            return event.sequence, "its content was changed after it was written"
        previous, expected = event.hash, expected + 1
    return None


def anchor_hash(previous: str, event_hashes: Iterable[str]) -> str:
    """Bind a batch of event hashes, over all handoffs, to the batch before it."""
    hasher = hashlib.sha256(previous.encode())
    for one in event_hashes:
        hasher.update(one.encode())
    return hasher.hexdigest()
