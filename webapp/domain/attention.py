"""Attention: how much of people's time an agent may ask for, and how much it is expected to do at least."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.uses import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How much an agent may have before people at once, and hand to them in a day; None is no bound."""

    pending: int | None
    per_day: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """How many handoffs an agent that works makes in each hour or day at least."""

    at_least: int
    period: Period
