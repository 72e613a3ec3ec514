"""Uses: how much of a limit has been used within its window, and how such amounts are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from webapp.domain.instant import written

SCALE = (
    10_000  # counters hold ten-thousandths, so that the smallest parts of money are whole numbers
)
GREATEST = 10**14 * SCALE  # what one counter can hold with room to spare


class Period(StrEnum):
    """How long a window lasts: by the clock and the calendar, in the policy's time zone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    def begins_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Give the beginning of the window around `at`, in `zone`."""
        here = at.astimezone(zone)
        if self is Period.MINUTE:
            return here.replace(second=0, microsecond=0)
        if self is Period.HOUR:
            return here.replace(minute=0, second=0, microsecond=0)
        day = here.date() if self is Period.DAY else here.date().replace(day=1)
        return datetime.combine(day, time(), zone)

    def renews_at(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Give the instant, in UTC, at which the window around `at` ends."""
        begins = self.begins_at(at, zone)
        if self is Period.DAY:
            return datetime.combine(begins.date() + timedelta(days=1), time(), zone).astimezone(UTC)
        if self is Period.MONTH:
            later = (begins.date() + timedelta(days=32)).replace(day=1)
            return datetime.combine(later, time(), zone).astimezone(UTC)
        length = timedelta(hours=1) if self is Period.HOUR else timedelta(minutes=1)
        return begins.astimezone(UTC) + length


class Counted(StrEnum):
    """Whose use counts together."""

    AGENT = "agent"
    EVERYBODY = "everybody"
    COUNTERPARTY = "counterparty"
    TARGET = "target"
    INTENT = "intent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A limit as it stood when a handoff was routed, all in SCALE-ths: what approvers and agents are shown."""

    rule: str
    unit: str
    period: Period | None
    most: int
    used: int
    takes: int
    renews_at: datetime | None
    unasked: bool = False
    counted: Counted = Counted.AGENT

    @property
    def left(self) -> int:
        """Say what would be left after this one; below zero where it does not fit."""
        return self.most - self.used - self.takes

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API, history and pages carry it."""
        return {
            "rule": self.rule,
            "unit": self.unit,
            "per": self.period.value if self.period else None,
            "limit": plain(self.most),
            "used": plain(self.used),
            "takes": plain(self.takes),
            "left": plain(self.left),
            "renews_at": written(self.renews_at) if self.renews_at else None,
            "unasked": self.unasked,
            "counted_for": self.counted.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            rule=data["rule"],
            unit=data["unit"],
            period=Period(data["per"]) if data["per"] else None,
            most=scaled(data["limit"]),
            used=scaled(data["used"]),
            takes=scaled(data["takes"]),
            renews_at=datetime.fromisoformat(data["renews_at"]) if data["renews_at"] else None,
            unasked=data["unasked"],
            counted=Counted(data.get("counted_for", Counted.AGENT)),
        )


def plain(value: int) -> str:
    """Write SCALE-ths as a decimal: 1290000 is `129`, 1295000 `129.5`."""
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), SCALE)
    return f"{sign}{whole}" + (f".{part:04}".rstrip("0") if part else "")


def scaled(text: str) -> int:
    """Read what `plain` wrote."""
    negative = text.startswith("-")
    whole, _, part = text.lstrip("-").partition(".")
    value = int(whole) * SCALE + int((part + "0000")[:4])
    return -value if negative else value
