"""Agents' endpoints: signed posts to them, and the challenge that they echo before anything is sent there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webapp.domain.callback import failure, headers
from webapp.domain.errors import NotNow
from webapp.domain.instant import written
from webapp.gateways.web import AddressRefused, Answer, Request, Web, is_allowed

TIMEOUT = 10.0  # seconds for a whole try
CHALLENGE = "callback.challenge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is posted where: `name` is the same for each try, `secrets` sign it."""

    url: str
    secrets: Sequence[bytes] = field(repr=False)
    name: str
    body: bytes


def check_address(web: Web, url: str) -> None:
    """Refuse an address that may not be spoken to, or where others could read along.

    Raises AddressRefused and Unreachable.
    """
    parts, addresses = web.look_at(url)
    if parts.scheme == "http" and any(is_allowed(one, ()) for one in addresses):
        raise AddressRefused(
            f"What is sent to {parts.host} could be read on its way.",
            hint="Use https; http is for networks of your own, which HANDRAIL_ALLOW_NETWORKS allows.",
        )


def send(web: Web, post: Post, at: datetime) -> Answer:
    """Post it, signed at this instant. Raises AddressRefused, Unreachable and NoAnswer."""
    signed = headers(post.secrets, post.name, at, post.body)
    return web.send(
        Request(method="POST", url=post.url, headers=signed, body=post.body, timeout=TIMEOUT)
    )


def challenge(web: Web, post: Post, text: str, at: datetime) -> str | None:
    """Have an endpoint echo `text`; say why it did not, None where it did. `post` has no body yet."""
    asked = {"type": CHALLENGE, "timestamp": written(at), "challenge": text}
    filled = Post(
        url=post.url, secrets=post.secrets, name=post.name, body=json.dumps(asked).encode()
    )
    try:
        answer = send(web, filled, at)
    except (NotNow, AddressRefused) as error:
        return error.detail.rstrip(".")
    why = failure(answer.status)
    if why:
        return why
    return None if _echoed(answer.body) == text else "it did not echo the challenge"


def _echoed(body: bytes) -> object:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found.get("challenge") if isinstance(found, dict) else None
