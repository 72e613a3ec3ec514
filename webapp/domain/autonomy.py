"""Autonomy as values: what earns an agent the next level, what costs it one, and what it has earned so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """The level that is recorded for an agent; None where it stands where the policy starts it."""

    level: str | None
