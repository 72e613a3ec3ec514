"""Read what bounds amounts, counts, rates and totals: the limits of an envelope, and of what an agent may use up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webapp.domain import amounts
from webapp.domain.amounts import read_money
from webapp.domain.envelope import RUNS, AmountBounds, Bound, CountBounds, Measure
from webapp.domain.limits import Limit
from webapp.domain.pointer import split
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape
from webapp.domain.policy_section import Section
from webapp.domain.summary import arg_pointer
from webapp.domain.uses import SCALE, Counted, Period
from webapp.domain.verdict import Route
from webapp.domain.yaml_lines import Node

TOTALS = {
    "action": Counted.EVERYBODY,
    "agent": Counted.AGENT,
    "counterparty": Counted.COUNTERPARTY,
    "target": Counted.TARGET,
    "intent": Counted.INTENT,
}
PERIODS = {"hour": Period.HOUR, "day": Period.DAY, "month": Period.MONTH, "ever": None}
RATE = "rate_reached"
USAGE = ("tokens_per_day", "money_per_day", "calls_per_day")
AN_AMOUNT = 'write "2000 EUR", or a list with one amount for each currency'
A_TOTAL = 'write "2000 EUR", "3 runs", or a list of such limits'

_RATE = re.compile(r"([1-9][0-9]{0,8})/(minute|hour|day)", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_WITH_UNIT = re.compile(r"([0-9]{1,12}) (\S{1,60})", re.ASCII)
_ORDER = (Period.MINUTE, Period.HOUR, Period.DAY, Period.MONTH)  # for ever comes after them
_PER = {"per_day": Period.DAY, "per_month": Period.MONTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One limit as the document gives it, for comparing it with the others; `counted` None is one action at a time."""

    section: Section
    key: str
    unit: str
    most: int
    rank: int
    counted: Counted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an envelope says of amounts, counts, rates and totals."""

    amount: AmountBounds | None
    count: CountBounds | None
    bounds: tuple[Bound, ...]
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The limits found so far."""

    shape: ArgsShape
    outside: Route
    bounds: list[Bound] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def add(
        self,
        at: tuple[Section, str],
        code: str,
        measure: Measure,
        most: Mapping[str, int],
        period: Period | None,
        counted: Counted = Counted.EVERYBODY,
    ) -> None:
        """Take a limit on what adds up, given as the most in each unit."""
        limits = {
            unit: Limit(
                path=f"{at[0].path}.{at[1]}",
                code=code,
                most=value,
                unit=unit,
                period=period,
                route=self.outside,
                counted=counted,
                paces=code == RATE,
            )
            for unit, value in most.items()
        }
        if limits:
            self.bounds.append(Bound(measure=measure, counted=counted, limits=limits))
        rank = _ORDER.index(period) if period else len(_ORDER)
        self.note(at, most, rank, counted)

    def note(
        self,
        at: tuple[Section, str],
        most: Mapping[str, int],
        rank: int = -1,
        counted: Counted | None = None,
    ) -> None:
        """Remember a limit for comparing it with the others; by default one on a single action."""
        section, key = at
        self.said.extend(
            Said(section=section, key=key, unit=unit, most=value, rank=rank, counted=counted)
            for unit, value in most.items()
        )


def read_limits(envelope: Section, shape: ArgsShape, outside: Route) -> Limits:
    """Read every limit on what adds up, and on what one action may move."""
    reading = _Reading(shape=shape, outside=outside)
    each = _read_amount_limits(envelope, reading)
    count = _read_count(envelope, reading)
    _read_rate(envelope, reading)
    total = envelope.section("total")
    total.only(tuple(TOTALS))
    units = {"amount": "amount" in envelope, "count": count.unit if count else None}
    for name in total.names():
        if name in TOTALS:
            _read_total(total.section(name), TOTALS[name], units, reading)
    amount = _read_amount(envelope, each, reading)
    return Limits(
        amount=amount, count=count, bounds=tuple(reading.bounds), said=tuple(reading.said)
    )


