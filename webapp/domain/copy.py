"""A copy: one message about one handoff in one place, and what is to be done about it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.domain.handoff import Handoff
from webapp.domain.notice import Notice


class Standing(StrEnum):
    """Where a copy stands."""

    BEHIND = "behind"  # not sent: others like it come first
    NEW = "new"  # about to be sent, or sent and not known to be
    OPEN = "open"  # it stands there
    OVER = "over"  # it stands there and nothing more will be said in it
    FAILED = "failed"  # it could not be sent, and will not be


class Purpose(StrEnum):
    """What a copy is for; a thread's answers stand beside the question that they belong to."""

    ASK = "ask"
    REMIND = "remind"
    OUTCOME = "outcome"
    LETTER = "letter"  # told once, by mail or in a chat that we only write to: never drawn again


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One message. Its name with the number of the drawing is all that its buttons say.

    `target` is where it goes to: a channel, or `@U…` for a direct message. `place` and `ts` are Slack's name of what
    stands there; `drawn` hashes what is known to stand there, `shown` what the newest drawing shows.
    """

    id: str
    handoff_id: str
    channel_id: str
    purpose: str
    target: str
    likeness: str
    standing: Standing
    draw: int
    revision: int
    fingerprint: str | None
    shown: str
    drawn: str | None
    place: str | None
    ts: str | None
    error: str | None
    busy_until: datetime | None
    changed_at: datetime

    @property
    def name(self) -> str:
        """Give what the buttons of this drawing carry."""
        return f"{self.id}:{self.draw}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A copy that is to be drawn now, with what it shows; `thread` is the message under which a new one goes."""

    copy: Copy
    notice: Notice
    like: int = 0
    thread: str | None = None


def likeness(handoff: Handoff) -> str:
    """Say by what handoffs are alike: one message tells of them, with a count."""
    return f"{handoff.agent} {handoff.target_name} {handoff.verdict.risk.value}"


def read_name(text: str) -> tuple[str, int] | None:
    """Read what a button carries; None where that is nothing of ours."""
    name, _, draw = text.partition(":")
    if not name.startswith("nt_") or not (draw.isascii() and draw.isdigit()) or len(draw) > 9:  # noqa: PLR2004
        return None
    return name, int(draw)
