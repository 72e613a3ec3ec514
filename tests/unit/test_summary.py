"""The summary is built from the args by the template, and nothing in an arg can disguise it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import json_values
from webapp.domain.summary import read_template, visible


def fill(text, **args):
    return read_template(text).fill(args)


def test_placeholders_are_args_by_name_or_pointer():
    assert (
        fill("Pay {amount} for {/order/lines/1}", amount="5", order={"lines": ["a", "b"]})
        == "Pay 5 for b"
    )


def test_doubled_braces_are_braces():
    assert fill("{{{a}}} }}{{", a=1) == "{1} }{"


def test_an_absent_arg_is_a_dash():
    assert fill("to {who}") == "to —"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        (1.0, "1"),
        (1e30, "1e+30"),
        ([1, "a"], '[1,"a"]'),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
    ],
)
def test_values_are_shown_as_json(value, shown):
    assert fill("{v}", v=value) == shown


def test_a_long_value_is_cut_at_eighty_characters():
    assert fill("{v}", v="x" * 81) == "x" * 79 + "…"
    assert fill("{v}", v="x" * 80) == "x" * 80


@pytest.mark.parametrize(
    "char",
    [*"\n\r\t\x1b\u202e\u2066\u200b\ufeff\u2028\U000e0041\u3164\u2800\u034f\ufe0f\U000e0101"],
)
def test_a_character_that_hides_or_turns_is_made_visible(char):
    assert fill("to {v}.", v=f"a{char}b") == f"to a⟨U+{ord(char):04X}⟩b."


def test_a_placeholder_inside_a_value_is_not_filled():
    assert fill("{a} {b}", a="{b}", b="1") == "{b} 1"


def test_letters_of_any_script_stay_as_they_are():
    assert visible("Größe 東京 😀") == "Größe 東京 😀"


@pytest.mark.parametrize("text", ["{", "}", "{}", "{ }", "a {b", "{a{b}}", "{/a~2}"])
def test_what_is_no_placeholder_is_a_fault(text):
    assert read_template(text).faults


@given(st.text(), json_values())
def test_a_summary_is_one_line_without_control_characters(words, value):
    shown = fill("{v}", v=value)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Zl", "Zp"}
    assert read_template(words).fill({"v": value}) is not None