def read_usage(section: Section) -> tuple[Limit, ...]:
    """Read how much of what it reports an agent may use up per day."""
    usage = section.section("usage")
    usage.only(USAGE)
    found: list[Limit] = []
    for key in ("tokens_per_day", "calls_per_day"):
        most = usage.whole(key, None, least=0, most=amounts.GREATEST)
        if most is not None:
            found.append(_usage_limit(usage, key, key.removesuffix("_per_day"), most * SCALE))
    money = _read_money(usage, "money_per_day")
    if len(money) > 1:
        message = "money_per_day is one amount in one currency."
        usage.notes.problem(usage.at("money_per_day"), Code.BAD_AMOUNT, message, '"25 EUR"')
    found.extend(_usage_limit(usage, "money_per_day", unit, most) for unit, most in money.items())
    return tuple(found)


def _usage_limit(usage: Section, key: str, unit: str, most: int) -> Limit:
    return Limit(
        path=f"{usage.path}.{key}",
        code="usage_exhausted",
        most=most,
        unit=unit,
        period=Period.DAY,
        reported=True,
    )


def read_arg(section: Section, key: str, shape: ArgsShape) -> str:
    """Read which arg is meant, `/amount` or `amount`; it must be said."""
    text = section.text(key)
    pointer = arg_pointer(text) if text else None
    if pointer is None:
        code = Code.MISSING if text is None else Code.BAD_POINTER
        if text is not None or key not in section:
            message = f"{key} must say where it stands in the args."
            section.notes.problem(section.at(key), code, message, f"{key}: /amount")
        return "/?"
    check_arg(section, key, pointer, shape)
    return pointer


def _read_amount_limits(envelope: Section, reading: _Reading) -> dict[str, int]:
    """Read the limits on money; give the one on a single action."""
    section = envelope.section("amount")
    section.only(("arg", "currency", "each", *_PER))
    each = _read_money(section, "each")
    reading.note((section, "each"), each)
    for key, period in _PER.items():
        money = _read_money(section, key)
        reading.add((section, key), "amount_exhausted", Measure.AMOUNT, money, period)
    return each


def _read_amount(envelope: Section, each: dict[str, int], reading: _Reading) -> AmountBounds | None:
    """Read where amount and currency stand, once all limits on money are known."""
    if "amount" not in envelope:
        return None
    section = envelope.section("amount")
    limits = [b.limits for b in reading.bounds if b.measure is Measure.AMOUNT]
    known = [set(units) for units in (*limits, each) if units]
    if not known and not {"each", *_PER} & set(section.names()):
        message = "amount bounds nothing."
        section.notes.problem(section.place, Code.MISSING, message, 'add each: "500 EUR"')
    _warn_of_currencies(section, known)
    return AmountBounds(
        path=section.path,
        arg=read_arg(section, "arg", reading.shape),
        currency=_read_currency(section, reading.shape),
        currencies=frozenset(set[str].intersection(*known) if known else ()),
        each=each,
    )


def _warn_of_currencies(section: Section, known: list[set[str]]) -> None:
    """Point at currencies that one limit knows and another does not: they are always outside."""
    if not known:
        return
    lost = sorted(set[str].union(*known) - set[str].intersection(*known))
    if lost:
        message = f"{', '.join(lost)} is not in every limit on money, so it is always outside."
        section.notes.warn(section.place, Code.LIMITS_CONTRADICT, message, AN_AMOUNT)


def _read_currency(section: Section, shape: ArgsShape) -> str:
    text = section.text("currency")
    if text and _CURRENCY.fullmatch(text):
        return text
    if text and not text.startswith("/"):
        message = f"currency is {text[:80]}; it must be a pointer into the args or three letters."
        section.notes.problem(section.at("currency"), Code.BAD_AMOUNT, message, "/currency or EUR")
        return "/?"
    if text is None and "currency" not in section:
        message = "amount does not say its currency."
        section.notes.problem(section.place, Code.MISSING, message, "currency: /currency, or EUR")
        return "/?"
    return read_arg(section, "currency", shape)


def _read_count(envelope: Section, reading: _Reading) -> CountBounds | None:
    if "count" not in envelope:
        return None
    section = envelope.section("count")
    section.only(("arg", "each", *_PER))
    arg = read_arg(section, "arg", reading.shape)
    unit = split(arg)[-1][:60] or "items"
    each = _read_number(section, "each", unit)
    reading.note((section, "each"), each)
    limits = {key: _read_number(section, key, unit) for key in _PER}
    for key, most in limits.items():
        reading.add((section, key), "count_exhausted", Measure.COUNT, most, _PER[key])
    if not {"each", *_PER} & set(section.names()) and "total" not in envelope:
        message = "count bounds nothing."
        section.notes.problem(section.place, Code.MISSING, message, "add each: 50")
    return CountBounds(path=section.path, arg=arg, unit=unit, each=each.get(unit))


