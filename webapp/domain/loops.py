"""Loops: when an agent repeats itself so often that people look, and what was counted of that for one handoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from webapp.domain.verdict import Route

DENIED_FOR = timedelta(hours=24)
REMEMBERED = timedelta(days=90)  # what is older is forgotten, so no window is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """So many within a window that ends now and slides: written `3/10m`."""

    count: int
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStops:
    """What the policy watches of repetition; None is not watched.

    `denied_for` is how long a denial stands against the same action on the same target; against the same intent it
    stands as long as anything is remembered. `attempts` is how many an intent has before people look at each.
    """

    same_fingerprint: Within | None = None
    after_denied_intent: Route | None = None
    denied_for: timedelta = DENIED_FOR
    failures: Within | None = None
    invalid: Within | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """What had happened before one handoff: no count goes beyond what the policy asks about.

    `same` counts the agent's other handoffs with this fingerprint, `failures` what failed in a row, `attempts` what
    was tried for this intent. `denied` names the handoffs whose denial stands against this one, `earlier` all those
    that a person should see beside it, newest first.
    """

    same: int = 0
    failures: int = 0
    attempts: int = 0
    denied: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the form that is stored with the verdict."""
        return {
            "same": self.same,
            "failures": self.failures,
            "attempts": self.attempts,
            "denied": list(self.denied),
            "earlier": list(self.earlier),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        lists = {name: tuple(data[name]) for name in ("denied", "earlier")}
        return cls(same=data["same"], failures=data["failures"], attempts=data["attempts"], **lists)


def in_a_row(failed: Sequence[bool]) -> int:
    """Count the failures since the last success; the newest comes first."""
    return next((number for number, one in enumerate(failed) if not one), len(failed))
