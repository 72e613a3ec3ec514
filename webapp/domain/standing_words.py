"""Standing approvals in words: what one covers, and what it would have covered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.domain.canonical import canonical
from webapp.domain.handoff import Handoff, Status, Verb
from webapp.domain.json_text import JSON
from webapp.domain.pointer import split
from webapp.domain.policy import ActionType
from webapp.domain.standing import Scope, StandingApproval, like, times
from webapp.domain.summary import visible
from webapp.domain.uses import plain

LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What a standing approval would have covered of what was recorded, and where people saw it otherwise.

    `changed` are those that people edited before they agreed, `failed` those whose run failed or may have.
    """

    covered: int = 0
    denied: tuple[Handoff, ...] = ()
    changed: tuple[Handoff, ...] = ()
    failed: tuple[Handoff, ...] = ()


def sentence(scope: Scope, ends_at: datetime, zone: ZoneInfo) -> str:
    """Say in one sentence what a standing approval answers, and for how long.

    `Refund a customer: at most 129 EUR, counterparty cus_77, any order_id, by billing-agent, until 17:30 …`
    """
    total = f", {plain(scope.max_total)} {scope.currency} in all" if scope.max_total else ""
    until = ends_at.astimezone(zone)
    when = f"until {until:%Y-%m-%d %H:%M} ({zone.key})"
    often = f"at most {times(scope.max_uses)}{total}"
    args = ", ".join(_args(scope)) or "without arguments"
    return f"{scope.title}: {args}, by {scope.agent}, {when}, {often}."


def _args(scope: Scope) -> Iterator[str]:
    amount = scope.amount
    if amount and scope.most is not None:
        yield f"at most {plain(scope.most)} {scope.currency}"
    told = {amount.currency} if amount else set()
    free = {*scope.vary, *((amount.arg,) if amount else ())}
    for name, value in scope.fixed.items():
        if f"/{name}" not in free | told:
            yield f"{name} {_value(value)}"
    for pointer in scope.vary:
        yield f"any {visible('.'.join(split(pointer)))}"


def _value(value: JSON) -> str:
    text = value if isinstance(value, str) else canonical(value).decode()
    shown = visible(text)
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}…"


def backtest(
    approval: StandingApproval,
    of: ActionType,
    recorded: Iterable[Handoff],
    proposed: Mapping[str, Handoff],
) -> Backtest:
    """Say what of `recorded` it would have covered; `proposed` gives what people edited as the agent asked for it.

    Versions, uses and totals are left out: the question is what is alike, and what people said of that.
    """
    asked = [(one, proposed.get(one.id, one)) for one in recorded]
    alike = [one for one, first in asked if like(approval, first, of) is not None]
    return Backtest(
        covered=len(alike),
        denied=_said(alike, Verb.DENY, Verb.REQUEST_CHANGES),
        changed=_said(alike, Verb.EDIT),
        failed=tuple(one for one in alike if one.status in {Status.FAILED, Status.UNKNOWN}),
    )


def _said(alike: Iterable[Handoff], *verbs: Verb) -> tuple[Handoff, ...]:
    return tuple(one for one in alike if one.decided and one.decided.verb in verbs)