def _read_number(section: Section, key: str, unit: str) -> dict[str, int]:
    most = section.whole(key, None, least=0, most=amounts.GREATEST)
    return {} if most is None else {unit: most * SCALE}


def _read_rate(envelope: Section, reading: _Reading) -> None:
    text = envelope.text("rate")
    if text is None:
        return
    match = _RATE.fullmatch(text)
    if match is None:
        message = f"rate is {text[:80]}, which is no rate."
        envelope.notes.problem(envelope.at("rate"), Code.BAD_RATE, message, "such as 20/hour")
        return
    most = {RUNS: int(match[1]) * SCALE}
    reading.add((envelope, "rate"), RATE, Measure.RUNS, most, Period(match[2]), Counted.AGENT)


def _read_total(
    section: Section, counted: Counted, units: Mapping[str, object], reading: _Reading
) -> None:
    section.only(tuple(PERIODS))
    for key in [name for name in section.names() if name in PERIODS]:
        found: dict[Measure, dict[str, int]] = {}
        for node, text in _texts(section, key):
            read = _read_with_unit(text, units)
            if read is None:
                message = f"{text[:80]} is no limit on something that this envelope counts."
                section.notes.problem(section.inside(key, node), Code.BAD_AMOUNT, message, A_TOTAL)
            else:
                found.setdefault(read[0], {})[read[1]] = read[2]
        for measure, most in found.items():
            reading.add((section, key), "total_reached", measure, most, PERIODS[key], counted)


def _read_with_unit(text: str, units: Mapping[str, object]) -> tuple[Measure, str, int] | None:
    money = read_money(text)
    if money:
        return (Measure.AMOUNT, *money) if units["amount"] else None
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        return None
    most, unit = int(match[1]) * SCALE, match[2]
    if unit == units["count"]:
        return Measure.COUNT, unit, most
    return (Measure.RUNS, RUNS, most) if unit in {RUNS, "run"} else None


def _texts(section: Section, key: str) -> Iterator[tuple[Node, str]]:
    """Give the text under `key`, or each of a list of them; anything else is noted."""
    node = section.raw(key)
    if node is None:
        return
    items = node.value if isinstance(node.value, list) else [node]
    for item in items:
        if isinstance(item.value, str):
            yield item, item.value
        else:
            message = f"{key} must be text."
            section.notes.problem(section.at(key), Code.WRONG_TYPE, message, AN_AMOUNT)
    if not items:
        section.notes.problem(section.at(key), Code.MISSING, f"{key} lists nothing.", AN_AMOUNT)


def _read_money(section: Section, key: str) -> dict[str, int]:
    """Read `500 EUR`, or a list with one amount for each currency, in SCALE-ths."""
    found: dict[str, int] = {}
    for node, text in _texts(section, key):
        money = read_money(text)
        if money is None:
            message = f"{key} is {text[:80]}; it must be an amount of at most 4 decimals and its currency."
            place = section.inside(key, node)
            section.notes.problem(place, Code.BAD_AMOUNT, message, 'such as "500 EUR"')
        elif money[0] in found:
            message = f"{key} gives {money[0]} twice."
            section.notes.problem(section.inside(key, node), Code.BAD_AMOUNT, message, AN_AMOUNT)
        else:
            found[money[0]] = money[1]
    return found


def warn_of_contradictions(said: tuple[Said, ...]) -> None:
    """Point at limits that can never be reached, since a wider one is lower."""
    for one in said:
        wider = [two for two in said if _is_wider(two, one) and one.most > two.most]
        if wider:
            least = min(wider, key=lambda two: two.most)
            message = (
                f"{one.key} can never be reached: {least.section.path}.{least.key} allows less."
            )
            hint = f"at most {least.most // SCALE} {least.unit}"
            one.section.notes.warn(one.section.at(one.key), Code.LIMITS_CONTRADICT, message, hint)


def _is_wider(two: Said, one: Said) -> bool:
    """Say whether whatever counts for `one` counts for `two` as well, for at least as long."""
    covers = one.counted is None or two.counted in {one.counted, Counted.EVERYBODY}
    return two is not one and two.unit == one.unit and two.rank >= one.rank and covers
