"""A question's response schema is flat, and an answer fits it."""

import pytest
from hypothesis import given

from tests.unit.json_values import json_values
from webapp.domain.response_schema import check_response_schema, response_problems

DELIVERY = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "format": "date"},
        "slot": {"enum": ["am", "pm"]},
        "floor": {"type": "integer", "minimum": 0},
        "lift": {"type": "boolean"},
    },
    "required": ["day", "slot"],
}


def with_property(**schema):
    return {"type": "object", "properties": {"a": schema}}


def found_in(schema):
    return [(problem.pointer, problem.code) for problem in check_response_schema(schema, "/rs")]


def test_a_flat_schema_of_scalars_is_taken():
    assert check_response_schema(DELIVERY) == ()


@pytest.mark.parametrize(
    "keyword", ["$ref", "pattern", "properties", "items", "anyOf", "not", "const"]
)
def test_other_keywords_in_a_property_are_refused(keyword):
    schema = with_property(**{"type": "string", keyword: {}})
    assert (f"/rs/properties/a/{keyword}", "unsupported_keyword") in found_in(schema)


@pytest.mark.parametrize("keyword", ["$ref", "$defs", "allOf", "patternProperties", "if"])
def test_other_keywords_outside_are_refused(keyword):
    assert (f"/rs/{keyword}", "unsupported_keyword") in found_in({**DELIVERY, keyword: {}})


def test_a_misspelt_keyword_is_told_the_one_that_was_meant():
    [problem] = check_response_schema({**DELIVERY, "requried": []})
    assert problem.message.endswith("did you mean required?")


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (with_property(type="object"), "/rs/properties/a/type"),
        (with_property(type=["string", "null"]), "/rs/properties/a/type"),
        (with_property(title="x"), "/rs/properties/a/type"),
        (with_property(enum=[]), "/rs/properties/a/enum"),
        (with_property(enum=[{}]), "/rs/properties/a/enum"),
        (with_property(type="string", format="regex"), "/rs/properties/a/format"),
        (with_property(type="string", title="x" * 1001), "/rs/properties/a/title"),
        (with_property(type="number", minimum="0"), "/rs/properties/a/minimum"),
        ({"type": "object", "properties": {"a": True}}, "/rs/properties/a"),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, "/rs/properties/a b"),
        ({"type": "object", "properties": {}}, "/rs/properties"),
        (
            {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(21)}},
            "/rs/properties",
        ),
        ({**DELIVERY, "required": ["nope"]}, "/rs/required"),
        ({**DELIVERY, "required": "day"}, "/rs/required"),
        ({**DELIVERY, "type": "array"}, "/rs/type"),
        (["x"], "/rs"),
    ],
)
def test_what_is_not_flat_is_refused_where_it_stands(schema, pointer):
    assert [place for place, _ in found_in(schema)] == [pointer]


@given(json_values())
def test_any_json_is_checked_without_error(value):
    assert check_response_schema(value)
    assert check_response_schema(with_property(type=value, enum=value)) is not None


def test_an_answer_that_fits_has_no_problems():
    assert response_problems(DELIVERY, {"day": "2026-12-01", "slot": "am", "lift": True}) == ()


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"day": "tomorrow"}, "/response/day", "format"),
        ({"slot": "night"}, "/response/slot", "enum"),
        ({"floor": -1}, "/response/floor", "minimum"),
        ({"lift": 1}, "/response/lift", "type"),
        ({"extra": 1}, "/response/extra", "additionalProperties"),
    ],
)
def test_an_answer_that_does_not_fit_is_named_field_by_field(change, pointer, code):
    answer = {"day": "2026-12-01", "slot": "am", **change}
    [problem] = response_problems(DELIVERY, answer, "/response")
    assert (problem.pointer, problem.code) == (pointer, code)


def test_an_answer_without_a_required_field_is_told_which():
    [problem] = response_problems(DELIVERY, {"day": "2026-12-01"})
    assert (problem.pointer, problem.expected) == ("/slot", 'required: one of "am", "pm"')


def test_an_answer_that_is_no_object_is_refused():
    assert [problem.code for problem in response_problems(DELIVERY, "am")] == ["type"]


def test_a_schema_cannot_let_in_members_that_it_does_not_list():
    loose = {**DELIVERY, "additionalProperties": True}
    answer = {"day": "2026-12-01", "slot": "am", "extra": 1}
    assert [problem.pointer for problem in response_problems(loose, answer)] == ["/extra"]
