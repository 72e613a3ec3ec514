"""The kill switch: while a stop is in force, nothing that it covers starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop in force; `name` is the agent's or the action's name, None for a global one."""

    id: str
    scope: Scope
    name: str | None
    reason: str
    by: str
    at: datetime

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
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        scope, at = Scope(data["scope"]), datetime.fromisoformat(data["at"])
        return cls(**{**data, "scope": scope, "at": at})


def _names(pattern: str, action: str) -> bool:
    if pattern.endswith(".*"):
        return action.startswith(pattern[:-1])
    return pattern == action


def in_force(stops: Iterable[Stop], agent: str, action: str | None) -> Stop | None:
    """Find the first stop that covers this agent and action, None where nothing stands in the way."""
    return next((stop for stop in stops if stop.covers(agent, action)), None)
