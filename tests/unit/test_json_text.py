"""JSON bodies are read strictly, and every refusal names its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import json_values
from webapp.domain.errors import BodyInvalid, BodyTooLarge
from webapp.domain.json_text import GREATEST_INTEGER, Limits, members, parse


def problems_of(data, **limits):
    with pytest.raises(BodyInvalid) as refused:
        parse(data, limits=Limits(**limits))
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


@given(json_values())
def test_what_python_writes_is_read_back_as_the_same_value(value):
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


def outcome_of(data, **limits):
    """Give what was read, or the problems; any other error passes through."""
    try:
        return parse(data, limits=Limits(**limits)), []
    except BodyInvalid as refused:
        return None, refused.problems


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_arbitrary_bytes_raise_nothing_but_the_documented_error(data):
    value, problems = outcome_of(data)
    assert problems or value == json.loads(data)


@given(
    st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"a"', b":", b",", b"\\", b"1e999", b"1"]))
)
def test_almost_json_raises_nothing_but_the_documented_error(pieces):
    data = b"".join(pieces)
    value, problems = outcome_of(data, depth=3, keys=2)
    assert problems or value == json.loads(data)


@pytest.mark.parametrize("text", [b"1.0", b"1", b"1e0", b"10e-1", b"1.000"])
def test_one_has_one_reading_however_it_is_written(text):
    value = parse(text)
    assert value == 1
    assert type(value) is int


@pytest.mark.parametrize("number", [GREATEST_INTEGER, -GREATEST_INTEGER, 0])
def test_integers_up_to_the_safe_bound_are_exact(number):
    assert parse(str(number).encode()) == number


@pytest.mark.parametrize(
    "text", ["9007199254740992", "-9007199254740992", "9" * 5000, "9007199254740993.0"]
)
def test_an_integer_beyond_the_safe_bound_is_refused_where_it_stands(text):
    [(pointer, code)] = problems_of(f'{{"a": [1, {text}]}}'.encode())
    assert pointer == "/a/1"
    assert code in {"integer_range", "number_range"}


@pytest.mark.parametrize("text", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_finite_is_refused_where_it_stands(text):
    assert problems_of(f'{{"a": {text}}}'.encode()) == [("/a", "number_range")]


def test_numbers_that_only_binary64_can_hold_are_read():
    assert parse(b"[1E30, 4.50, 2e-3, 333333333.33333329]") == [1e30, 4.5, 0.002, 333333333.3333333]


def test_a_duplicate_key_is_refused_at_its_pointer():
    assert problems_of(b'{"a": {"b/c": 1, "b/c": 2}}') == [("/a/b~1c", "duplicate_key")]


def test_a_duplicate_key_is_seen_through_its_escapes():
    assert problems_of(rb'{"a": 1, "\u0061": 2}') == [("/a", "duplicate_key")]


def test_all_problems_of_a_body_are_named_at_once():
    data = rb'{"n": NaN, "d": {"x": 1, "x": 2}, "s": ["\ud800", "\u0000"]}'
    assert problems_of(data) == [
        ("/n", "number_range"),
        ("/d/x", "duplicate_key"),
        ("/s/0", "surrogate"),
        ("/s/1", "nul"),
    ]


def test_at_most_twenty_problems_are_named():
    assert len(problems_of(b"[" + b"NaN," * 100 + b"1]")) == 20


@pytest.mark.parametrize("data", [rb'{"\ud800": 1}', rb'["\udc00\ud800"]', rb'["x\uDFFF"]'])
def test_half_a_surrogate_pair_is_refused(data):
    assert [code for _, code in problems_of(data)] == ["surrogate"]


def test_a_pointer_to_a_bad_key_can_itself_be_written_as_utf8():
    [(pointer, _)] = problems_of(rb'{"\ud800": 1}')
    assert pointer.encode() == rb"/\ud800"


def test_an_escaped_emoji_and_an_escaped_backslash_are_fine():
    assert parse(rb'["\ud83d\ude00", "\\u0000", "\\ud800"]') == ["😀", r"\u0000", r"\ud800"]


@pytest.mark.parametrize(
    "data", [b'"\xff"', b'"\xed\xa0\x80"', b"\xfe\xff\x00[", '"ä"'.encode("latin-1")]
)
def test_what_is_not_utf8_is_refused(data):
    assert problems_of(data) == [("", "encoding")]


@pytest.mark.parametrize("data", [b"", b"  \n"])
def test_an_empty_body_is_told_apart_from_a_malformed_one(data):
    assert problems_of(data) == [("", "empty")]


def test_a_malformed_body_names_line_and_column():
    with pytest.raises(BodyInvalid, match="line 2, column 7"):
        parse(b'{"a": 1,\n "b": ]}')


def test_a_malformed_body_with_a_bad_number_before_is_still_one_error():
    assert problems_of(b"[1e999, ") == [("", "malformed")]


@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_nesting_is_refused_just_above_the_limit(pair):
    opening = "[" if pair == "[]" else '{"a":'
    fits = opening * 31 + pair + pair[1] * 31
    assert parse(fits.encode())
    assert problems_of(f"[{fits}]".encode()) == [("", "too_deep")]


@pytest.mark.parametrize(
    "data", [b"[" * 900_000, b'{"a":' * 150_000, b"[" * 400_000 + b"]" * 400_000]
)
def test_nesting_far_above_the_limit_is_refused_all_the_same(data):
    assert problems_of(data) == [("", "too_deep")]


def test_nesting_cannot_hide_behind_brackets_in_strings():
    data = '["]",' * 40 + "1" + ',"["]' * 40
    assert problems_of(data.encode()) == [("", "too_deep")]


def test_brackets_and_colons_in_strings_do_not_count():
    body = {"a": "[{" * 100, "b": "::" * 100, "c": []}
    assert parse(json.dumps(body).encode(), limits=Limits(depth=2, keys=3)) == body


def test_keys_of_all_objects_count_together():
    data = json.dumps([{"a": 1, "b": 2}] * 50 + [":" * 200]).encode()
    assert parse(data, limits=Limits(keys=100))
    assert problems_of(data, keys=99) == [("", "too_many_keys")]


def test_a_body_above_the_size_limit_is_refused_unread():
    with pytest.raises(BodyTooLarge):
        parse(b"[" * 1_048_577)


def test_a_body_at_the_size_limit_is_read():
    assert parse(b'"' + b"a" * 1_048_574 + b'"') == "a" * 1_048_574


def cut_out(data, *names):
    return members(data, parse(data), names)


def test_a_member_comes_back_byte_for_byte():
    data = b'{ "x": {"state": 1}, "state" :\n {"b": 1.0,  "a": "\\u00e4 \xc3\xa4"} , "y": 2}'
    assert cut_out(data, "state") == {"state": b'{"b": 1.0,  "a": "\\u00e4 \xc3\xa4"}'}


def test_a_member_with_an_escaped_name_is_found():
    assert cut_out(rb'{"st\u0061te": [ 1 ]}', "state", "other") == {"state": b"[ 1 ]"}


@pytest.mark.parametrize(
    "data",
    [
        rb'{"x": {"state": 0}, "st\u0061te": [ 1 ]}',
        rb'{"x": "\"state", "state": [ 1 ]}',
        rb'{"x": "state", "state": [ 1 ], "y": {"state": 0}}',
        rb'{"x": ["state", "\\"], "state":[ 1 ]}',
    ],
)
def test_a_name_that_stands_elsewhere_too_is_not_mistaken_for_the_member(data):
    assert cut_out(data, "state") == {"state": b"[ 1 ]"}


@pytest.mark.parametrize("data", [b"{}", b" { } ", b"[]", b'"state"', b'{"x": {"state": 1}}', b"1"])
def test_an_absent_member_is_not_there(data):
    assert cut_out(data, "state") == {}


@given(st.dictionaries(st.text(), json_values(), max_size=5), st.booleans())
def test_every_member_is_cut_out_exactly(body, ascii_only):
    data = json.dumps(body, ensure_ascii=ascii_only, indent=1).encode()
    found = members(data, body, tuple(body))
    assert {name: json.loads(piece) for name, piece in found.items()} == body
