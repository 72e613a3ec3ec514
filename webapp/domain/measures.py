"""Measures: how much of what a handoff asks for, and what it draws from which limits of its envelope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.domain.amounts import read_amount, read_money
from webapp.domain.envelope import RUNS, AmountBounds, CountBounds, Counterparty, Envelope, Measure
from webapp.domain.handoff import Handoff
from webapp.domain.json_text import JSON
from webapp.domain.limits import EVERYBODY, CounterKey, Draw, Limit, draw_of
from webapp.domain.patterns import alike
from webapp.domain.pointer import look_up
from webapp.domain.policy import ActionType
from webapp.domain.uses import SCALE, Counted

Args = Mapping[str, JSON]


def envelope_draws(
    handoff: Handoff, action_type: ActionType, args: Args, at: datetime, zone: ZoneInfo
) -> Iterator[Draw]:
    """Say what a handoff takes of each limit of its envelope; nothing of those that cannot be measured."""
    envelope = action_type.envelope
    if envelope is None or not envelope.bounds:
        return
    measured = _measured(envelope, args)
    for bound in envelope.bounds:
        unit, takes = measured[bound.measure]
        limit = bound.limits.get(unit or "")
        if limit and unit:
            scope = (unit, *_scope(handoff, action_type, args, bound.counted))
            yield draw_of(limit, holder_of(limit, handoff.agent_id), scope, takes, at, zone)


def standing_draws(
    action_type: ActionType, agent_id: str, at: datetime, zone: ZoneInfo
) -> Iterator[tuple[Limit, Draw | None]]:
    """List the limits of an envelope that add up, each with its counter where that is known without a handoff."""
    for bound in action_type.envelope.bounds if action_type.envelope else ():
        for unit, limit in bound.limits.items():
            known = limit.counted in {Counted.AGENT, Counted.EVERYBODY}
            holder = holder_of(limit, agent_id)
            yield limit, draw_of(limit, holder, (unit,), 0, at, zone) if known else None


def holder_of(limit: Limit, agent_id: str) -> str:
    """Say whose counter counts a limit."""
    return agent_id if limit.counted is Counted.AGENT else EVERYBODY


def amount_of(bounds: AmountBounds, args: Args) -> int | None:
    """Read the amount in SCALE-ths; None where it is not clear what it is."""
    return read_amount(look_up(args, bounds.arg))


def currency_of(bounds: AmountBounds, args: Args) -> str | None:
    """Read the currency, where all limits on money know it; a rate to another one is never guessed."""
    named = bounds.currency
    found = look_up(args, named) if named.startswith("/") else named
    return found if isinstance(found, str) and found in bounds.currencies else None


def count_of(bounds: CountBounds, args: Args) -> int | None:
    """Count what a list holds, or read a whole number, in SCALE-ths; None where it is neither."""
    found = look_up(args, bounds.arg)
    if isinstance(found, list):
        return len(found) * SCALE
    read = read_amount(found) if isinstance(found, int | float) else None
    return read if read is not None and read % SCALE == 0 else None


def counterparty_of(counterparty: Counterparty, args: Args) -> str | None:
    """Read with whom the action deals: text that is not blank, or a whole number."""
    found = look_up(args, counterparty.arg)
    if isinstance(found, str):
        return found if found.strip() else None
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return str(found) if is_number else None


def acquaintance(handoff: Handoff, action_type: ActionType) -> CounterKey | None:
    """Give the counter that says whether this action ever succeeded with this counterparty, where that is asked."""
    envelope, action = action_type.envelope, handoff.action
    counterparty = envelope.counterparty if envelope else None
    if counterparty is None or action is None:
        return None
    name = counterparty_of(counterparty, action.args)
    if name is None:
        return None
    known = Limit(path=f"{counterparty.path}.new", code="", most=0, unit=RUNS, period=None)
    return draw_of(known, EVERYBODY, (name,), 0, handoff.submitted_at, ZoneInfo("UTC")).key


def reported(limit: Limit, usage: Mapping[str, JSON]) -> int:
    """Read what a report takes of a limit on usage; all of it where it says something that cannot be read."""
    name = limit.path.rpartition(".")[2].removesuffix("_per_day")
    said = usage.get(name)
    if said is None:
        return 0
    if name != "money":
        amount = read_amount(said)
        return limit.most if amount is None else amount
    money = read_money(said) if isinstance(said, str) else None
    return money[1] if money and money[0] == limit.unit else limit.most


def _measured(envelope: Envelope, args: Args) -> dict[Measure, tuple[str | None, int]]:
    """Give unit and size of each measure; a unit of None where it cannot be measured."""
    amount = amount_of(envelope.amount, args) if envelope.amount else None
    currency = currency_of(envelope.amount, args) if envelope.amount else None
    count = count_of(envelope.count, args) if envelope.count else None
    unit = envelope.count.unit if envelope.count and count is not None else None
    return {
        Measure.AMOUNT: (currency if amount is not None else None, amount or 0),
        Measure.COUNT: (unit, count or 0),
        Measure.RUNS: (RUNS, SCALE),
    }


def _scope(
    handoff: Handoff, action_type: ActionType, args: Args, counted: Counted
) -> tuple[str, ...]:
    """Name within whom use counts together, below its holder; what is absent, or looks alike, counts together."""
    if counted is Counted.COUNTERPARTY:
        counterparty = action_type.envelope.counterparty if action_type.envelope else None
        return (alike(counterparty_of(counterparty, args) or "") if counterparty else "",)
    if counted is Counted.TARGET:
        target = look_up(args, action_type.target) if action_type.target else None
        return (alike(str(target)) if isinstance(target, str | int) else "",)
    return (handoff.intent_id,) if counted is Counted.INTENT else ()
