"""Durations as people and agents write them: `90s`, `30m`, `24h`, `2d`."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=366)
EXPECTED = "a duration such as 90s, 30m, 24h or 2d"

_WRITTEN = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def parse_duration(text: str) -> timedelta | None:
    """Read `30m` as 30 minutes; None where `text` is no duration or is longer than 366 days."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    length = int(match[1]) * _UNITS[match[2]]
    return length if length <= LONGEST else None


def write_duration(length: timedelta) -> str:
    """Write `length` in the largest unit that divides it: 90 minutes are `90m`, 48 hours `2d`."""
    for letter, unit in reversed(_UNITS.items()):
        if length and length % unit == timedelta():
            return f"{length // unit}{letter}"
    return f"{int(length.total_seconds())}s"
