"""What routing makes of an envelope: the limits, what is left, when it renews, and what would be accepted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOW, SURE, counters, drafted, policy, submission
from webapp.domain.action import Action
from webapp.domain.case import Counters, draws
from webapp.domain.measures import acquaintance
from webapp.domain.routing import route
from webapp.domain.uses import SCALE, Counted
from webapp.domain.verdict import Route

POLICY = """\
timezone: Europe/Berlin
agents:
  payer:
    owner: payments
    autonomy: {start: standard, max: standard}
    usage: {tokens_per_day: 100, money_per_day: "2 EUR"}
actions:
  pay:
    risk: low
    target: /order
    tiers: {auto: 0.9}
    envelope:
      amount: {arg: /amount, currency: /currency, each: "500 EUR", per_day: "2000 EUR"}
      count: {arg: /list, each: 3, per_day: 20}
      counterparty: {arg: /to, allow: ["cus_*"], deny: ["cus_bad*"], new: review}
      places:
        - {arg: /file, kind: path, allow: ["/srv/*"]}
      values: {/currency: [EUR], /urgent: [false]}
      hours: "Mon-Fri 08:00-18:00"
      rate: 20/hour
      total:
        counterparty: {month: "1500 EUR"}
        target: {ever: "2 runs"}
        intent: {ever: ["600 EUR", "9 list"]}
      outside: OUTSIDE
