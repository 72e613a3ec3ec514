"""Read the envelope of an action type: the bounds within which it may run without asking."""

from __future__ import annotations

from datetime import date

from webapp.domain.envelope import Counterparty, Envelope
from webapp.domain.hours import EXPECTED, Hours, Opening, read_opening
from webapp.domain.json_text import JSON
from webapp.domain.patterns import alike, matches
from webapp.domain.places import PlaceBounds, PlaceKind, plain_pattern
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_limits import (
    TOTALS,
    Limits,
    read_arg,
    read_limits,
    warn_of_contradictions,
)
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape
from webapp.domain.policy_section import Section
from webapp.domain.summary import arg_pointer
from webapp.domain.uses import Counted
from webapp.domain.verdict import Route

KEYS = (
    "amount", "count", "counterparty", "places", "values", "hours", "holidays", "rate", "total",
    "outside",
)  # fmt: skip
PLACE_EXAMPLES = {
    PlaceKind.PATH: "/srv/reports/*",
    PlaceKind.HOST: "*.example.org",
    PlaceKind.REPOSITORY: "acme/*",
    PlaceKind.TABLE: "sales.*",
}
_ASKED = {Route.REVIEW.value: Route.REVIEW, Route.BLOCK.value: Route.BLOCK}
_ALL_DAY = Opening(days=frozenset(range(7)), begins=0, ends=24 * 60, zone=None, text="on workdays")


def read_envelope(action: Section, shape: ArgsShape) -> Envelope | None:
    """Read the envelope of an action type; None where it has none."""
    if "envelope" not in action:
        return None
    section = action.section("envelope")
    section.only(KEYS)
    if not set(KEYS) - {"outside"} & set(section.names()):
        message = "The envelope bounds nothing."
        hint = 'such as amount: {arg: /amount, currency: EUR, each: "500 EUR"}'
        section.notes.problem(section.place, Code.MISSING, message, hint)
    outside = section.choice("outside", _ASKED, Route.REVIEW)
    limits = read_limits(section, shape, outside)
    warn_of_contradictions(limits.said)
    _check_totals(action, section, limits)
    return Envelope(
        path=section.path,
        outside=outside,
        amount=limits.amount,
        count=limits.count,
        counterparty=_read_counterparty(section, shape),
        places=tuple(_read_place(one, shape) for one in section.listed("places")),
        values=_read_values(section, shape),
        hours=_read_hours(section),
        bounds=limits.bounds,
    )


def _check_totals(action: Section, section: Section, limits: Limits) -> None:
    """Refuse totals for each of something that nothing names."""
    counted = {bound.counted for bound in limits.bounds}
    total = section.section("total")
    needs = (
        (Counted.COUNTERPARTY, "counterparty" in section, "counterparty: {arg: /counterparty}"),
        (Counted.TARGET, "target" in action, "target: /order_id in the action type"),
    )
    names = {value: name for name, value in TOTALS.items()}
    for whose, is_named, hint in needs:
        if whose in counted and not is_named:
            message = f"A total for each {names[whose]} needs to know which arg names it."
            total.notes.problem(total.key_at(names[whose]), Code.MISSING, message, hint)


def _read_counterparty(envelope: Section, shape: ArgsShape) -> Counterparty | None:
    if "counterparty" not in envelope:
        return None
    section = envelope.section("counterparty")
    section.only(("arg", "allow", "deny", "new"))
    allow = section.texts("allow")
    deny = tuple(alike(pattern) for pattern in section.texts("deny") or ())
    _warn_of_dead(section, allow or (), deny)
    return Counterparty(
        path=section.path,
        arg=read_arg(section, "arg", shape),
        allow=allow,
        deny=deny,
        new=section.choice("new", _ASKED, None) if "new" in section else None,
    )


def _warn_of_dead(section: Section, allow: tuple[str, ...], deny: tuple[str, ...]) -> None:
    """Point at what is allowed and forbidden at once: `deny` wins."""
    for pattern in allow:
        if any(matches(forbidden, alike(pattern)) for forbidden in deny):
            message = f"{pattern[:80]} is allowed and denied; deny wins."
            section.notes.warn(section.at("allow"), Code.LIMITS_CONTRADICT, message)


