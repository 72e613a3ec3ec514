"""A form of limits writes exactly what its fields say into the document, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy_samples import POLICY
from tests.unit.yaml_layouts import VALUES, layouts
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.limit_fields import (
    FIELDS,
    GROUPS,
    Kind,
    normal,
    read_field,
    shown,
    with_changes,
    with_limits,
)
from webapp.domain.pointer import MISSING, join, look_up
from webapp.domain.policy_document import check
from webapp.domain.yaml_edit import form, read, rewritten

REFUND = ("actions", "payments.refund")
BOUND = """\
# ours
actions:
  # money
  payments.refund:  # the main one
    risk: medium
    standing: {max_for: 8h, max_uses: 2}
    envelope:
      amount: {arg: /amount, currency: /currency, each: "500 EUR"}  # agreed with finance
      count:
        arg: /items   # a list
        per_day: 20
      rate: 20/hour
      outside: block  # firm
    cost: 5
agents:
  payer: {daily_budget: 5}  # alone
"""
WRITTEN = st.sampled_from(
    [
        "", "5", "0.5", "500 EUR", "500 EUR, 450 GBP", "20/hour", "/amount", "review", "lots", "no",
        "cus_*\nemp_*", "Mon-Fri 08:00-18:00", "007", "true", "# x", "a: b", "{", "\u202e",
    ]
)  # fmt: skip


def pointers(section, name):
    return {join((section, name, *one.path)): one for one in FIELDS[section]}


def as_shown(text, section="actions", name="payments.refund"):
    """What a form gives back that nobody has touched."""
    holder = read(text)
    return {
        pointer: shown(look_up(holder, pointer), one.kind)
        for pointer, one in pointers(section, name).items()
    }


def saved(text, /, at=REFUND, **fields):
    """Change some fields of a form, named by what stands last in their paths, and save it."""
    given = as_shown(text, *at)
    for name, written in fields.items():
        [pointer] = [one for one in given if one.endswith("/" + name.replace("__", "/"))]
        given[pointer] = written
    return with_limits(text, text, given)


def of(text, *path):
    return look_up(read(text), join((*REFUND, *path)))


# ---- the property: what is written is what the fields say


@st.composite
def bounded(draw):
    """Write an action type with some of the common limits in any layout."""
    holder = {"risk": "low"}
    for one in draw(st.lists(st.sampled_from(FIELDS["actions"]), max_size=6)):
        inner = holder
        for key in one.path[:-1]:
            inner = inner.setdefault(key, {})
        inner[one.path[-1]] = draw(VALUES | st.sampled_from(["500 EUR", 5, ["cus_*"]]))
    others = draw(st.dictionaries(st.sampled_from(["because", "title", "rules"]), VALUES))
    document = {"actions": {"payments.refund": {**holder, **others}, "b": {"cost": 1}}}
    return document, "\n".join(draw(layouts(document))) + "\n"


@given(bounded())
def test_a_form_that_nobody_touched_changes_no_byte(written):
    text = written[1]
    assert with_limits(text, text, as_shown(text)) == text


@given(bounded(), st.data())
def test_one_changed_field_changes_exactly_that_key(written, data):
    document, text = written
    one = data.draw(st.sampled_from(FIELDS["actions"]))
    new = normal(data.draw(WRITTEN))
    before = document["actions"]["payments.refund"]
    pointer = join((*REFUND, *one.path))
    after = with_limits(text, text, {**as_shown(text), pointer: new})
    if new == normal(shown(look_up(document, pointer), one.kind)):
        assert after == text
        return
    wanted = with_changes(before, "actions", {one: new})
    assert form(read(after)) == form(
        {**document, "actions": {**document["actions"], "payments.refund": wanted}}
    )
    assert differing(before, wanted) <= {one.path, *alone_without(one.path)}


def differing(before, after, path=()):
    """The paths at which two mappings differ, as deep as both have mappings."""
    keys = {*before, *after}
    found = set()
    for key in keys:
        old, new = before.get(key, MISSING), after.get(key, MISSING)
        if isinstance(old, dict) and isinstance(new, dict):
            found |= differing(old, new, (*path, key))
        elif old is MISSING or new is MISSING or form(old) != form(new):
            found.add((*path, key))
    return found


def alone_without(path):
    """The groups above a path, which come with their first limit and go with their last."""
    above = [path[:end] for end in range(1, len(path))]
    companions = [(*one.path, key) for one in GROUPS["actions"] for key in one.companions]
    return [*above, *(one for one in companions if one[:-1] in above)]


@given(st.sampled_from(list(Kind)), WRITTEN)
def test_what_is_read_from_a_field_is_shown_as_it_was_written_or_in_its_plain_form(kind, written):
    value = read_field(normal(written), kind)
    again = read_field(normal(shown(MISSING if value is None else value, kind)), kind)
    if not (kind is Kind.NUMBER and isinstance(value, str)):
        assert form(again) == form(value)


# ---- rules of people


def test_an_empty_field_removes_its_limit_and_leaves_the_rest():
    text = saved(BOUND, count__per_day="", rate="")
    assert "count" not in of(text, "envelope")
    assert "rate" not in of(text, "envelope")
    assert 'each: "500 EUR"}  # agreed with finance' in text


def test_with_its_last_limit_an_envelope_goes_as_a_whole():
    text = saved(
        BOUND.replace("    standing: {max_for: 8h, max_uses: 2}\n", ""),
        amount__each="",
        count__per_day="",
        rate="",
    )
    assert of(text, "envelope") is MISSING
    assert "# the main one\n    risk: medium\n    cost: 5\n" in text


def test_an_amount_that_standing_approvals_need_stays_without_a_limit():
    assert of(saved(BOUND, amount__each=""), "envelope", "amount") == {
        "arg": "/amount",
        "currency": "/currency",
    }


def test_a_totals_group_stays_as_long_as_totals_count_in_it():
    text = BOUND.replace("      rate:", "      total: {agent: {day: 50 items}}\n      rate:")
    assert of(saved(text, count__per_day=""), "envelope", "count") == {"arg": "/items"}


def test_an_arg_that_a_form_suggests_writes_nothing_without_a_limit():
    given = {join((*REFUND, "envelope", "counterparty", "arg")): "/to"}
    assert with_limits(BOUND, BOUND, given) == BOUND


def test_the_last_key_of_an_agent_leaves_an_empty_one():
    text = saved(BOUND, ("agents", "payer"), daily_budget="")
    assert "  payer: {}  # alone" in text


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("amount__each", "500 EUR,  450 GBP ", ["500 EUR", "450 GBP"]),
        ("counterparty__allow", "cus_*\r\n\r\n emp_* ", ["cus_*", "emp_*"]),
        ("hours", "Mon-Fri 08:00-18:00\nSat,Sun 10:00-12:00", ["Mon-Fri 08:00-18:00", "Sat,Sun 10:00-12:00"]),
        ("hours", "Mon-Fri 08:00-18:00", "Mon-Fri 08:00-18:00"),
        ("counterparty__new", "block", "block"),
        ("audit_sample", "0.050", 0.05),
        ("cost", "7", 7),
        ("cost", "seven", "seven"),
        ("cost", "007", "007"),
    ],
)  # fmt: skip
def test_a_field_is_written_as_what_it_means(field, written, value):
    text = saved(BOUND, **{field: written})
    path = [
        one.path for p, one in pointers(*REFUND).items() if p.endswith(field.replace("__", "/"))
    ]
    assert of(text, *path[0]) == value


def test_what_is_no_limit_is_written_all_the_same_and_found_by_the_check():
    text = saved(POLICY, cost="dear", amount__each="lots", amount__arg="/amount")
    found = {one.pointer: one.code for one in check(text).problems}
    assert found == {
        "actions.payments.refund.cost": "wrong_type",
        "actions.payments.refund.envelope.amount": "missing",
        "actions.payments.refund.envelope.amount.each": "bad_amount",
    }


def test_what_was_typed_into_the_document_meanwhile_is_kept():
    typed = BOUND.replace("risk: medium", "risk: high").replace("# ours", "# mine")
    given = {**as_shown(BOUND), join((*REFUND, "cost")): "9"}
    text = with_limits(BOUND, typed, given)
    assert text == typed.replace("cost: 5", "cost: 9")


def test_a_field_that_nobody_touched_does_not_take_back_what_was_typed():
    typed = BOUND.replace("cost: 5", "cost: 6")
    assert with_limits(BOUND, typed, as_shown(BOUND)) == typed


@pytest.mark.parametrize(
    "typed",
    ["actions: {payments.refund: {cost: 5}\n", "{}\n", "actions: {payments.refund: 5}\n"],
)
def test_into_what_cannot_be_read_or_is_gone_nothing_is_written(typed):
    with pytest.raises(SubmissionInvalid):
        with_limits(BOUND, typed, {join((*REFUND, "cost")): "9"})


def test_a_place_that_is_no_mapping_is_named():
    text = "actions: {payments.refund: {envelope: none}}\n"
    with pytest.raises(SubmissionInvalid, match="envelope is no mapping"):
        with_limits(text, text, {join((*REFUND, "envelope", "rate")): "5/day"})


@pytest.mark.parametrize(
    "given",
    [
        {"/actions/payments.refund/risk": "low"},
        {"/actions/payments.refund/unasked": "true"},
        {"/levels/standard/cost": "1"},
        {"/actions/other/cost": "1"},
        {"/actions": "x", "": "y", "nothing": "z"},
    ],
)
def test_only_the_fields_of_the_form_are_written(given):
    assert with_limits(BOUND, BOUND, given) == BOUND


def test_a_form_without_end_is_refused():
    with pytest.raises(SubmissionInvalid):
        with_limits(BOUND, BOUND, {join((*REFUND, "cost")): "9" * 5_000})


def test_a_group_is_written_with_its_arg_before_its_limits():
    text = saved(
        BOUND.replace("      rate: 20/hour\n", ""),
        counterparty__arg="/to",
        counterparty__new="review",
    )
    assert "      counterparty: {arg: /to, new: review}\n" in text


def test_rewriting_a_type_as_it_is_changes_nothing():
    assert rewritten(BOUND, REFUND, of(BOUND)) == BOUND
