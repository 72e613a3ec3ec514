"""What a policy says of the time that people have: until when, when to remind them, and whom to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from webapp.domain.duration import parse_duration, write_duration

USUAL_PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One more team to put a handoff before, so long after its round began."""

    after: timedelta
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """How long people have; it expires then.

    People are reminded `remind` before each moment at which something happens: it goes to the next team of `escalate`,
    or it expires.
    """

    after: timedelta = USUAL_PATIENCE
    remind: timedelta | None = None
    escalate: tuple[Escalation, ...] = ()

    @property
    def unless_plain(self) -> Self | None:
        """Give it where something happens before the time is up."""
        return self if self.remind or self.escalate else None

    @property
    def teams(self) -> tuple[str, ...]:
        """Name the teams that it may be put before, in their order."""
        return tuple(one.to for one in self.escalate)

    @property
    def moments(self) -> tuple[timedelta, ...]:
        """List when something happens, counted from the beginning of the round."""
        return (*(one.after for one in self.escalate), self.after)

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and history carry it: as a policy is written."""
        return {
            "after": write_duration(self.after),
            "remind": write_duration(self.remind) if self.remind else None,
            "escalate": [
                {"after": write_duration(one.after), "to": one.to} for one in self.escalate
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        steps = (Escalation(after=_length(one["after"]), to=one["to"]) for one in data["escalate"])
        return cls(
            after=_length(data["after"]),
            remind=_length(data["remind"]) if data["remind"] else None,
            escalate=tuple(steps),
        )


USUAL_DEADLINE = Deadline()


def _length(written: str) -> timedelta:
    found = parse_duration(written)
    if found is None:
        raise ValueError(f"{written} is no duration")
    return found
