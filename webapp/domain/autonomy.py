"""Autonomy as values: what earns an agent the next level, what costs it one, and its record so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from webapp.domain.duration import write_duration
from webapp.domain.instant import written
from webapp.domain.loops import Within


class Trigger(StrEnum):
    """What can cost an agent a level."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    DENIED = "denied"
    LOOPS = "loops"


TOLD = {
    Trigger.FAILED: "failed outcomes",
    Trigger.UNKNOWN: "outcomes that nobody knows",
    Trigger.DENIED: "denials",
    Trigger.LOOPS: "stopped loops",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What must be so before an agent is proposed for the next level.

    So many cases `decided` by people within the window, a share of them in agreement with the agent, and at most so
    many outcomes that `failed` or are unknown.
    """

    decided: int = 20
    agreement: float = 0.95
    failed: int = 0
    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What people and outcomes have said of an agent since an instant, at the level where it stands.

    `agreed` counts the cases that people approved as they were, and did not take back.
    """

    since: datetime
    decided: int
    agreed: int
    failed: int

    @property
    def agreement(self) -> float:
        """Give the share of decided cases in which people agreed; 0 without any."""
        return self.agreed / self.decided if self.decided else 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API, history and pages carry it."""
        return {
            "since": written(self.since),
            "decided": self.decided,
            "agreed": self.agreed,
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """The level that is recorded for an agent; None where it stands where the policy starts it."""

    level: str | None


def missing(asked: Promotion, record: Record) -> tuple[str, ...]:
    """Say in sentences what is not there yet of what a promotion asks for; nothing means that it can be proposed."""
    span = write_duration(asked.within)
    lacks = (
        (
            record.decided < asked.decided,
            f"{record.decided} of {asked.decided} cases decided by people within {span}.",
        ),
        (
            record.agreement < asked.agreement,
            f"People agreed with {_percent(record.agreement)} of them; it takes {_percent(asked.agreement)}.",
        ),
        (
            record.failed > asked.failed,
            f"{record.failed} failed or unknown outcomes; it may have {asked.failed}.",
        ),
    )
    return tuple(sentence for lacking, sentence in lacks if lacking)


def cost(trigger: Trigger, limit: Within, count: int) -> str:
    """Say why a level was lost."""
    span = write_duration(limit.length)
    told = f"{TOLD[trigger].capitalize()} within {span}: {count}."
    return f"{told} The policy takes a level back at {often(limit)}."


def often(limit: Within) -> str:
    """Write how often within what time, as the policy does: `3/7d`."""
    return f"{limit.count}/{write_duration(limit.length)}"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
