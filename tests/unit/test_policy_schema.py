"""An args schema is checked where it stands, and what refers to args is checked against it."""

import textwrap

import pytest

from tests.unit.policy_samples import action_with, check, codes, found, warnings


def with_args(args, rest=""):
    body = textwrap.indent(textwrap.dedent(args).strip("\n"), "  ")
    return action_with(f"risk: low\nargs:\n{body}\n{rest}")


LISTED = """\
type: object
required: [amount, to]
properties:
  amount: {type: string}
  note: {type: string}
  reason: {enum: [goodwill, damaged]}
  to: {type: object, required: [id], properties: {id: {type: string}, name: {type: string}}}
  any: {type: object}
"""


@pytest.mark.parametrize(
    ("args", "line", "column", "path"),
    [
        ("type: strin", 5, 13, "type"),
        ("type: string", 5, 13, "type"),
        ("type: object\nproperties:\n  a: {minimum: x}", 7, 22, "properties.a.minimum"),
        ("properties:\n  a: {pattern: '('}", 6, 22, "properties.a.pattern"),
        ("properties:\n  a: {pattern: '(?!a)'}", 6, 22, "properties.a.pattern"),
        ("properties:\n  a: {format: nix}", 6, 21, "properties.a.format"),
        ("properties:\n  a: {$ref: 'http://x/y'}", 6, 19, "properties.a.$ref"),
        ("properties:\n  a: {$ref: 'file:///etc/passwd'}", 6, 19, "properties.a.$ref"),
        ("properties:\n  a:\n    items: {$ref: other}", 7, 25, "properties.a.items.$ref"),
        ("$id: http://x/y", 5, 12, "$id"),
        ("$schema: http://json-schema.org/draft-07/schema#", 5, 16, "$schema"),
        ("anyOf: [{required: a}]", 5, 26, "anyOf[0].required"),
        ("patternProperties:\n  '(': {}", 6, 14, "patternProperties.("),
    ],
)
def test_a_mistake_in_a_schema_is_refused_at_its_line(args, line, column, path):
    assert found(with_args(args)) == [(line, column, f"actions.a.b.args.{path}", "bad_schema")]


def test_a_reference_to_nowhere_in_the_schema_is_refused():
    [problem] = check(with_args("properties: {a: {$ref: '#/$defs/x'}}")).problems
    assert (problem.code, problem.line) == ("bad_schema", 5)
    assert "/$defs/x" in problem.message


def test_all_mistakes_in_a_schema_come_at_once():
    args = "type: object\nproperties:\n  a: {minimum: x}\n  b: {pattern: '('}\n  c: 5\n"
    assert [line for line, *_ in found(with_args(args))] == [7, 8, 9]


@pytest.mark.parametrize("args", ["args: [x]", "args: true", "args: text"])
def test_args_that_are_no_schema_are_refused(args):
    assert codes(action_with(f"risk: low\n{args}")) == ["wrong_type"]


def test_a_schema_may_refer_to_its_own_parts():
    args = "properties: {a: {$ref: '#/$defs/x'}}\n$defs: {x: {type: string}}"
    assert codes(with_args(args)) == []


def test_a_misspelt_keyword_of_a_schema_is_warned_of():
    [warning] = check(with_args("properties:\n  a: {patern: x}")).warnings
    assert (warning.line, warning.code, warning.hint) == (
        6,
        "unknown_keyword",
        "did you mean pattern?",
    )


def test_a_property_named_like_no_keyword_is_not_warned_of():
    assert warnings(with_args("properties: {patern: {enum: [{foo: 1}]}}")) == []


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        ("summary: 'Pay {amuont}'", "summary"),
        ("summary: 'Pay {/to/ide}'", "summary"),
        ("target: /order", "target"),
        ("pinned: [/amount, /sum]", "pinned"),
        ("rules: [{when: {reasn: x}, route: review, because: x}]", "rules[0].when.reasn"),
    ],
)
def test_an_arg_that_the_schema_does_not_list_is_refused(rest, path):
    [(_, _, pointer, code)] = found(with_args(LISTED, rest))
    assert (pointer, code) == (f"actions.a.b.{path}", "unknown_arg")


@pytest.mark.parametrize("rest", ["summary: 'Pay {amuont}'", "target: /order"])
@pytest.mark.parametrize(
    "args", ["{}", "type: object", LISTED + "additionalProperties: true", LISTED + "allOf: []"]
)
def test_where_the_schema_does_not_list_everything_any_arg_may_be_named(args, rest):
    assert "unknown_arg" not in codes(with_args(args, rest))


@pytest.mark.parametrize(
    "rest",
    [
        "summary: '{note}'",
        "summary: '{/to/name}'",
        "rules: [{when: {note: x}, route: review, because: x}]",
    ],
)
def test_an_arg_that_may_be_absent_is_warned_of(rest):
    assert warnings(with_args(LISTED, rest)) == ["arg_optional"]


@pytest.mark.parametrize(
    "rest", ["summary: '{amount}'", "summary: '{/to/id}'", "target: /any/thing"]
)
def test_an_arg_that_is_required_or_cannot_be_known_is_fine(rest):
    assert (codes(with_args(LISTED, rest)), warnings(with_args(LISTED, rest))) == ([], [])


@pytest.mark.parametrize("when", ["{reason: goodwil}", "{amount: 5}", "{/to/id: 5}"])
def test_a_rule_on_a_value_that_args_never_have_is_refused(when):
    text = with_args(LISTED, f"rules: [{{when: {when}, route: review, because: x}}]")
    assert codes(text) == ["rule_never_fires"]