"""
ARGS = {
    "amount": "129.00",
    "currency": "EUR",
    "to": "cus_77",
    "order": "8841",
    "list": ["a", "b"],
    "file": "/srv/a.csv",
    "urgent": False,
}
UNSET = object()


def rules(outside="review"):
    return policy(POLICY.replace("OUTSIDE", outside))


def asked(**args):
    given = {name: value for name, value in {**ARGS, **args}.items() if value is not UNSET}
    return drafted(submission(Action(name="pay", args=given), confidence=SURE), rules())


def seen(handoff, used=0, **given):
    """Counters where `used` units have been used of every limit."""
    every = {draw.key.text: used * SCALE for draw in draws(handoff, rules(), NOW)}
    return counters(**{"used": every, "acquainted": True, **given})


def judged(handoff, outside="review", used=0, **given):
    return route(handoff, rules(outside), seen(handoff, used, **given))


def codes(handoff, **given):
    return [one.code for one in judged(handoff, **given).reasons]


def test_what_is_within_the_envelope_runs_unasked():
    assert codes(asked()) == ["within_policy"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"amount": "500.01"}, "amount_over_each"),
        ({"amount": UNSET}, "amount_unclear"),
        ({"amount": "-1"}, "amount_unclear"),
        ({"amount": "1.00001"}, "amount_unclear"),
        ({"amount": "1e2"}, "amount_unclear"),
        ({"amount": ["1"]}, "amount_unclear"),
        ({"list": ["a"] * 4}, "count_over_each"),
        ({"list": 4}, "count_over_each"),
        ({"list": "a,b"}, "count_unclear"),
        ({"list": 1.5}, "count_unclear"),
        ({"list": UNSET}, "count_unclear"),
        ({"to": "sup_1"}, "counterparty_not_allowed"),
        ({"to": "сus_77"}, "counterparty_not_allowed"),  # noqa: RUF001 a Cyrillic letter
        ({"to": "cus_bad7"}, "counterparty_denied"),
        ({"to": " "}, "counterparty_unclear"),
        ({"to": True}, "counterparty_unclear"),
        ({"to": UNSET}, "counterparty_unclear"),
        ({"file": "/etc/passwd"}, "place_not_allowed"),
        ({"file": "/srv/../etc/passwd"}, "place_unclear"),
        ({"file": ["/srv/a", "/etc/b"]}, "place_not_allowed"),
        ({"file": UNSET}, "place_unclear"),
        ({"urgent": True}, "value_outside"),
        ({"urgent": 0}, "value_outside"),
        ({"urgent": UNSET}, "value_outside"),
    ],
)
@pytest.mark.parametrize("outside", ["review", "block"])
def test_what_is_outside_asks_for_what_the_envelope_says_and_tells_what_would_do(
    args, code, outside
):
    found = judged(asked(**args), outside)
    [reason] = [one for one in found.reasons if one.code == code]
    assert found.route is reason.route is Route(outside)
    assert reason.rule.startswith("actions.pay.envelope.")
    assert reason.fix


def test_another_currency_is_outside_and_is_not_counted():
    handoff = asked(currency="USD")
    assert {"currency_outside", "value_outside"} == set(codes(handoff))
    assert "EUR" not in {use.unit for use in judged(handoff).limits if use.takes}


def test_a_list_of_places_that_are_all_within_is_within():
    assert codes(asked(file=["/srv/a", "/srv/b"])) == ["within_policy"]


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (18, {"within_policy"}),
        (19, {"count_exhausted"}),
        (20, {"count_exhausted", "rate_reached"}),
        (1371, {"count_exhausted", "rate_reached"}),
        (1372, {"count_exhausted", "rate_reached", "total_reached"}),
    ],
)
def test_what_has_been_used_leaves_so_much_and_no_more(used, expected):
    handoff = asked()
    limited = {
        draw.key.text: used * SCALE
        for draw in draws(handoff, rules(), NOW)
        if not draw.limit.reported and draw.limit.counted not in {Counted.TARGET, Counted.INTENT}
    }
    idle = {draw.key.text: 0 for draw in draws(handoff, rules(), NOW)}
    found = route(handoff, rules(), counters(used={**idle, **limited}, acquainted=True))
    assert {one.code for one in found.reasons} == expected


def reason(handoff, code, used):
    [found] = [one for one in judged(handoff, used=used).reasons if one.code == code]
    return found


def test_a_reason_says_what_the_limit_is_what_is_left_and_when_it_renews():
    found = reason(asked(), "amount_exhausted", used=1900)
    assert found.message == (
        "pay takes 129 EUR, and 100 EUR are left of the 2000 EUR a day for all agents together; "
        "it renews at 2026-03-02T23:00:00Z."
    )
    assert found.fix == "at most 100 EUR, or the same from 2026-03-02T23:00:00Z on"
    assert found.rule == "actions.pay.envelope.amount.per_day"


def test_a_total_for_ever_does_not_promise_to_renew():
    found = [one for one in judged(asked(), used=3).reasons if one.code == "total_reached"]
    assert [(one.rule, one.fix) for one in found] == [
        ("actions.pay.envelope.total.target.ever", "at most 0 runs")
    ]


def test_usage_is_exhausted_when_nothing_is_left_of_it_and_not_before():
    assert "usage_exhausted" not in codes(asked(), used=1)
    assert "usage_exhausted" in codes(asked(), used=2)


def test_hours_and_rates_do_not_hold_people_back():
    night = NOW + timedelta(hours=14)
    handoff = asked()
    assert "outside_hours" in [
        one.code for one in route(handoff, rules(), seen(handoff, at=night)).reasons
    ]
    vouched = replace(handoff, vouched=True)
    codes_ = {one.code for one in route(vouched, rules(), seen(vouched, 25, at=night)).reasons}
    assert not {"outside_hours", "rate_reached"} & codes_


def test_nothing_is_asked_of_limits_and_hours_where_the_share_is_held_already():
    held = Counters(at=NOW + timedelta(hours=14), level="standard", used=None, acquainted=True)
    assert route(asked(), rules(), held).route is Route.AUTO


def test_a_reason_for_the_hours_says_when_they_begin():
    night = NOW + timedelta(hours=14)
    found = [one for one in judged(asked(), at=night).reasons if one.code == "outside_hours"]
    assert found[0].fix == "the same from 2026-03-03T07:00:00Z on"


@pytest.mark.parametrize("acquainted", [None, False])
def test_whom_nobody_has_dealt_with_is_new_also_where_nobody_has_looked(acquainted):
    assert codes(asked(), acquainted=acquainted) == ["counterparty_new"]


def test_only_the_very_same_name_is_the_same_counterparty():
    kind = rules().action_type("pay")
    names = ["cus_77", "CUS_77", "cus_77 ", "сus_77", 77, "77"]  # noqa: RUF001 a Cyrillic letter
    keys = [acquaintance(asked(to=name), kind) for name in names]
    assert len(set(keys)) == len(names) - 1
    assert keys[-1] == keys[-2]


def keys_of(handoff):
    return {draw.limit.path: draw.key for draw in draws(handoff, rules(), NOW)}


def test_shares_count_together_for_whom_the_limit_says():
    one = keys_of(asked())
    other = keys_of(replace(asked(to="cus_8", order="9"), agent_id="ag_2", intent_id="in_2"))
    same = {path.removeprefix("actions.pay.envelope.") for path in one if one[path] == other[path]}
    assert same == {"amount.per_day", "count.per_day"}


def test_what_does_not_name_its_target_counts_together():
    path = "actions.pay.envelope.total.target.ever"
    assert keys_of(asked(order=UNSET))[path] == keys_of(asked(order=[1]))[path]


amounts = st.decimals(0, 3000, places=2).map(lambda number: f"{number:f}")


@given(amounts, amounts, st.integers(0, 3000), st.sampled_from(["review", "block"]))
def test_a_larger_amount_never_loosens(one, other, used, outside):
    less, more = sorted([one, other], key=float)
    small, large = asked(amount=less), asked(amount=more)
    assert judged(small, outside, used).route.rank <= judged(large, outside, used).route.rank


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_a_longer_list_never_loosens(one, other, used):
    short, long = asked(list=min(one, other)), asked(list=max(one, other))
    assert judged(short, used=used).route.rank <= judged(long, used=used).route.rank


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(ARGS)), anything), st.integers(0, 2000))
def test_whatever_the_args_are_an_envelope_gives_an_answer_and_only_ever_tightens(args, used):
    handoff = asked(**args)
    bare = POLICY[: POLICY.index("    envelope:")]
    free = route(handoff, policy(bare), seen(handoff, used))
    assert judged(handoff, used=used).route.rank >= free.route.rank


@given(st.dictionaries(st.sampled_from(sorted(ARGS)), anything))
def test_what_cannot_be_measured_never_runs_unasked(args):
    handoff = asked(**args)
    measured = {draw.limit.path for draw in draws(handoff, rules(), NOW)}
    assert len(measured) == 8 or judged(handoff).route is not Route.AUTO
