"""YAML is read as plain JSON values with their lines, and nothing in it can be clever."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import INTEGERS
from webapp.domain.policy_problems import Notes
from webapp.domain.yaml_lines import read_yaml

WORDS = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def read(text):
    notes = Notes()
    node = read_yaml(text, notes)
    return node.plain() if node else None, notes.problems


def problem_of(text):
    [problem] = read(text)[1]
    return problem.line, problem.column, problem.code


@given(VALUES)
def test_json_is_read_as_the_value_that_it_is(value):
    assert read(json.dumps(value)) == (value, [])


@given(st.text(st.sampled_from("ab:-[]{}?&*!|>'\"#%@`, \n\t1~<")) | st.text())
def test_any_text_gives_a_value_or_problems_with_lines(text):
    value, problems = read(text)
    assert value is None or isinstance(value, str | bool | int | float | dict | list)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


@pytest.mark.parametrize(
    "word", ["no", "on", "off", "y", "12:30", "2026-01-01", "0x1F", "1_000", "<<"]
)
def test_words_that_older_yaml_twists_stay_words(word):
    assert read(f"a: {word}") == ({"a": word}, [])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-5", -5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("'1'", "1"),
    ],
)
def test_plain_scalars_are_what_they_look_like(written, value):
    found, problems = read(f"a: {written}")
    assert (found, problems) == ({"a": value}, [])
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    "written", ["0123", "1e400", ".inf", "-.INF", ".nan", "9007199254740992", "9" * 5000]
)
def test_a_number_that_json_cannot_carry_is_refused(written):
    assert problem_of(f"b: 1\na: {written}") == (2, 4, "bad_number")


def test_a_duplicate_key_is_refused_with_both_lines():
    [problem] = read("a: 1\nb: 2\na: 3")[1]
    assert (problem.line, problem.column, problem.code) == (3, 1, "duplicate_key")
    assert "line 1" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: [1,\n", 2, 1),
        ("a: 1\n\tb: 2", 2, 1),
        ("a: 1\nb: !!python/object:os.system x", 2, 4),
        ("a: *nothing", 1, 4),
        ("a: &x [*x]", 1, 8),
        ("--- {}\n--- {}", 2, 1),
        ("ä: 1\nb: \x07", 2, 4),
        ("a: 1\nb: \ud800", 2, 4),
    ],
)
def test_what_is_not_plain_yaml_is_refused_where_it_stands(text, line, column):
    assert problem_of(text) == (line, column, "syntax")


@pytest.mark.parametrize("key", ["1", "true", "~", "[a]", "{a: b}"])
def test_a_key_that_is_not_text_is_refused(key):
    assert problem_of(f"a: 1\n? {key}\n: 2") == (2, 3, "wrong_type")


def test_an_alias_stands_for_what_it_names():
    assert read("a: &x {b: 1}\nc: *x") == ({"a": {"b": 1}, "c": {"b": 1}}, [])


def test_aliases_cannot_explode():
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    problem = problem_of("\n".join(["a0: &a0 [x]", *lines]))
    assert problem[2] == "too_large"


def test_aliases_cannot_nest_deeper_than_the_bound():
    lines = [f"- &a{n} [*a{n - 1}]" for n in range(1, 100)]
    assert problem_of("\n".join(["- &a0 [x]", *lines]))[2] == "too_deep"


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 100_000, "? " * 100_000, "{a: " * 50_000])
def test_nesting_beyond_the_bound_is_refused(text):
    assert problem_of(text)[2] == "too_deep"


def test_a_document_beyond_256_kilobytes_is_refused_unread():
    assert problem_of("ä" * 131_073) == (1, 1, "too_large")


def test_the_places_of_values_and_keys_are_kept():
    node = read_yaml("ä:\n  b: [1,  {c: 2}]", Notes())
    inner = node.value["ä"].value["b"].value[1]
    assert (inner.place.line, inner.place.column) == (2, 11)
    assert inner.keys["c"].column == 12


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_document_has_no_value(text):
    assert read(text) == (None, [])
