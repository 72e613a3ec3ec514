"""Limits in words: how much there is, what has been used, and what is left, for approvers and for the agents page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.handoff import Handoff, Status
from webapp.domain.uses import Counted, Period, Use, plain
from webapp.services.allowances import Allowance

WHOSE = {
    Counted.AGENT: "of this agent",
    Counted.EVERYBODY: "of all agents",
    Counted.COUNTERPARTY: "with this counterparty",
    Counted.TARGET: "on this target",
    Counted.INTENT: "for this intent",
}
PER = {
    Period.MINUTE: "a minute",
    Period.HOUR: "an hour",
    Period.DAY: "a day",
    Period.MONTH: "a month",
    None: "in all",
}
TENTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundLine:
    """One limit: its name, what has been used, what is (or would be) left, and whether that is too little."""

    name: str
    whose: str
    used: str
    left: str
    over: bool
    low: bool
    rule: str
    renews_at: datetime | None


def of_handoff(handoff: Handoff, now: Iterable[Use]) -> tuple[BoundLine, ...]:
    """Say how each limit stands: now while it waits, as it was routed afterwards."""
    uses = now if handoff.status is Status.PENDING else handoff.verdict.limits
    return tuple(_of_use(one, by_people=handoff.status is Status.PENDING) for one in uses)


def _of_use(use: Use, *, by_people: bool) -> BoundLine:
    """Write one limit; what counts only what runs unasked is not drawn on by a person's approval."""
    left = use.left + use.takes if use.unasked and by_people else use.left
    return BoundLine(
        name=f"{_grouped(use.most)} {use.unit} {PER[use.period]}",
        whose="run unasked by this agent" if use.unasked else WHOSE[use.counted],
        used=_grouped(use.used),
        left=_grouped(left) if left >= 0 else f"{_grouped(-left)} too much",
        over=left < 0,
        low=left * TENTH < use.most,
        rule=use.rule,
        renews_at=use.renews_at,
    )


def of_agent(found: Iterable[Allowance]) -> tuple[BoundLine, ...]:
    """Say what is left to an agent of each limit that can be known without a handoff."""
    return tuple(_of_allowance(one, one.used) for one in found if one.used is not None)


def _of_allowance(allowance: Allowance, used: int) -> BoundLine:
    limit, left = allowance.limit, max(0, allowance.limit.most - used)
    return BoundLine(
        name=f"{_grouped(limit.most)} {limit.unit} {PER[limit.period]}",
        whose=WHOSE[limit.counted],
        used=_grouped(used),
        left=_grouped(left),
        over=left == 0,
        low=left * TENTH < limit.most,
        rule=limit.path,
        renews_at=allowance.renews_at,
    )


def _grouped(value: int) -> str:
    """Write SCALE-ths with thousands apart: 12,000.5."""
    whole, point, part = plain(value).partition(".")
    return f"{int(whole):,}{point}{part}"
