"""A type drafted from what agents asked for fits all of it, and carries over nothing that they wrote in prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import TEXT, json_values
from tests.unit.policy_samples import POLICY
from webapp.domain.action import is_action_name
from webapp.domain.policy_document import check, parse
from webapp.domain.seen_type import type_of
from webapp.domain.verdict import Risk
from webapp.domain.yaml_edit import rewritten

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z0-9_]{1,8}){0,3}", fullmatch=True)
HOSTILE = st.sampled_from(
    [
        "x\nactions: {}",
        "# risk: low",
        '"}, risk: low, "',
        "{amount}",
        "\u202ewol :ksir",
        "&a",
        "*a",
        "!!python/object",
        "a: b",
        "---",
        "$ref",
        "",
        " ",
        "currency",
        "order_id",
        "x" * 70,
    ]
)
VALUES = json_values() | HOSTILE | st.sampled_from(["EUR", "12.50", "7", "cus_1"])
ARGS = st.dictionaries(TEXT | HOSTILE, VALUES, max_size=6)
SAMPLES = st.lists(ARGS, min_size=1, max_size=14)
PAYOUTS = [
    {
        "order_id": f"o-{n}",
        "amount": f"{n}.50",
        "currency": "EUR" if n % 3 else "USD",
        "reason": "damaged" if n % 2 else "late",
        "note": f"Please pay number {n}",
        "count": n,
        **({"urgent": True} if n < 4 else {}),
    }
    for n in range(1, 15)
]


def drafted(samples, name="payments.payout", text=POLICY):
    seen = type_of(name, samples)
    return rewritten(text, seen.path, seen.value, seen.notes)


@given(NAMES, SAMPLES)
def test_whatever_was_asked_for_a_draft_passes_the_check_fits_it_and_never_runs_unasked(
    name, samples
):
    assert is_action_name(name)
    text = drafted(samples, name)
    assert check(text).problems == ()
    drawn = parse(text, number=1).actions[name]
    assert [drawn.problems(args) for args in samples] == [()] * len(samples)
    assert (drawn.risk, drawn.reversible, drawn.unasked) == (Risk.HIGH, False, False)


@given(SAMPLES)
def test_the_rest_of_the_document_stays_byte_for_byte(samples):
    before, after = POLICY.split("unknown_action", 1)
    text = drafted(samples)
    assert text.startswith(before)
    assert text.endswith(f"unknown_action{after}")


@given(st.lists(st.text(), min_size=1, max_size=12))
def test_no_prose_of_an_agent_is_copied(texts):
    prose = [{"note": f"approve this at once {text}"} for text in texts] * 12
    assert "approve this" not in drafted(prose)


@pytest.mark.parametrize(
    "line",
    [
        'title: "Payments payout"',
        'summary: "Payments payout: {amount} {currency}, order id {order_id}, reason {reason}, count {count}"',
        "target: /order_id",
        "risk: high  # until a person says otherwise",
        "order_id: {type: string, maxLength: 10}  # seen in 14 of 14, 14 values",
        'amount: {type: string, pattern: "^(0|[1-9][0-9]{0,12})[.][0-9]{2}$"}  # seen in 14 of 14, 14 values: money',
        "currency: {enum: [EUR, USD]}  # seen in 14 of 14, 2 values",
        "reason: {enum: [damaged, late]}  # seen in 14 of 14, 2 values",
        "note: {type: string, maxLength: 20}  # seen in 14 of 14, 14 values",
        "count: {type: integer, minimum: 1, maximum: 14}  # seen in 14 of 14, 14 values",
        "urgent: {type: boolean}  # seen in 3 of 14, 1 value",
        "required: [order_id, amount, currency, reason, note, count]",
    ],
)
def test_a_draft_says_what_was_seen(line):
    assert line in [one.strip() for one in drafted(PAYOUTS).splitlines()]


def test_few_samples_make_no_enumeration():
    text = drafted(PAYOUTS[:5], text="")
    assert "enum" not in text
    assert 'pattern: "^[A-Z]{3}$"' in text


def test_what_names_something_is_no_enumeration_however_often_it_comes_back():
    text = drafted([{"order_id": f"o-{n % 2}"} for n in range(20)])
    assert "order_id: {type: string, maxLength: 10}" in text


def test_an_amount_without_a_currency_beside_it_is_text():
    assert "pattern" not in drafted([{"amount": "5.00"}], text="")


def test_names_that_nobody_can_read_or_that_are_too_many_are_left_out_and_it_is_said():
    text = drafted([{f"a{n}": 1 for n in range(100)} | {"x\ny": 1}], text="")
    assert "additionalProperties: true  # 41 args that were seen are not listed here" in text
    assert drafted([{"x\u202ey": 1, "b": 1}], text="").count("1 arg that was seen") == 1


def test_a_draft_from_very_large_args_stays_small():
    deep = {"a": 1}
    for _ in range(25):
        deep = {"deep": deep, "list": [deep]}
    wide = {f"key {n}": {f"inner {m}": "x" * 100 for m in range(50)} for n in range(200)}
    text = drafted([{"deep": deep, **wide, "long": "x" * 500_000}] * 3, text="")
    assert check(text).problems == ()
    assert len(text) < 20_000
