"""The kill switch: while a stop is in force, nothing that it covers starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from webapp.domain.instant import written


class Scope(StrEnum):
    """What a stop covers."""

    GLOBAL = "global"
    AGENT = "agent"
    ACTION = "action"


class Stage(StrEnum):
    """How far a stop has been lifted: what it covers comes back before the trust in it does."""

    STOPPED = "stopped"
    SUPERVISED = "supervised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop in force; `name` is the agent's or the action's name, None for a global one.

    `eased_at` is when it was lifted as far as people deciding everything, `resumed_at` when it was lifted.
    """

    id: str
    scope: Scope
    name: str | None
    reason: str
    by: str
    at: datetime
    eased_at: datetime | None = None
    resumed_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        """Say whether nothing starts, or what people approve does."""
        return Stage.SUPERVISED if self.eased_at else Stage.STOPPED

    @property
    def held_until(self) -> datetime | None:
        """Give the instant at which something could start again, None while nothing can."""
        return self.eased_at or self.resumed_at

    def covers(self, agent: str, action: str | None) -> bool:
        """Say whether it holds for this agent and this action's name; `payments.*` covers a family of actions."""
        if self.scope is Scope.GLOBAL:
            return True
        if self.scope is Scope.AGENT:
            return self.name == agent
        return action is not None and _names(self.name or "", action)

    def describe(self) -> str:
        """Say in words what is stopped."""
        return "everything" if self.scope is Scope.GLOBAL else f"{self.scope.value} {self.name}"

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and history carry it."""
        return {
            "id": self.id,
            "scope": self.scope.value,
            "name": self.name,
            "reason": self.reason,
            "by": self.by,
            "at": written(self.at),
            "stage": self.stage.value,
            "eased_at": written(self.eased_at) if self.eased_at else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        eased_at = data.get("eased_at")
        return cls(
            id=data["id"],
            scope=Scope(data["scope"]),
            name=data["name"],
            reason=data["reason"],
            by=data["by"],
            at=datetime.fromisoformat(data["at"]),
            eased_at=datetime.fromisoformat(eased_at) if eased_at else None,
        )


def _names(pattern: str, action: str) -> bool:
    if pattern.endswith(".*"):
        return action.startswith(pattern[:-1])
    return pattern == action


def in_force(stops: Sequence[Stop], agent: str, action: str | None) -> Stop | None:
    """Find the stop that covers this agent and action, one that lets nothing start before one that is being lifted.

    None where nothing stands in the way.
    """
    if not stops:
        return None
    found = [stop for stop in stops if stop.covers(agent, action)]
    return next((stop for stop in found if not stop.eased_at), found[0] if found else None)


def halting(stops: Sequence[Stop], agent: str, action: str | None) -> Stop | None:
    """Find a stop under which this agent's action must not start."""
    found = in_force(stops, agent, action)
    return None if found is None or found.eased_at else found
