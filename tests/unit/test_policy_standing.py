"""The key `standing`: how far a decision may be given in advance, and what is refused before anybody relies on it."""

from datetime import timedelta

import pytest

from tests.unit.policy_samples import action_with, check, found, read_action
from webapp.domain.standing_terms import AmountArg
from webapp.domain.uses import SCALE
from webapp.domain.verdict import Risk

USUAL = """
risk: medium
args:
  type: object
  required: [to, amount]
  properties: {to: {type: string}, amount: {type: string}, currency: {type: string}, order: {type: object}}
standing: {STANDING}
"""
LEAST = "max_for: 8h, max_uses: 20"


def lines(standing, **replaced):
    text = USUAL.replace("STANDING", standing)
    for before, after in replaced.items():
        text = text.replace(f"{before}:", after, 1)
    return text


def problems(standing, **replaced):
    return [
        (pointer, code) for *_, pointer, code in found(action_with(lines(standing, **replaced)))
    ]


def test_without_the_key_nobody_approves_in_advance():
    assert read_action("risk: low").standing is None


def test_everything_that_can_be_said_is_read():
    said = f'{LEAST}, max_total: "2000 EUR", max_risk: high, vary: [/to, /order/id]'
    terms = read_action(lines(said + ", amount: {arg: /amount, currency: /currency}")).standing
    assert (terms.max_for, terms.max_uses) == (timedelta(hours=8), 20)
    assert (terms.max_total, terms.max_risk) == (("EUR", 2000 * SCALE), Risk.HIGH)
    assert terms.vary == ("/to", "/order/id")
    assert terms.amount == AmountArg(arg="/amount", currency="/currency")


def test_what_is_left_out_is_the_narrowest():
    terms = read_action(lines(LEAST)).standing
    assert (terms.max_total, terms.vary, terms.amount) == (None, (), None)
    assert terms.max_risk is Risk.MEDIUM


@pytest.mark.parametrize(
    ("standing", "place", "code"),
    [
        ("max_uses: 20", "", "missing"),
        ("max_for: 8h", "", "missing"),
        ("max_for: 32d, max_uses: 1", ".max_for", "out_of_range"),
        ("max_for: soon, max_uses: 1", ".max_for", "bad_duration"),
        ("max_for: 8h, max_uses: 0", ".max_uses", "out_of_range"),
        ("max_for: 8h, max_uses: 10001", ".max_uses", "out_of_range"),
        (f"{LEAST}, max_risk: critical", ".max_risk", "not_a_choice"),
        (f"{LEAST}, max_risk: low", ".max_risk", "standing_never"),
        (f"{LEAST}, vary: [to]", ".vary", "bad_pointer"),
        (f"{LEAST}, vary: []", ".vary", "missing"),
        (f"{LEAST}, forever: true", ".forever", "unknown_key"),
        (f'{LEAST}, max_total: "2000 EUR"', ".max_total", "standing_unbounded"),
        (f"{LEAST}, amount: {{arg: /amount}}", ".amount", "missing"),
        (f"{LEAST}, amount: {{arg: amount, currency: EUR}}", ".amount.arg", "bad_pointer"),
        (
            f'{LEAST}, max_total: "20 USD", amount: {{arg: /amount, currency: EUR}}',
            ".max_total",
            "standing_never",
        ),
        (
            f'{LEAST}, max_total: "20", amount: {{arg: /amount, currency: EUR}}',
            ".max_total",
            "bad_amount",
        ),
        (
            f"{LEAST}, vary: [/amount], amount: {{arg: /amount, currency: EUR}}",
            ".vary",
            "standing_unbounded",
        ),
        (
            f"{LEAST}, vary: [/currency], amount: {{arg: /amount, currency: /currency}}",
            ".vary",
            "standing_unbounded",
        ),
        (
            f"{LEAST}, vary: [/order], amount: {{arg: /order/sum, currency: EUR}}",
            ".vary",
            "standing_unbounded",
        ),
    ],
)
def test_what_could_not_hold_is_refused_where_it_stands(standing, place, code):
    assert (f"actions.a.b.standing{place}", code) in problems(standing)


def test_the_amount_that_the_envelope_bounds_needs_no_second_word():
    bounded = (
        lines(f'{LEAST}, max_total: "20 EUR"')
        + 'envelope: {amount: {arg: /amount, currency: EUR, each: "9 EUR"}}'
    )
    assert read_action(bounded).standing.amount == AmountArg(arg="/amount", currency="EUR")


def test_what_cannot_be_undone_is_never_approved_in_advance():
    codes = [code for _, code in problems(LEAST, risk="reversible: false\nrisk:")]
    assert codes == ["standing_never"]


def test_critical_risk_is_never_approved_in_advance():
    text = action_with(lines(LEAST).replace("risk: medium", "risk: critical"))
    [problem] = check(text).problems
    assert problem.code == "standing_never"
    assert "one by one" in problem.hint


def test_an_arg_that_the_schema_lacks_is_refused():
    text = action_with(
        lines(f"{LEAST}, vary: [/too]").replace(
            "type: object", "type: object\n  additionalProperties: false", 1
        )
    )
    assert "unknown_arg" in [problem.code for problem in check(text).problems]
