"""A hostile policy document takes bounded time, and is refused at the line where it goes wrong."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.policy_document import check

LONGEST = 10.0  # seconds of the processor; a quiet machine needs a fifth of it


def rules(*written):
    return "actions:\n  a.b:\n    rules:\n" + "".join(f"    - {one}\n" for one in written)


def aliased(count):
    """Write so many rules that each is one alias."""
    first = rules("&r {when: {a: 1}, risk: critical, because: x}")
    return first + "    - *r\n" * (count - 1)


def wide_schema(count):
    properties = {f"property_{n}": {"type": "string"} for n in range(count)}
    asked = [
        {"when": f"args.propperty_{n} == 'x'", "risk": "critical", "because": "x"}
        for n in range(900)
    ]
    action = {"args": {"type": "object", "properties": properties}, "rules": asked}
    return json.dumps({"actions": {"a.b": action}}, indent=0)


def asking(when):
    """Write a rule with nothing wrong but for `when`."""
    return f"{{when: {when}, risk: critical, because: x}}"


def typed(n):
    """Write an action type with an arg and an expression of its own."""
    asked = f"{{when: 'args.x{n} == \"\"', route: review, because: x}}"
    return f"  a.b{n}: {{args: {{properties: {{x{n}: {{type: string}}}}}}, rules: [{asked}]}}\n"


BOMB = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
NINES = "9" * 100_000
HOSTILE = {
    "ten thousand rules": (aliased(10_000), "too_large"),
    "a thousand expressions that differ": (
        rules(*(asking(f"'args.a > {n}'") for n in range(1_000))),
        None,
    ),
    "a thousand rules alike": (aliased(1_000), None),
    "many action types with an expression each": (
        "actions:\n" + "".join(map(typed, range(1_500))),
        None,
    ),
    "names that nearly are": (wide_schema(2_000), "unknown_arg"),
    "a pattern that explodes": (
        rules(asking("{a: {matches: '((a{1,1000}){1,1000}){1,1000}'}}")),
        "bad_schema",
    ),
    "many large patterns": (
        rules(*(asking(f"{{a: {{matches: '(a|b){{1,{n}}}'}}}}") for n in range(1, 900))),
        None,
    ),
    "an expression of a pattern that explodes": (
        rules(asking("\"args.a.matches('((a{1,999}){1,999}){1,999}')\"")),
        "bad_expression",
    ),
    "deep lists": ("actions: " + "[" * 100_000, "too_deep"),
    "deep mappings": ("{a: " * 50_000, "too_deep"),
    "an alias bomb": ("a0: &a0 [x, x]\n" + BOMB, "too_large"),
    "an alias of itself": ("a: &a [*a]", "syntax"),
    "a number without end": (rules(asking(f"{{a: {{over: {NINES}}}}}")), "bad_number"),
    "an exponent without end": (rules(asking("{a: {over: 1e999999999}}")), "bad_number"),
    "a decimal without end": (rules(asking(f"{{a: {{over: '{NINES}'}}}}")), "bad_amount"),
    "an expression without end": (
        rules(asking(f"'{'true && ' * 30_000}true'")),
        "out_of_range",
    ),
    "a list of values without end": (rules(asking(f"{{a: [{'1, ' * 20_000}]}}")), "out_of_range"),
    "too much of everything": ("x" * 300_000, "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_takes_bounded_time_and_is_refused_at_its_line(name):
    text, code = HOSTILE[name]
    began = process_time()
    found = check(text)
    assert process_time() - began < LONGEST
    assert (code is None) is (found.problems == ())
    if code:
        problem = found.problems[0]
        assert problem.code == code or code in {one.code for one in found.problems}
        assert problem.line >= 1
        assert len(problem.message) + len(problem.hint or "") < 2_000


def test_too_many_rules_are_refused_at_the_first_that_is_too_many():
    [problem] = check(rules(*["{when: {a: 1}, risk: critical, because: x}"] * 1_001)).problems
    assert (problem.line, problem.pointer) == (1_004, "actions.a.b.rules[1000]")
    assert "1,001 rules" in problem.message


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
KEYS = st.sampled_from(
    [
        "over",
        "under",
        "at_least",
        "at_most",
        "not",
        "matches",
        "absent",
        "currency",
        "a",
        "/a",
        "x y",
    ]
)
WHENS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(WHENS)
def test_whatever_a_rule_asks_is_read_or_refused_with_its_line(when):
    rule = {"when": when, "route": "review", "because": "x"}
    found = check(json.dumps({"actions": {"a.b": {"rules": [rule]}}}))
    assert all(one.line >= 1 and one.message for one in (*found.problems, *found.warnings))
