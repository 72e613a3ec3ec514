"""What routing asks of an envelope: whether this is within the bounds that people set, and what would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from webapp.domain.canonical import canonical
from webapp.domain.case import Case
from webapp.domain.envelope import AmountBounds, Counterparty, Envelope
from webapp.domain.instant import written
from webapp.domain.json_text import JSON
from webapp.domain.limits import Limit
from webapp.domain.measures import amount_of, count_of, counterparty_of, currency_of
from webapp.domain.places import PlaceBounds, plain_place
from webapp.domain.pointer import look_up
from webapp.domain.summary import visible
from webapp.domain.uses import Counted, Period, plain
from webapp.domain.verdict import Reason, Route

LONGEST_SHOWN = 80
MOST_LISTED = 20
WITHIN = {
    Counted.AGENT: "for this agent",
    Counted.EVERYBODY: "for all agents together",
    Counted.COUNTERPARTY: "for this counterparty",
    Counted.TARGET: "for this target",
    Counted.INTENT: "for this intent",
}


def check_amount(case: Case) -> Iterator[Reason]:
    """Keep the amount measurable, and small enough."""
    envelope = case.type.envelope
    bounds = envelope.amount if envelope else None
    if envelope is None or bounds is None:
        return
    amount, currency = amount_of(bounds, _args(case)), currency_of(bounds, _args(case))
    most = bounds.each.get(currency or "")
    if amount is None:
        message = (
            f"{bounds.arg} is not an amount, so it cannot be held against the limits of "
            f"{case.type.name}; nothing is counted."
        )
        fix = 'a decimal such as "129.00": not negative, at most 4 decimals, no exponent'
        yield _outside(
            envelope, code="amount_unclear", message=message, rule=f"{bounds.path}.arg", fix=fix
        )
    elif most is not None and amount > most:
        limit = f"{plain(most)} {currency}"
        message = (
            f"{plain(amount)} {currency} is more than the {limit} that one {case.type.name} "
            "may move."
        )
        yield _outside(
            envelope,
            code="amount_over_each",
            message=message,
            rule=f"{bounds.path}.each",
            fix=f"at most {limit}",
        )


def check_currency(case: Case) -> Iterator[Reason]:
    """Let money move only in a currency that the limits are given in: nothing is ever converted."""
    envelope = case.type.envelope
    bounds = envelope.amount if envelope else None
    if envelope is None or bounds is None or currency_of(bounds, _args(case)):
        return
    listed = _listed(sorted(bounds.currencies))
    message = (
        f"{_named(bounds, _args(case))} is not a currency that the limits of {case.type.name} are "
        "given in; nothing is converted or counted."
    )
    yield _outside(
        envelope,
        code="currency_outside",
        message=message,
        rule=f"{bounds.path}.currency",
        fix=f"an amount in {listed}" if listed else None,
    )


def check_count(case: Case) -> Iterator[Reason]:
    """Keep the number of things that one action touches countable, and small enough."""
    envelope = case.type.envelope
    bounds = envelope.count if envelope else None
    if envelope is None or bounds is None:
        return
    count = count_of(bounds, _args(case))
    if count is None:
        message = f"{bounds.arg} is neither a list nor a whole number, so it cannot be counted."
        fix = "a list, or a whole number that is not negative"
        yield _outside(
            envelope, code="count_unclear", message=message, rule=f"{bounds.path}.arg", fix=fix
        )
    elif bounds.each is not None and count > bounds.each:
        most = plain(bounds.each)
        message = (
            f"{plain(count)} {bounds.unit} are more than the {most} that one {case.type.name} "
            "may touch."
        )
        fix = f"at most {most} {bounds.unit}"
        yield _outside(
            envelope, code="count_over_each", message=message, rule=f"{bounds.path}.each", fix=fix
        )


def check_counterparty(case: Case) -> Iterator[Reason]:
    """Let the action deal only with whom the policy allows, and with new ones only as it says."""
    envelope = case.type.envelope
    bounds = envelope.counterparty if envelope else None
    if envelope is None or bounds is None:
        return
    name = counterparty_of(bounds, _args(case))
    if name is None:
        message = f"{bounds.arg} names no counterparty."
        fix = f"the counterparty as text at {bounds.arg}"
        yield _outside(
            envelope,
            code="counterparty_unclear",
            message=message,
            rule=f"{bounds.path}.arg",
            fix=fix,
        )
        return
    if bounds.denies(name):
        message = f"The policy forbids {case.type.name} with {_shown(name)}."
        fix = "another counterparty"
        yield _outside(
            envelope,
            code="counterparty_denied",
            message=message,
            rule=f"{bounds.path}.deny",
            fix=fix,
        )
    elif not bounds.allows(name):
        message = (
            f"{_shown(name)} is not among the counterparties that {case.type.name} may deal with."
        )
        fix = f"one that fits {_listed(bounds.allow or ())}"
        yield _outside(
            envelope,
            code="counterparty_not_allowed",
            message=message,
            rule=f"{bounds.path}.allow",
            fix=fix,
        )
    yield from _new(case, bounds, name)


def _new(case: Case, bounds: Counterparty, name: str) -> Iterator[Reason]:
    """Ask where nobody has ever run this with them; where nobody has looked, they count as new."""
    if bounds.new is None or case.counters.acquainted:
        return
    message = f"No {case.type.name} has ever succeeded with {_shown(name)}."
    fix = "a counterparty with whom it has succeeded before" if bounds.new is Route.BLOCK else None
    yield Reason(
        code="counterparty_new",
        route=bounds.new,
        message=message,
        rule=f"{bounds.path}.new",
        fix=fix,
    )


def check_places(case: Case) -> Iterator[Reason]:
    """Keep every place that the action names within those that the policy allows."""
    envelope = case.type.envelope
    if envelope is None:
        return
    for bounds in envelope.places:
        found = look_up(_args(case), bounds.arg)
        for value in found if isinstance(found, list) else (found,):
            reason = _misplaced(envelope, bounds, value)
            if reason:
                yield reason
                break


def _misplaced(envelope: Envelope, bounds: PlaceBounds, value: object) -> Reason | None:
    place = plain_place(value, bounds.kind)
    if place is None:
        shown = f" ({_shown(value)})" if isinstance(value, str) else ""
        message = f"{bounds.arg}{shown} is not a {bounds.kind.value} that has only one meaning."
        fix = f"one plain {bounds.kind.value}, without dots, signs or spellings that lead elsewhere"
        return _outside(
            envelope, code="place_unclear", message=message, rule=f"{bounds.path}.arg", fix=fix
        )
    if bounds.denies(place):
        message = f"The policy forbids the {bounds.kind.value} {_shown(place)}."
        return _outside(
            envelope,
            code="place_denied",
            message=message,
            rule=f"{bounds.path}.deny",
            fix=f"another {bounds.kind.value}",
        )
    if not bounds.allows(place):
        message = (
            f"The {bounds.kind.value} {_shown(place)} is not among those that the policy allows."
        )
        fix = f"one that fits {_listed(bounds.allow)}" if bounds.allow else "one from the root"
        return _outside(
            envelope,
            code="place_not_allowed",
            message=message,
            rule=f"{bounds.path}.allow",
            fix=fix,
        )
    return None


def check_values(case: Case) -> Iterator[Reason]:
    """Let each arg that the policy enumerates have only the values that it lists."""
    envelope = case.type.envelope
    for arg, allowed in envelope.values if envelope else ():
        found = look_up(_args(case), arg)
        if envelope and not any(_same(found, value) for value in allowed):
            message = f"{arg} does not have a value that the policy lists."
            fix = f"one of {_listed([canonical(value).decode() for value in allowed])} at {arg}"
            yield _outside(
                envelope,
                code="value_outside",
                message=message,
                rule=f"{envelope.path}.values.{arg}",
                fix=fix,
            )


def check_hours(case: Case) -> Iterator[Reason]:
    """Let it run by itself only within hours, unless a person has approved it already."""
    envelope, counters = case.type.envelope, case.counters
    hours = envelope.hours if envelope else None
    if envelope is None or hours is None or counters.used is None or case.handoff.vouched:
        return
    zone = case.policy.timezone
    if hours.cover(counters.at, zone):
        return
    opens = hours.open_at(counters.at, zone)
    when = f"; next from {written(opens)}" if opens else ""
    message = f"{case.type.name} runs by itself only {hours.text}{when}."
    fix = f"the same from {written(opens)} on" if opens else None
    yield _outside(envelope, code="outside_hours", message=message, rule=hours.path, fix=fix)


def check_limits(case: Case) -> Iterator[Reason]:
    """Put before people (or refuse, where the limit says so) what does not fit into a limit any more."""
    for draw, use in zip(case.draws, case.uses, strict=True):
        limit, used = draw.limit, use.used
        if limit.admits(used, draw.takes) or (limit.paces and case.handoff.vouched):
            continue
        left = f"{plain(max(0, limit.most - used))} {limit.unit}"
        whose = f"{_per(limit.period)} {WITHIN[limit.counted]}"
        renews_at = written(draw.renews_at) if draw.renews_at else None
        renews = f"; it renews at {renews_at}" if renews_at else ""
        takes = "needs some" if limit.reported else f"takes {plain(draw.takes)} {limit.unit}"
        message = (
            f"{case.type.name} {takes}, and {left} are left of the {plain(limit.most)} {limit.unit}"
            f"{whose}{renews}."
        )
        yield Reason(
            code=limit.code,
            route=limit.route,
            message=message,
            rule=limit.path,
            fix=_fitting(limit, left, renews_at),
        )


def _fitting(limit: Limit, left: str, renews_at: str | None) -> str:
    """Say what would fit, or when it will."""
    later = f"the same from {renews_at} on" if renews_at else ""
    if limit.reported or limit.paces:
        return later
    return f"at most {left}, or {later}" if later else f"at most {left}"


def _per(period: Period | None) -> str:
    article = "an" if period and period.value == "hour" else "a"
    return f" {article} {period.value}" if period else " in all"


def _outside(envelope: Envelope, *, code: str, message: str, rule: str, fix: str | None) -> Reason:
    return Reason(code=code, route=envelope.outside, message=message, rule=rule, fix=fix)


def _args(case: Case) -> Mapping[str, JSON]:
    return case.handoff.action.args if case.handoff.action else {}


def _named(bounds: AmountBounds, args: Mapping[str, JSON]) -> str:
    """Say which currency was given, and where."""
    found = look_up(args, bounds.currency) if bounds.currency.startswith("/") else bounds.currency
    return _shown(found) if isinstance(found, str) else bounds.currency


def _same(found: object, wanted: JSON) -> bool:
    """Compare as JSON does, where true is not 1."""
    return found == wanted and isinstance(found, bool) is isinstance(wanted, bool)


def _shown(text: str) -> str:
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return visible(cut)


def _listed(words: tuple[str, ...] | list[str]) -> str:
    rest = f" and {len(words) - MOST_LISTED} more" if len(words) > MOST_LISTED else ""
    return ", ".join(words[:MOST_LISTED]) + rest
