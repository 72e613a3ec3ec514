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
BUDGET = "of this agent's budget to run unasked"
EACH = {
    Counted.COUNTERPARTY: "with each counterparty",
    Counted.TARGET: "on each target",
    Counted.INTENT: "for each intent",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EachLine:
    """A limit that is counted for each of many: how much in which units, over what time, for each of what."""

    most: str
    per: str
    whose: str
    rule: str


def of_handoff(handoff: Handoff, now: Iterable[Use]) -> tuple[BoundLine, ...]:
    """Say how each limit stands: now while it waits, as it was routed afterwards."""
    uses = now if handoff.status is Status.PENDING else handoff.verdict.limits
    return tuple(_of_use(one, by_people=handoff.status is Status.PENDING) for one in uses)


def _of_use(use: Use, *, by_people: bool) -> BoundLine:
    """Write one limit; what counts only what runs unasked is not drawn on by a person's approval."""
    left = use.left + use.takes if use.unasked and by_people else use.left
    return BoundLine(
        name=f"{_grouped(use.most)} {use.unit} {PER[use.period]}",
        whose=BUDGET if use.unasked else WHOSE[use.counted],
        used=_grouped(use.used),
        left=_grouped(left) if left >= 0 else f"{_grouped(-left)} too much",
        over=left < 0,
        low=left * TENTH < use.most,
        rule=use.rule,
        renews_at=use.renews_at,
    )


def of_agent(found: Iterable[Allowance]) -> tuple[BoundLine, ...]:
    """Say what is left to an agent of each limit that can be known without a handoff, the tightest first."""
    known = [(one, one.used) for one in found if one.used is not None]
    ordered = sorted(known, key=lambda pair: -pair[1] / max(1, pair[0].limit.most))
    return tuple(_of_allowance(one, used) for one, used in ordered)


def each_its_own(found: Iterable[Allowance]) -> tuple[EachLine, ...]:
    """List the limits of which every counterparty, target or intent has its own: one line for each rule."""
    lines: dict[str, EachLine] = {}
    for one in found:
        limit = one.limit
        if one.used is None:
            most = f"{_grouped(limit.most)} {limit.unit}"
            before = lines.get(limit.path)
            names = f"{before.most}, {most}" if before else most
            per, whose = PER[limit.period], EACH.get(limit.counted, WHOSE[limit.counted])
            lines[limit.path] = EachLine(most=names, per=per, whose=whose, rule=limit.path)
    return tuple(lines.values())


def _of_allowance(allowance: Allowance, used: int) -> BoundLine:
    limit, left = allowance.limit, max(0, allowance.limit.most - used)
    return BoundLine(
        name=f"{_grouped(limit.most)} {limit.unit} {PER[limit.period]}",
        whose=BUDGET if limit.unasked else WHOSE[limit.counted],
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
