"""An action's name, canonical form, fingerprint and changes."""

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import TEXT, json_values
from webapp.domain.action import Action, changes, is_action_name, name_problem
from webapp.domain.canonical import canonical
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.json_text import parse

ARGS = st.dictionaries(TEXT, json_values(), max_size=5)


def refund(**args):
    return Action(name="payments.refund", args=args)


@pytest.mark.parametrize("name", ["a", "payments.refund", "a1.b_2.3c", "x" * 120])
def test_dotted_lower_case_names_are_taken(name):
    assert is_action_name(name)


@pytest.mark.parametrize(
    "name", ["", "Payments", "a..b", ".a", "a.", "1a", "a-b", "a b", "ä", "a\n", "x" * 121]
)
def test_other_names_are_refused_with_what_would_be_accepted(name):
    with pytest.raises(SubmissionInvalid) as refused:
        Action(name=name, args={})
    [problem] = refused.value.problems
    assert problem.pointer == "/action/name"
    assert "payments.refund" in problem.expected


def test_a_name_problem_is_placed_where_the_caller_says():
    assert name_problem("X", "/alternatives/0/action/name").pointer == "/alternatives/0/action/name"


@given(json_values())
def test_the_canonical_form_is_that_of_rfc_8785(value):
    assert canonical(value) == rfc8785.dumps(value)


@given(
    st.dictionaries(
        st.text(st.sampled_from('a\ue000\uffff\U00010000😀é\x7f\x1f"\\')), st.integers(0, 9)
    )
)
def test_keys_are_ordered_by_utf16_units(value):
    assert canonical(value) == rfc8785.dumps(value)


def test_the_canonical_form_of_the_rfcs_own_example_is_the_rfcs():
    text = rb"""{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"""
    assert canonical(parse(text)).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, "\ud800", {1: 2}, {"a": object()}]
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(SubmissionInvalid):
        canonical({"a": value})


def test_the_fingerprint_is_the_hash_of_the_canonical_form():
    action = refund(b=1, a="x")
    body = b'{"args":{"a":"x","b":1},"name":"payments.refund"}'
    assert action.fingerprint() == f"sha256:{hashlib.sha256(body).hexdigest()}"


@given(ARGS, ARGS)
def test_fingerprints_are_equal_exactly_where_the_json_is(one, two):
    same_json = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    assert (refund(**one).fingerprint() == refund(**two).fingerprint()) is same_json


@given(ARGS)
def test_the_order_of_args_does_not_change_the_fingerprint(args):
    backwards = dict(reversed(args.items()))
    assert refund(**args).fingerprint() == refund(**backwards).fingerprint()


def test_one_and_one_point_zero_are_the_same_action():
    assert refund(n=1) == refund(n=1.0)
    assert hash(refund(n=1)) == hash(refund(n=1.0))


@pytest.mark.parametrize("other", [True, "1", [1], None])
def test_one_and_true_and_its_text_are_not_the_same_action(other):
    assert refund(n=1) != refund(n=other)


def test_changes_name_added_removed_and_replaced_members():
    before = refund(amount="129.00", note="x", to={"id": 1, "a/b": 2})
    after = refund(amount="100.00", to={"id": 1, "a/b": 3}, new=[1])
    assert changes(before, after) == [
        {"op": "replace", "path": "/args/amount", "value": "100.00"},
        {"op": "remove", "path": "/args/note"},
        {"op": "replace", "path": "/args/to/a~1b", "value": 3},
        {"op": "add", "path": "/args/new", "value": [1]},
    ]


def test_changes_replace_a_list_whole():
    [change] = changes(refund(lines=[1, 2]), refund(lines=[1, 3]))
    assert change == {"op": "replace", "path": "/args/lines", "value": [1, 3]}


def test_changes_see_true_in_place_of_one():
    [change] = changes(refund(n=1), refund(n=True))
    assert change["value"] is True


def test_changes_name_another_action():
    [change] = changes(refund(), Action(name="support.reply", args={}))
    assert change == {"op": "replace", "path": "/name", "value": "support.reply"}


@given(ARGS, ARGS)
def test_there_are_changes_exactly_where_fingerprints_differ(one, two):
    before, after = refund(**one), refund(**two)
    assert bool(changes(before, after)) is (before.fingerprint() != after.fingerprint())


@given(ARGS, ARGS)
def test_the_changes_lead_from_one_action_to_the_other(one, two):
    document = json.loads(json.dumps(refund(**one).to_json()))
    for change in changes(refund(**one), refund(**two)):
        *way, last = (
            t.replace("~1", "/").replace("~0", "~") for t in change["path"].split("/")[1:]
        )
        holder = document
        for token in way:
            holder = holder[token]
        holder.pop(last) if change["op"] == "remove" else holder.update({last: change["value"]})
    assert canonical(document) == refund(**two).canonical()
