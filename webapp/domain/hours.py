"""Hours: when something may run unasked, by the clock and the calendar of a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXPECTED = '"Mon-Fri 08:00-18:00 Europe/Berlin"'
A_DAY = timedelta(days=1)
MOST_DAYS_AHEAD = 400

_WRITTEN = re.compile(
    r"(?P<days>[A-Za-z,-]+) (?P<begins>[0-9]{2}:[0-9]{2})-(?P<ends>[0-9]{2}:[0-9]{2})(?: (?P<zone>\S+))?",
    re.ASCII,
)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The same hours on some days of the week: minutes from midnight; what ends before it begins ends the next day."""

    days: frozenset[int]
    begins: int
    ends: int
    zone: ZoneInfo | None
    text: str

    def covers(self, at: datetime, holidays: frozenset[date], zone: ZoneInfo) -> bool:
        """Say whether these hours are on at an instant; `zone` is for those that name none."""
        here = at.astimezone(self.zone or zone)
        minute = here.hour * 60 + here.minute
        if self.begins < self.ends:
            return self._opens_on(here.date(), holidays) and self.begins <= minute < self.ends
        tonight = self._opens_on(here.date(), holidays) and minute >= self.begins
        return tonight or (self._opens_on(here.date() - A_DAY, holidays) and minute < self.ends)

    def starts_after(
        self, at: datetime, holidays: frozenset[date], zone: ZoneInfo
    ) -> datetime | None:
        """Give the next instant, in UTC, at which these hours begin."""
        here = at.astimezone(self.zone or zone)
        for ahead in range(MOST_DAYS_AHEAD):
            day = here.date() + ahead * A_DAY
            start = datetime.combine(
                day, time(self.begins // 60, self.begins % 60), self.zone or zone
            )
            if start.astimezone(UTC) > at and self._opens_on(day, holidays):
                return start.astimezone(UTC)
        return None

    def _opens_on(self, day: date, holidays: frozenset[date]) -> bool:
        return day.weekday() in self.days and day not in holidays


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When something may run unasked, and the days on which it may not."""

    path: str
    openings: tuple[Opening, ...]
    holidays: frozenset[date]

    def cover(self, at: datetime, zone: ZoneInfo) -> bool:
        """Say whether an instant lies within the hours."""
        return any(one.covers(at, self.holidays, zone) for one in self.openings)

    def open_at(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Give the next instant at which the hours begin."""
        starts = [one.starts_after(at, self.holidays, zone) for one in self.openings]
        return min((start for start in starts if start), default=None)

    @property
    def text(self) -> str:
        """Write the hours as the policy does."""
        return ", ".join(one.text for one in self.openings)


def read_opening(text: str) -> Opening | None:
    """Read `Mon-Fri 08:00-18:00 Europe/Berlin`; the zone may be left out. None where it means nothing."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    days = _read_days(match["days"])
    begins, ends = _read_minute(match["begins"]), _read_minute(match["ends"])
    zone = _read_zone(match["zone"]) if match["zone"] else None
    if not days or begins is None or ends is None or begins in {ends, _MINUTES_A_DAY}:
        return None
    if match["zone"] and zone is None:
        return None
    return Opening(days=days, begins=begins, ends=ends, zone=zone, text=text)


def _read_days(text: str) -> frozenset[int]:
    """Read `Mon-Fri` or `Mon,Wed`; none of them where one is unknown."""
    days: set[int] = set()
    for part in text.split(","):
        found = list(_days_from(*part.partition("-")[::2]))
        if not found:
            return frozenset()
        days.update(found)
    return frozenset(days)


def _days_from(first: str, last: str) -> Iterator[int]:
    if first not in DAYS or (last or first) not in DAYS:
        return
    begin = DAYS.index(first)
    length = (DAYS.index(last or first) - begin) % 7
    yield from ((begin + ahead) % 7 for ahead in range(length + 1))


def _read_minute(text: str) -> int | None:
    hour, minute = int(text[:2]), int(text[3:])
    at = hour * 60 + minute
    return at if minute < 60 and at <= _MINUTES_A_DAY else None  # noqa: PLR2004


def _read_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
