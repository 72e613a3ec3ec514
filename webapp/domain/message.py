"""What an outbox row says: something that the worker must do, and from when on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reach(StrEnum):
    """How far a message goes: each has workers of its own, so that a slow neighbour never delays a deadline."""

    INSIDE = "inside"  # it needs our database alone
    OUTSIDE = "outside"  # it waits for somebody else's server


class Topic(StrEnum):
    """What the worker can be asked to do."""

    EXPIRE = "handoff.expire"
    ESCALATE = "handoff.escalate"
    REMIND = "handoff.remind"
    LAPSE = "approval.lapse"
    OVERRUN = "execution.overrun"
    NOTIFY = "notification.console"
    ALERT = "notification.alert"
    ROUND = "agents.round"
    RESUME = "stop.resume"
    LEVEL = "notification.level"
    DIGEST = "notification.digest"
    REDRAW = "notices.redraw"
    CALLBACK = "agent.callback"
    EXECUTE = "approval.execute"
    REVOKE = "credentials.revoke"
    PREVIEW = "handoff.preview"
    VERIFY = "outcome.verify"

    @property
    def reach(self) -> Reach:
        """Say whether working it off waits for the network."""
        return Reach.OUTSIDE if self in OUTSIDE else Reach.INSIDE


OUTSIDE = frozenset(
    {
        Topic.NOTIFY,
        Topic.ALERT,
        Topic.LEVEL,
        Topic.DIGEST,
        Topic.CALLBACK,
        Topic.EXECUTE,
        Topic.REVOKE,
        Topic.PREVIEW,
        Topic.VERIFY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to do, not before `due_at`.

    It is about one handoff, but for ALERT (an alert), LEVEL (an agent), ROUND (`hour` or `day`), DIGEST (a channel),
    RESUME and REDRAW (a stop), which `handoff_id` names then. A CALLBACK is about one `version` of its handoff.

    Jobs look at the handoff as it stands when they run, so a message that has been overtaken does nothing. `failed`
    says that an attempt at it has failed.
    """

    topic: Topic
    handoff_id: str
    due_at: datetime
    version: int | None = None
    failed: bool = False

    @property
    def about(self) -> int:
        """Give the version that it is about, 0 where it is about none."""
        return self.version or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a stored message: the message's id, and which try this is, from 1."""

    id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hitch:
    """Why something has not come about yet, and when it is tried again; None where it was given up."""

    problem: str
    again_at: datetime | None
