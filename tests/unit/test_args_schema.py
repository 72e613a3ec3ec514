"""What is wrong with args is said so that an agent can mend it."""

import pytest
from jsonschema_rs import ValidationError

from webapp.domain.args_schema import compiled, describe, problems


def one_problem(schema, args):
    [found] = problems(compiled(schema), schema, args)
    return found.pointer, found.code, found.expected


def prop(**schema):
    return {"properties": {"a": schema}}


@pytest.mark.parametrize(
    ("schema", "value", "code", "expected"),
    [
        ({"type": "string"}, 1, "type", "a string"),
        ({"type": ["integer", "null"]}, "1", "type", "an integer or null"),
        ({"enum": ["EUR", 1]}, "GBP", "enum", 'one of "EUR", 1'),
        ({"const": "x"}, "y", "const", 'exactly "x"'),
        ({"pattern": "^[A-Z]{3}$"}, "x", "pattern", "a string matching ^[A-Z]{3}$"),
        ({"format": "date"}, "x", "format", "a valid date"),
        ({"minimum": 2}, 1, "minimum", "at least 2"),
        ({"exclusiveMaximum": 2}, 2, "exclusiveMaximum", "less than 2"),
        ({"multipleOf": 5}, 7, "multipleOf", "a multiple of 5"),
        ({"maxLength": 2}, "abc", "maxLength", "at most 2 characters"),
        ({"minItems": 1}, [], "minItems", "at least 1 items"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "no item twice"),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, 2, "anyOf", "a string or one of 1"),
    ],
)
def test_a_problem_names_pointer_keyword_and_what_would_be_accepted(schema, value, code, expected):
    pointer, found, wanted = one_problem(prop(**schema), {"a": value})
    assert (pointer, found) == ("/a", code)
    assert sorted(wanted.split(" or ")) == sorted(expected.split(" or "))


def test_a_missing_arg_is_named_where_it_should_stand():
    schema = {"required": ["amount"], "properties": {"amount": {"pattern": "^[0-9]+$"}}}
    assert one_problem(schema, {}) == (
        "/amount",
        "required",
        "required: a string matching ^[0-9]+$",
    )


def test_an_arg_too_many_is_named_with_the_one_that_was_meant():
    schema = {"properties": {"amount": {}}, "additionalProperties": False}
    [found] = problems(compiled(schema), schema, {"amuont": 1})
    assert (found.pointer, found.expected) == ("/amuont", "only: amount")
    assert found.message.endswith("did you mean amount?")


def test_pointers_reach_into_objects_and_lists():
    schema = prop(items={"properties": {"b/c": {"type": "string"}}})
    assert one_problem(schema, {"a": [{}, {"b/c": 1}]})[0] == "/a/1/b~1c"


def test_a_problem_behind_a_reference_is_named_too():
    inner = {"required": ["q"], "properties": {"q": {"type": "string"}}}
    schema = {**prop(**{"$ref": "#/$defs/x"}), "$defs": {"x": inner}}
    assert one_problem(schema, {"a": {}})[:2] == ("/a/q", "required")


def test_at_most_twenty_problems_are_named():
    schema = prop(items={"type": "string"})
    assert len(problems(compiled(schema), schema, {"a": [1] * 1000})) == 20


def test_a_long_value_does_not_make_a_long_message():
    [found] = problems(compiled(prop(type="integer")), prop(type="integer"), {"a": "x" * 10_000})
    assert len(found.message) <= 300


def test_one_point_zero_is_an_integer():
    assert problems(compiled(prop(type="integer")), prop(type="integer"), {"a": 1.0}) == ()


def test_no_file_is_read_for_a_reference(tmp_path):
    place = tmp_path / "schema.json"
    place.write_text('{"type": "string"}')
    with pytest.raises(ValidationError, match="outside of this schema"):
        compiled({"$ref": place.as_uri()})


def test_nothing_is_fetched_for_a_reference():
    with pytest.raises(ValidationError, match="outside of this schema"):
        compiled({"$ref": "http://127.0.0.1:1/schema"})


@pytest.mark.parametrize(
    "cycle", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"not": {"$ref": "#"}}]
)
def test_a_schema_that_refers_to_itself_still_ends(cycle):
    assert compiled(cycle).is_valid({}) in {True, False}


@pytest.mark.parametrize("pattern", [r"(a)\1", "^(?!a)", "(?<=a)b", "("])
def test_a_pattern_that_could_run_for_ever_is_refused(pattern):
    with pytest.raises(ValidationError):
        compiled({"pattern": pattern})


def test_nested_repetition_runs_in_linear_time():
    schema = prop(pattern="^(a+)+$")
    assert one_problem(schema, {"a": "a" * 100_000 + "!"})[1] == "pattern"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "a value"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "an integer, at least 1, at most 9"),
        ({"type": "string", "enum": ["a"]}, 'one of "a"'),
        (
            {"type": "string", "pattern": "^a$", "maxLength": 3},
            "a string matching ^a$, at most 3 characters",
        ),
    ],
)
def test_a_schema_is_described_in_words(schema, words):
    assert describe(schema) == words
