"""Limits: how much may be used within a window, whose use counts together, and what one handoff takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from webapp.domain.uses import Counted, Period, Use
from webapp.domain.verdict import Route

EVERYBODY = "*"  # whose counter it is where everybody's use counts together


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a policy; `path` is its place in the document and its name.

    `most` is in SCALE-ths of `unit` (`EUR`, `recipients`, …); no `period` means for ever. `unasked` counts only what
    runs without a person. `route` is what passing it asks for. `paces` bounds how fast an agent may go on by itself,
    never what people approve. `reported` is used up by what agents report afterwards, so that nothing is taken of it
    beforehand and reading it needs no lock.
    """

    path: str
    code: str
    most: int
    unit: str
    period: Period | None
    unasked: bool = False
    route: Route = Route.REVIEW
    counted: Counted = Counted.AGENT
    paces: bool = False
    reported: bool = False

    @property
    def binds_people(self) -> bool:
        """Say whether people cannot go beyond it either."""
        return self.route is Route.BLOCK and not self.paces

    def admits(self, used: int, takes: int) -> bool:
        """Say whether `takes` still fits where `used` has been used."""
        return used < self.most if self.reported else used + takes <= self.most


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CounterKey:
    """Which counter: whose (an agent's id, or `*`), of which limit and scope, in which window.

    `text` is the key as one string, as stored with verdicts.
    """

    holder: str
    name: str
    window: str
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", f"{self.holder}|{self.name}|{self.window}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What one handoff takes of one limit, in SCALE-ths, and the counter that it is taken from."""

    limit: Limit
    key: CounterKey
    takes: int
    renews_at: datetime | None


def draw_of(
    limit: Limit, holder: str, scope: tuple[str, ...], takes: int, at: datetime, zone: ZoneInfo
) -> Draw:
    """Say what is taken of `limit`, counted for `holder` and, below it, for each `scope` by itself."""
    # no window is shorter than a minute, so all within one are alike
    minute = at.replace(second=0, microsecond=0) if at.second or at.microsecond else at
    key, renews_at = _counter(limit.path, scope, holder, limit.period, minute, zone)
    return Draw(limit=limit, key=key, takes=takes, renews_at=renews_at)


@lru_cache(maxsize=4096)
def _counter(
    path: str,
    scope: tuple[str, ...],
    holder: str,
    period: Period | None,
    minute: datetime,
    zone: ZoneInfo,
) -> tuple[CounterKey, datetime | None]:
    window, renews_at = _window(period, minute, zone) if period else ("", None)
    return CounterKey(holder=holder, name=_name((path, *scope)), window=window), renews_at


@lru_cache(maxsize=1024)
def _window(period: Period, minute: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    begins = period.begins_at(minute, zone).isoformat(timespec="minutes")
    return begins, period.renews_at(minute, zone)


@lru_cache(maxsize=4096)
def _name(words: tuple[str, ...]) -> str:
    return "lm_" + hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def use_of(draw: Draw, used: int) -> Use:
    """Say how a limit stands where `used` has been used of it."""
    limit = draw.limit
    return Use(
        rule=limit.path,
        unit=limit.unit,
        period=limit.period,
        most=limit.most,
        used=used,
        takes=draw.takes,
        renews_at=draw.renews_at,
        unasked=limit.unasked,
        counted=limit.counted,
    )
