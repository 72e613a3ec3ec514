"""Callbacks: what an agent's endpoint is sent when a handoff of its moves, signed by Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import EVERY_TEAM, Person, Role
from webapp.domain.errors import Forbidden
from webapp.domain.handoff import ActorKind, Status
from webapp.domain.history import EventType
from webapp.domain.message import Message, Topic
from webapp.domain.step import Step

SECRET_FORM = "whsec_"  # noqa: S105 — what secrets begin with
SECRET_BYTES = 32
OLD_SECRET_LIVES = timedelta(hours=24)
LONGEST_URL = 2000
# what an agent has done itself, in a call whose answer says what came of it; of what Handrail runs, the end is news
ANSWERED = frozenset({EventType.SUBMITTED, EventType.REVISED, EventType.REDEEMED})


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    UNVERIFIED = "unverified"  # nothing yet: it has to echo a challenge first
    VERIFIED = "verified"
    OFF = "off"  # it said that it is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an agent is called back; its secrets are kept apart.

    `problem` says why it is not verified, or off; `old_ends_at` until when the secret before this one signs as well.
    """

    id: str
    agent_id: str
    url: str
    content: CallbackWish
    state: EndpointState
    registered_at: datetime
    registered_by: str
    verified_at: datetime | None = None
    old_ends_at: datetime | None = None
    problem: str | None = None


class CallbackState(StrEnum):
    """How far telling the agent has come."""

    WAITING = "waiting"  # for its first try, or the next one
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"  # the handoff has moved on, or there is no endpoint any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One version of a handoff that its agent is told of: how often that was tried, and how it went.

    `message_id` and `attempt` are those of the outbox; `tries` counts from the last time that it was set going.
    """

    handoff_id: str
    version: int
    agent_id: str
    status: Status
    state: CallbackState
    message_id: int
    attempt: int
    tries: int
    first_at: datetime
    last_at: datetime
    next_at: datetime | None = None
    problem: str | None = None

    @property
    def type(self) -> str:
        """Name the event as its receiver reads it."""
        return event_type(self.status)


def news(step: Step) -> Message | None:
    """Give the message that has the agent told of a step; None where it does not wait for it."""
    before, after = step.before, step.after
    if after.callback is CallbackWish.NONE or before is None or step.event.type in ANSWERED:
        return None
    if step.event.type is EventType.REPORTED and step.event.actor.kind is ActorKind.AGENT:
        return None
    if after.version == before.version:
        return None
    return Message(
        topic=Topic.CALLBACK,
        handoff_id=after.id,
        due_at=after.changed_at,
        version=after.version,
    )


def event_type(status: Status) -> str:
    """Name what is told of a handoff that stands so."""
    return f"handoff.{status.value}"


def webhook_id(handoff_id: str, version: int) -> str:
    """Name what is told: the same at each try, so that a receiver knows what it has had."""
    return f"{handoff_id}_v{version}"


def write_secret(raw: bytes) -> str:
    """Write a secret as Standard Webhooks does."""
    return SECRET_FORM + base64.b64encode(raw).decode()


def headers(secrets: Sequence[bytes], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the headers by which a receiver knows who speaks, when, and that nobody changed a byte.

    One signature for each secret: after a rotation the old one signs, too, for a while.
    """
    seconds = int(at.timestamp())
    signed = b".".join((name.encode(), str(seconds).encode(), body))
    digests = [hmac.new(one, signed, hashlib.sha256).digest() for one in secrets]
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in digests),
    }


def said(status: int) -> str:
    """Name an answer in a few words: `503 Service Unavailable`."""
    known = status in list(HTTPStatus)
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def failure(status: int) -> str | None:
    """Say why an answer does not count as taken; None where it does."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"it answered {said(status)}, and redirects are not followed"
    return f"it answered {said(status)}"


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read how long a server asks us to wait: seconds, or a date (RFC 9110); None where it does not say."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(aware - now, timedelta(0))


def right_to_manage(person: Person, owner: str) -> Forbidden | None:
    """Say why this person may not change where an agent of `owner` is called back: admins of that team may."""
    for one in person.memberships:
        if one.role is Role.ADMIN and one.team in {owner, EVERY_TEAM}:
            return None
    return Forbidden(f"Only admins of {owner} may do this.")
