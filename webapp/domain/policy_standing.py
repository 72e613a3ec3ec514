"""Read the standing approvals that a policy allows for an action type."""

from __future__ import annotations

from datetime import timedelta

from webapp.domain.amounts import EXPECTED, read_money
from webapp.domain.duration import write_duration
from webapp.domain.envelope import Envelope
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape
from webapp.domain.policy_section import Section
from webapp.domain.standing_terms import AmountArg, StandingTerms
from webapp.domain.summary import arg_pointer
from webapp.domain.verdict import Risk

KEYS = ("max_for", "max_uses", "max_total", "max_risk", "vary", "amount")
MOST_USES = 10_000
LONGEST = timedelta(days=31)
EXAMPLE = "standing: {max_for: 8h, max_uses: 20, vary: [/order_id]}"
_RISKS = {risk.value: risk for risk in Risk if risk is not Risk.CRITICAL}


def read_standing(
    action: Section,
    shape: ArgsShape,
    risk: Risk,
    envelope: Envelope | None,
    *,
    reversible: bool,
) -> StandingTerms | None:
    """Read the key `standing` of an action type of this risk; without it nobody approves in advance.

    The amount is the one that the envelope bounds, unless it names another one.
    """
    if "standing" not in action:
        return None
    section = action.section("standing")
    section.only(KEYS)
    amount = _read_amount(section, shape) or _bounded_amount(envelope)
    terms = StandingTerms(
        max_for=_read_length(section),
        max_uses=_read_uses(section),
        max_total=_read_total(section, amount),
        max_risk=section.choice("max_risk", _RISKS, Risk.MEDIUM),
        vary=tuple(
            _read_free(section, text, shape, amount) for text in section.texts("vary") or ()
        ),
        amount=amount,
    )
    _check_use(section, terms, risk, reversible=reversible)
    return terms


def _check_use(section: Section, terms: StandingTerms, risk: Risk, *, reversible: bool) -> None:
    """Refuse what nobody could ever give: it would promise something that never happens."""
    problem = section.notes.problem
    if not reversible:
        message = "What cannot be undone is never approved in advance."
        problem(section.place, Code.STANDING_NEVER, message, "remove standing")
    elif risk.rank > terms.max_risk.rank:
        message = f"The action's risk is {risk.value}, above {terms.max_risk.value}, so nobody could ever give one."
        hint = "critical risk is always decided one by one" if risk is Risk.CRITICAL else None
        hint = hint or f"max_risk: {risk.value}, or remove standing"
        problem(section.at("max_risk"), Code.STANDING_NEVER, message, hint)


def _read_length(section: Section) -> timedelta:
    _insist_on(section, "max_for", "how long one may last")
    length = section.duration("max_for", timedelta(hours=1))
    if length > LONGEST:
        message = f"max_for is longer than {write_duration(LONGEST)}."
        section.notes.problem(section.at("max_for"), Code.OUT_OF_RANGE, message)
    return length


def _read_uses(section: Section) -> int:
    _insist_on(section, "max_uses", "how often one may be used")
    return section.whole("max_uses", 1, least=1, most=MOST_USES)


def _insist_on(section: Section, key: str, what: str) -> None:
    if key not in section:
        message = f"standing does not say {key}: {what}."
        section.notes.problem(section.place, Code.MISSING, message, EXAMPLE)


def _read_total(section: Section, amount: AmountArg | None) -> tuple[str, int] | None:
    text = section.text("max_total")
    if text is None:
        return None
    money = read_money(text)
    if money is None:
        message = f"max_total is {text[:80]}; it must be {EXPECTED}."
        section.notes.problem(section.at("max_total"), Code.BAD_AMOUNT, message, EXPECTED)
    elif amount is None:
        message = "max_total bounds nothing: standing does not say which arg is the amount."
        hint = "amount: {arg: /amount, currency: /currency}, here or in the envelope"
        section.notes.problem(section.at("max_total"), Code.STANDING_UNBOUNDED, message, hint)
    elif not amount.currency.startswith("/") and amount.currency != money[0]:
        message = f"max_total is in {money[0]}, but the amount is in {amount.currency}."
        section.notes.problem(section.at("max_total"), Code.STANDING_NEVER, message)
    return money


def _bounded_amount(envelope: Envelope | None) -> AmountArg | None:
    bounds = envelope.amount if envelope else None
    return AmountArg(arg=bounds.arg, currency=bounds.currency) if bounds else None


def _read_amount(section: Section, shape: ArgsShape) -> AmountArg | None:
    if "amount" not in section:
        return None
    inner = section.section("amount")
    inner.only(("arg", "currency"))
    arg, currency = (_read_text(inner, key) for key in ("arg", "currency"))
    found = _read_pointer(inner, "arg", arg, shape) if arg else "/?"
    if currency and currency.startswith("/"):
        currency = _read_pointer(inner, "currency", currency, shape)
    return AmountArg(arg=found, currency=currency or "?")


def _read_text(section: Section, key: str) -> str | None:
    if key not in section:
        message = f"{section.path} does not say {key}."
        hint = "amount: {arg: /amount, currency: /currency}"
        section.notes.problem(section.place, Code.MISSING, message, hint)
    return section.text(key)


def _read_free(section: Section, text: str, shape: ArgsShape, amount: AmountArg | None) -> str:
    pointer = _read_pointer(section, "vary", text, shape)
    money = (amount.arg, amount.currency) if amount else ()
    if any(one == pointer or one.startswith(f"{pointer}/") for one in money):
        message = f"{pointer} in vary is what bounds the amount, so it cannot be free."
        section.notes.problem(section.at("vary"), Code.STANDING_UNBOUNDED, message)
    return pointer


def _read_pointer(section: Section, key: str, text: str, shape: ArgsShape) -> str:
    pointer = arg_pointer(text) if text.startswith("/") else None
    if pointer is None:
        message = f"{text[:80]} in {key} is no pointer into the args."
        section.notes.problem(section.at(key), Code.BAD_POINTER, message, f"such as /{text[:80]}")
        return "/?"
    check_arg(section, key, pointer, shape)
    return pointer
