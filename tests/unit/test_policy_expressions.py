"""CEL as it is written in a policy: every mistake is found at publishing, at its line and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy_samples import action_with, codes, found, read_action, warnings
from webapp.domain.policy_document import check
from webapp.domain.policy_expressions import LONGEST

LISTED = """\
args:
  type: object
  required: [amount, currency, n, flag, to, lines]
  additionalProperties: false
  properties:
    amount: {type: string}
    currency: {enum: [EUR, USD]}
    n: {type: integer}
    flag: {type: boolean}
    note: {type: string}
    to: {type: object, required: [sum], properties: {sum: {type: string}, code: {type: string}}}
    lines: {type: array}
"""
WHEN = "rules[0].when"


def asking(text, args=LISTED):
    """Write a policy whose one rule asks so, its text at line 17, column 15."""
    return action_with(
        f"risk: low\n{args}rules:\n  - when: {text}\n    route: review\n    because: x"
    )


@pytest.mark.parametrize(
    ("text", "column", "code"),
    [
        ("args.n >", 23, "bad_expression"),
        ("args.amount > 5", 27, "bad_expression"),
        ("args.to.sum == 5", 27, "bad_expression"),
        ("n > 5", 15, "bad_expression"),
        ("agent.nam == 'x'", 20, "bad_expression"),
        ("handoff.tags == 'x'", 28, "bad_expression"),
        ("args.amount", 15, "bad_expression"),
        ("money(args.amount, args.currency) > 100", 49, "bad_expression"),
        ("money(args.amount) > money(1, 'EUR')", 20, "bad_expression"),
        ("args.amount.matches(args.to.sum)", 27, "bad_expression"),
        ("args.amount.matches('(')", 35, "bad_expression"),
        ("matches(args.amount, 'x')", 15, "bad_expression"),
        ("args.lines.map(x, x) == []", 26, "bad_expression"),
        ("args.amuont == 'x'", 15, "unknown_arg"),
        ("args.n > 1 && args.to.sun == 'x'", 29, "unknown_arg"),
        ("false && args.flag", 15, "rule_never_fires"),
    ],
)
def test_a_mistake_is_named_at_its_column(text, column, code):
    assert found(asking(text)) == [(17, column, f"actions.a.b.{WHEN}", code)]


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("'args.n > nope'", 17, 25),
        ('"args.n > nope"', 17, 25),
        ("|\n      args.n >\n        nope", 19, 13),
        ("|\n\n      // a > b\n      nope", 20, 11),
        ("'args.amount == \"it''s\" || nope'", 17, 15),
        (">\n      args.n >\n      nope", 17, 15),
    ],
)
def test_the_place_is_that_of_the_document(written, line, column):
    [problem] = check(asking(written)).problems
    assert (problem.line, problem.column) == (line, column)


def test_a_mistake_says_what_is_right():
    [problem] = check(asking("money(args.amount, args.currency) > 100")).problems
    assert problem.message == "Found no matching overload for > applied to '(money, int)'."
    assert problem.hint == 'money is compared with money: money("100", "EUR")'


@pytest.mark.parametrize(
    "text",
    [
        "args.amount == 'x' || args.n > 5",
        "args.n > 5 && args.n < 5.5 && args.n * 2.0 > 1.0",
        "args.flag",
        "has(args.note) && args.note == 'x'",
        "args.n > 1 && 'note' in args && args.note == 'x'",
        "args.n > 1 && (!has(args.to.code) || args.to.code == 'x')",
        "args.lines.exists(line, line.price > 5)",
        "args.to.sum.startsWith('x')",
        "args['n'] > 5",
        "money(args.amount, args.currency) > money('1', 'EUR') && money(5, 'USD') < money(6, 'USD')",
        "handoff.confidence < 0.5 || handoff.tags.exists(tag, tag == 'vip')",
        "counters.used['agents.x.daily_budget'] > 5.0 && counters.level == 'standard'",
        "args.amount.matches(r'^\\d+') // digits",
    ],
)
def test_what_is_right_is_fine(text):
    assert (codes(asking(text)), warnings(asking(text))) == ([], [])


@pytest.mark.parametrize("text", ["args.note == 'x'", "args.n > 1 && args.to.code == 'x'"])
def test_an_arg_that_may_be_absent_is_warned_of(text):
    assert warnings(asking(text)) == ["arg_optional"]


def test_what_a_rule_reads_is_known():
    texts = (
        "handoff.tags == []",
        "handoff.on_behalf_of == ''",
        "counters.used == {}",
        "args.n > 1",
    )
    expressions = [
        read_action(f'rules: [{{when: "{t}", route: review, because: x}}]').rules[0] for t in texts
    ]
    reads = [(one.expression.reads_claims, one.expression.reads_use) for one in expressions]
    assert reads == [(True, False), (True, False), (False, True), (False, False)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("true " + "&& true" * LONGEST, "out_of_range"),
        ("args.n > " + " + ".join(["1.0"] * 10), "bad_expression"),
        ("(" * 300 + "true" + ")" * 300, "bad_expression"),
        ("args.n" + ".a" * 400 + " == 1", "bad_expression"),
        ("args.lines.all(a, " * 40 + "true" + ")" * 40, "bad_expression"),
        ("[args.amount].map(a, a + a)[0] == ''", "bad_expression"),
        ("[args.amount]. map //\n      (a, a + a)[0] == ''", "bad_expression"),
    ],
)
def test_what_could_cost_too_much_is_refused(text, code):
    assert set(codes(asking(f"|\n      {text}"))) == {code}


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)
)
def test_whatever_is_written_is_read_or_refused(text):
    quoted = text.replace("'", "''")
    assert check(asking(f"'{quoted}'", "")) is not None


PIECES = (
    "args",
    ".",
    "a",
    "(",
    ")",
    "[",
    "]",
    " && ",
    "!",
    "matches",
    "'",
    '"',
    "money",
    "1",
    "//",
    "\\\\",
    "map",
    " in ",
)


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_whatever_looks_like_an_expression_is_read_or_refused(text):
    assert check(asking(f"|\n      {text or 1}\n", "")) is not None
