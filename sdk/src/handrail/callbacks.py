"""For receivers: check that what came in is the desk's, of this moment and unchanged, and say what it is about.

The desk signs by Standard Webhooks, so that any library for that does as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handrail.errors import CallbackRefused
from handrail.world import World

TOLERANCE = timedelta(minutes=5)
"""How old, or how far ahead, what came in may be."""

_CHALLENGE = "callback.challenge"
_PREFIX = "whsec_"
_THIS_MACHINE = World()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What came in: `id` is the same each time that it is sent, so what was dealt with can be told.

    Where `challenge` is not None the desk only asks whether this is the agent's receiver: answer
    with `reply`. Otherwise `data` holds at least `id`, `status`, `version`, `revision` and `links` of
    the handoff that moved.
    """

    id: str
    type: str
    timestamp: str
    data: Mapping[str, Any]
    challenge: str | None = None

    @property
    def handoff_id(self) -> str | None:
        """Name the handoff that moved."""
        return self.data.get("id")

    @property
    def status(self) -> str | None:
        """Say where it stands."""
        return self.data.get("status")

    @property
    def version(self) -> int:
        """Count its changes: of two events of one handoff, the greater version is the newer."""
        return int(self.data.get("version", 0))

    @property
    def reply(self) -> dict[str, str]:
        """Give the body to answer with, as JSON, with status 200."""
        return {} if self.challenge is None else {"challenge": self.challenge}


def verify(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance: timedelta = TOLERANCE,
    world: World = _THIS_MACHINE,
) -> Event:
    """Give the event that came in, where it was signed with this secret (or one of these) just now.

    `body` is the very bytes that came in, before anything has read them. Raise CallbackRefused otherwise.
    """
    known = {name.lower(): value for name, value in headers.items()}
    name, seconds = known.get("webhook-id", ""), known.get("webhook-timestamp", "")
    if not name or not _is_now(seconds, world.now(), tolerance):
        raise CallbackRefused("It has no id, or is not of this moment; is the clock right?")
    secrets = [secret] if isinstance(secret, str) else secret
    signed = f"{name}.{seconds}.".encode() + body
    given = _signatures(known.get("webhook-signature", ""))
    ours = [hmac.new(_key(one), signed, hashlib.sha256).digest() for one in secrets]
    if not any(hmac.compare_digest(one, other) for one in ours for other in given):
        raise CallbackRefused("It is not signed with the secret of this endpoint.")
    return _event(name, body)


def _is_now(seconds: str, now: datetime, tolerance: timedelta) -> bool:
    if not (seconds.isascii() and seconds.isdecimal()):
        return False
    return abs(now.timestamp() - int(seconds[:15])) <= tolerance.total_seconds()


def _key(secret: str) -> bytes:
    """Give the bytes of a secret: `whsec_` and base64. Raise ValueError where there are none."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    if not key:  # anybody could sign with that
        raise ValueError("The secret is empty: give the one that registering printed.")
    return key


def _signatures(header: str) -> list[bytes]:
    """Read the signatures of the first version; there are two while a secret is rotated."""
    found = []
    for one in header.split():
        version, _, text = one.partition(",")
        try:
            found += [base64.b64decode(text, validate=True)] if version == "v1" else []
        except ValueError:  # neither base64 nor ASCII
            continue
    return found


def _event(name: str, body: bytes) -> Event:
    told = json.loads(body)
    return Event(
        id=name,
        type=told["type"],
        timestamp=told.get("timestamp", ""),
        data=told.get("data", {}),
        challenge=told.get("challenge") if told["type"] == _CHALLENGE else None,
    )
