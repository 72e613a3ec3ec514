"""Alerts: what people should know of an agent that no handoff tells them, until somebody settles it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class AlertKind(StrEnum):
    """What an agent can be reported for; UNTOLD is about a channel in its place, whose messages are refused."""

    INVALID = "invalid"
    ASKS_TOO_MUCH = "asks_too_much"
    SILENT = "silent"
    NOBODY = "nobody"
    UNTOLD = "untold"
    CALLBACK = "callback"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to know of one agent: at most one of a kind is open.

    `owner` is the team that should know, `count` how often it happened, `detail` what was seen last. `over_at` is when
    it ended by itself, `settled_at` when a person (or its end) took it off the list.
    """

    id: str
    kind: AlertKind
    agent_id: str
    agent: str
    owner: str
    opened_at: datetime
    last_at: datetime
    count: int
    detail: Mapping[str, Any]
    over_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None

    @property
    def says(self) -> str:
        """Say in one sentence what happens, without a word of the agent's."""
        seen = self.detail
        if self.kind is AlertKind.INVALID:
            times = f"{self.count} submissions" if self.count > 1 else "a submission"
            return f"{self.agent} sent {times} that could not be stored."
        if self.kind is AlertKind.ASKS_TOO_MUCH:
            return f"{self.agent} asks too much: {seen['limit']} {seen['of']} is as much as it may."
        if self.kind is AlertKind.NOBODY:
            asked = " or ".join(seen["teams"])
            return f"{self.agent} waits for {asked}, and not enough of them are there."
        if self.kind is AlertKind.UNTOLD:
            return f"{self.agent} refuses what Handrail tells ({seen['error']}); the queue here has all of it."
        if self.kind is AlertKind.CALLBACK:
            return f"Callbacks to {self.agent} do not arrive: {seen['problem']}."
        if self.kind is AlertKind.CONTRADICTED:
            return self._contradicted
        expected = f"at least {seen['at_least']} are expected in each {seen['period']}"
        return f"{self.agent} has gone quiet: {seen['seen']} handoffs, where {expected}."

    @property
    def _contradicted(self) -> str:
        of, more = self.detail["action"], self.count - 1
        others = f", and {more} before it" if more else ""
        return f"What {self.agent} reported as done is not so: {of}{others}."