def _read_place(section: Section, shape: ArgsShape) -> PlaceBounds:
    section.only(("arg", "kind", "allow", "deny"))
    kinds = {kind.value: kind for kind in PlaceKind}
    kind = section.choice("kind", kinds, PlaceKind.PATH)
    if "kind" not in section:
        message = "A place says which kind it is, since each is compared in its own way."
        hint = "kind: path, host, repository or table"
        section.notes.problem(section.place, Code.MISSING, message, hint)
    if not {"allow", "deny"} & set(section.names()):
        message = "A place needs allow, deny or both."
        hint = f'allow: ["{PLACE_EXAMPLES[kind]}"]'
        section.notes.problem(section.place, Code.MISSING, message, hint)
    allow = _read_patterns(section, "allow", kind)
    deny = tuple(alike(pattern) for pattern in _read_patterns(section, "deny", kind) or ())
    _warn_of_dead(section, allow or (), deny)
    arg = read_arg(section, "arg", shape)
    return PlaceBounds(path=section.path, arg=arg, kind=kind, allow=allow, deny=deny)


def _read_patterns(section: Section, key: str, kind: PlaceKind) -> tuple[str, ...] | None:
    written = section.texts(key)
    if written is None:
        return None
    plain = [plain_pattern(pattern, kind) for pattern in written]
    for pattern, form in zip(written, plain, strict=True):
        if form is None:
            message = f"{pattern[:80]} in {key} is no {kind.value}, and would match none."
            hint = f"such as {PLACE_EXAMPLES[kind]}"
            section.notes.problem(section.at(key), Code.BAD_PLACE, message, hint)
    return tuple(form for form in plain if form is not None)


def _read_values(envelope: Section, shape: ArgsShape) -> tuple[tuple[str, tuple[JSON, ...]], ...]:
    section = envelope.section("values")
    return tuple(_read_enumeration(section, name, shape) for name in section.names())


def _read_enumeration(
    section: Section, name: str, shape: ArgsShape
) -> tuple[str, tuple[JSON, ...]]:
    pointer = arg_pointer(name)
    if pointer is None:
        message = f"{name[:80]} is no pointer into the args."
        section.notes.problem(section.key_at(name), Code.BAD_POINTER, message, "/currency")
        return "/?", ()
    check_arg(section, name, pointer, shape)
    node = section.raw(name)
    listed = node.plain() if node else None
    if (
        not isinstance(listed, list)
        or not listed
        or any(isinstance(v, dict | list) for v in listed)
    ):
        message = f"{name[:80]} must list the values that it may have."
        section.notes.problem(section.at(name), Code.WRONG_TYPE, message, "[EUR, GBP]")
        return pointer, ()
    for value in listed:
        if not shape.may_be(pointer, value):
            message = f"args never let {pointer} have one of these values."
            section.notes.warn(section.at(name), Code.RULE_WITHOUT_EFFECT, message)
    return pointer, tuple(listed)


def _read_hours(envelope: Section) -> Hours | None:
    if not {"hours", "holidays"} & set(envelope.names()):
        return None
    openings = [_read_opening(envelope, text) for text in _written_hours(envelope)]
    key = "hours" if "hours" in envelope else "holidays"
    return Hours(
        path=f"{envelope.path}.{key}",
        openings=tuple(one for one in openings if one) or (_ALL_DAY,),
        holidays=_read_holidays(envelope),
    )


def _written_hours(envelope: Section) -> tuple[str, ...]:
    node = envelope.raw("hours")
    if node is not None and isinstance(node.value, list):
        return envelope.texts("hours") or ()
    text = envelope.text("hours")
    return (text,) if text else ()


def _read_opening(envelope: Section, text: str) -> Opening | None:
    opening = read_opening(text)
    if opening is None:
        message = f"hours are {text[:80]}, which means nothing here."
        envelope.notes.problem(envelope.at("hours"), Code.BAD_HOURS, message, EXPECTED)
    return opening


def _read_holidays(envelope: Section) -> frozenset[date]:
    days: set[date] = set()
    for text in envelope.texts("holidays") or ():
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            message = f"{text[:80]} in holidays is no day."
            place = envelope.at("holidays")
            envelope.notes.problem(place, Code.BAD_HOURS, message, "such as 2026-12-25")
    return frozenset(days)
