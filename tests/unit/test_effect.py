"""The effect that an agent expects: its form, and how it is held against what is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import json_values
from webapp.domain.canonical import canonical
from webapp.domain.effect import (
    MOST_POINTERS,
    difference_from,
    differences,
    effect_problems,
    in_words,
    is_same,
    seen_values,
)
from webapp.domain.pointer import MISSING, join, look_up

WHERE = "/expected_effect"


def faults(expected):
    return [(one.pointer, one.code) for one in effect_problems(expected, WHERE)]


@pytest.mark.parametrize(
    "expected",
    [{}, {"/status": "refunded"}, {"/a~1b/0": None, "/__proto__": {}, "/constructor": 1}],
)
def test_values_by_pointers_are_taken(expected):
    assert faults(expected) == []


@pytest.mark.parametrize("pointer", ["status", "", "a/b", "/a~2", "/~", "#/a"])
def test_what_is_no_pointer_is_named_where_it_stands(pointer):
    [(where, code)] = faults({"/status": 1, pointer: 2})
    assert (look_up({"expected_effect": {pointer: 3}}, where), code) == (3, "pointer")


def test_there_are_so_many_pointers_at_most_and_so_long():
    many = {f"/{n}": n for n in range(10_000)}
    assert faults(many) == [(WHERE, "maxProperties")]
    assert faults(dict(list(many.items())[:MOST_POINTERS])) == []
    assert faults({"/" + "x" * 300: 1}) == [(WHERE, "maxLength")]


@given(one=json_values(), other=json_values())
def test_two_values_are_the_same_where_their_canonical_form_is(one, other):
    assert is_same(one, one)
    assert is_same(one, other) == is_same(other, one) == (canonical(one) == canonical(other))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (0, -0.0, True),
        (True, 1, False),
        ("1.0", "1.00", False),
        ("1", 1, False),
        (None, False, False),
        ([1, {"a": 2}], [1.0, {"a": 2.0}], True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({}, [], False),
    ],
)
def test_numbers_are_compared_as_numbers_and_amounts_in_text_as_text(one, other, same):
    assert is_same(one, other) is same


@given(seen=st.dictionaries(st.text(max_size=4), json_values(), max_size=4), data=st.data())
def test_what_is_taken_from_what_is_seen_never_differs_from_it(seen, data):
    keys = data.draw(st.lists(st.sampled_from(sorted(seen)), unique=True)) if seen else []
    expected = {join((key,)): seen[key] for key in keys}
    assert differences(expected, seen) == ()
    for key in keys:
        changed = {name: value for name, value in seen.items() if name != key}
        assert [one.pointer for one in differences(expected, changed)] == [join((key,))]


def test_what_differs_is_told_with_what_was_expected_and_what_is_there():
    expected = {"/status": "refunded", "/total": "5.00", "/gone": 1, "/same": [1]}
    seen = {"status": "open", "total": 5, "same": [1.0]}
    found = differences(expected, seen)
    assert [one.to_json() for one in found] == [
        {"pointer": "/status", "expected": "refunded", "is": "open"},
        {"pointer": "/total", "expected": "5.00", "is": 5},
        {"pointer": "/gone", "expected": 1},
    ]
    assert [difference_from(one.to_json()) for one in found] == list(found)
    assert found[2].found is MISSING
    assert in_words(found) == (
        '/status should be "refunded" and is "open"; /total should be "5.00" and is 5; '
        "/gone should be 1 and is absent"
    )
    assert seen_values(expected, seen) == {"/status": "open", "/total": 5, "/same": [1.0]}


@pytest.mark.parametrize("seen", [None, "text", 3, [], {"status": {}}, "<html>"])
def test_whatever_is_seen_is_compared(seen):
    assert len(differences({"/status": 1, "/a/0/b": 2}, seen)) == 2


def test_what_is_large_is_kept_as_its_beginning():
    [one] = differences({"/a": "x" * 10_000}, {"a": ["y" * 10_000]})
    told = one.to_json()
    assert max(map(len, map(str, told.values()))) < 600
    assert "(10,002 bytes)" in told["expected"]
    assert "(10,004 bytes)" in told["is"]
    many = {f"/{n}": "z" * 200 for n in range(5)}
    assert in_words(differences(many, {})).endswith("2 more differ")
