"""A policy that is wrong is refused: each problem with its line, its path and what would help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policy_samples import POLICY, action_with, codes, found, read_action, warnings
from webapp.domain.errors import PolicyInvalid
from webapp.domain.policy import Policy
from webapp.domain.policy_document import check, parse

LINES = POLICY.splitlines()
IDLE_RULE = action_with("""
    risk: low
    args: {}
    rules: [{when: {a: 1}, risk: low, because: x}]
""")
DEAR_ACTION = f"""\
{action_with("{risk: low, args: {}, cost: 9}")}
agents: {{x: {{owner: t, daily_budget: 8}}}}
"""


def hint_of(text):
    [problem] = check(text).problems
    return problem.hint


def test_the_sample_has_no_problems_and_no_warnings():
    report = check(POLICY)
    assert (report.problems, [w.code for w in report.warnings]) == ((), [])


@given(
    st.integers(0, len(LINES) - 1),
    st.sampled_from([": ", "a", "1", "[", "}", "*", "", "-", "\t", "null"]),
)
def test_a_damaged_document_is_read_or_refused_and_nothing_else(line, scrap):
    damaged = "\n".join([*LINES[:line], LINES[line].replace(" ", scrap), *LINES[line + 1 :]])
    report = check(damaged)
    assert report.problems or isinstance(parse(damaged, number=1), Policy)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_any_value_in_any_place_is_read_or_refused(value):
    written = repr(value).replace("None", "null").replace("True", "true").replace("False", "false")
    for key in ("risk", "rules", "args", "approvals", "pinned", "when_critical", "summary"):
        assert check(action_with(f"{key}: {written}")) == check(action_with(f"{key}: {written}"))


def test_parsing_raises_all_problems_that_a_check_reports():
    text = "timezone: Mars\nunknown_action: auto\nfoo: 1\n"
    with pytest.raises(PolicyInvalid, match="line 1, column 11: Mars is no time zone") as refused:
        parse(text, number=1)
    assert refused.value.policy_problems == check(text).problems
    assert [problem.line for problem in check(text).problems] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "missing"), ("# x", "missing"), ("[a]", "wrong_type"), ("hello", "wrong_type")],
)
def test_a_document_that_is_no_mapping_is_refused(text, code):
    assert found(text) == [(1, 1, "", code)]


def test_an_empty_mapping_is_a_policy_under_which_people_decide_everything():
    policy = parse("{}", number=1)
    assert policy.grant("a", "t").max == "supervised"


def test_a_team_that_decides_from_the_beginning_is_not_asked_again():
    asked = "{from: [a]}\n    deadline: {escalate: [{after: 1h, to: a}]}"
    [problem] = check(f"actions:\n  a.b:\n    risk: low\n    approvals: {asked}").problems
    assert (problem.code, problem.line) == ("asked_already", 5)
    [problem] = check(
        "agents: {a: {questions: {to: x, deadline: {escalate: [{after: 1h, to: x}]}}}}"
    ).problems
    assert problem.pointer == "agents.a.questions.deadline.escalate"


@pytest.mark.parametrize(
    ("text", "line", "column", "path", "meant"),
    [
        ("timezon: UTC", 1, 1, "timezon", "timezone"),
        ("agents:\n  x: {onwer: a}", 2, 7, "agents.x.onwer", "owner"),
        ("agents:\n  x: {autonomy: {strat: a}}", 2, 18, "agents.x.autonomy.strat", "start"),
        ("actions:\n  a.b:\n    sumary: x", 3, 5, "actions.a.b.sumary", "summary"),
        ("actions:\n  a.b:\n    permit: {vaild: 1h}", 3, 14, "actions.a.b.permit.vaild", "valid"),
        ("actions:\n  a.b:\n    tiers: {audo: 1}", 3, 13, "actions.a.b.tiers.audo", "auto"),
        ("actions:\n  a.b:\n    args: {}\n    riks: []", 4, 5, "actions.a.b.riks", "risk"),
    ],
)
def test_an_unknown_key_is_refused_with_the_one_that_was_meant(text, line, column, path, meant):
    assert found(text) == [(line, column, path, "unknown_key")]
    assert hint_of(text) == f"did you mean {meant}?"


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("title: [x]", "title", "wrong_type"),
        ("title: 5", "title", "wrong_type"),
        ("title: ''", "title", "missing"),
        ("title: " + "x" * 201, "title", "out_of_range"),
        ('title: "a\\0b"', "title", "bad_name"),
        ("risk: hihg", "risk", "not_a_choice"),
        ("reversible: no", "reversible", "wrong_type"),
        ("cost: -1", "cost", "out_of_range"),
        ("cost: 1.5", "cost", "wrong_type"),
        ("cost: true", "cost", "wrong_type"),
        ("tiers: {auto: 1.5}", "tiers.auto", "out_of_range"),
        ("tiers: {auto: high}", "tiers.auto", "wrong_type"),
        ("tiers: {auto: 0.5, review: 0.6}", "tiers", "tiers_order"),
        ("approvals: {count: 0}", "approvals.count", "out_of_range"),
        ("approvals: {from: []}", "approvals.from", "missing"),
        ("approvals: {from: team}", "approvals.from", "wrong_type"),
        ("approvals: {from: [1]}", "approvals.from[0]", "wrong_type"),
        ("approvals: {count: 3, when_critical: 2}", "approvals.when_critical", "quorum_shrinks"),
        ("deadline: {after: 30}", "deadline.after", "bad_duration"),
        ("deadline: {after: 30 minutes}", "deadline.after", "bad_duration"),
        ("deadline: {after: 0s}", "deadline.after", "bad_duration"),
        ("deadline: 30m", "deadline", "wrong_type"),
        ("deadline: {remind: soon}", "deadline.remind", "bad_duration"),
        ("deadline: {after: 30m, remind: 30m}", "deadline.remind", "deadline_order"),
        ("deadline: {after: 30m, remind: 2h}", "deadline.remind", "deadline_order"),
        ("deadline: {escalate: leads}", "deadline.escalate", "wrong_type"),
        ("deadline: {escalate: [{after: 15m}]}", "deadline.escalate[0]", "missing"),
        ("deadline: {escalate: [{to: leads}]}", "deadline.escalate[0]", "missing"),
        (
            "deadline: {escalate: [{after: 1h, to: leads, by: mail}]}",
            "deadline.escalate[0].by",
            "unknown_key",
        ),
        (
            "deadline: {after: 1h, escalate: [{after: 1h, to: leads}]}",
            "deadline.escalate",
            "deadline_order",
        ),
        (
            "deadline: {escalate: [{after: 2h, to: a}, {after: 1h, to: b}]}",
            "deadline.escalate",
            "deadline_order",
        ),
        (
            "deadline: {escalate: [{after: 1h, to: a}, {after: 2h, to: a}]}",
            "deadline.escalate",
            "asked_already",
        ),
        ("deadline: {then: approve}", "deadline.then", "not_a_choice"),
        ("permit: {valid: 400d}", "permit.valid", "bad_duration"),
        ("permit: {valid: 1h, not_before: 1h}", "permit", "permit_never_valid"),
        ("permit: {audience: two words}", "permit.audience", "bad_name"),
        ("executor: robot", "executor", "not_a_choice"),
        ("target: order_id", "target", "bad_pointer"),
        ("pinned: [/a~2]", "pinned", "bad_pointer"),
        ("summary: 'Pay {'", "summary", "bad_template"),
        ("rules: [x]", "rules[0]", "wrong_type"),
        ("rules: {}", "rules", "wrong_type"),
    ],
)
def test_a_field_that_is_wrong_is_refused_at_its_path(lines, path, code):
    [(line, _, pointer, found_code)] = found(action_with(lines))
    assert (line, pointer, found_code) == (3, f"actions.a.b.{path}", code)


@pytest.mark.parametrize("name", ["Payments", "a b", "a..b", "payments.*", "x" * 121])
def test_a_name_that_no_action_can_have_is_refused(name):
    assert codes(f"actions: {{'{name}': {{risk: low}}}}") == ["bad_name"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{when: {a: 1}, because: x}", "rule_empty"),
        ("{when: {a: 1}, route: auto, because: x}", "rule_lowers"),
        ("{when: {a: 1}, risk: low, because: x}", "rule_lowers"),
        ("{when: {a: 1}, route: review}", "missing"),
        ("{route: review, because: x}", "missing"),
        ("{when: {}, route: review, because: x}", "missing"),
        ("{when: {/a~2: 1}, route: review, because: x}", "bad_pointer"),
    ],
)
def test_a_rule_that_guards_nothing_is_refused(rule, code):
    assert codes(action_with(f"risk: medium\nrules: [{rule}]")) == [code]


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("{autonomy: {start: standrd}}", "unknown_level"),
        ("{autonomy: {start: trusted, max: standard}}", "start_above_max"),
        ("{daily_budget: -5}", "out_of_range"),
        ("{daily_budget: lots}", "wrong_type"),
        ("{actions: ['*.refund']}", "bad_name"),
        ("{actions: ['pay*']}", "bad_name"),
        ("{questions: {deadline: soon}}", "bad_duration"),
    ],
)
def test_a_grant_that_is_wrong_is_refused(agent, code):
    assert codes(f"agents: {{x: {agent}}}") == [code]


def test_a_pattern_of_agents_is_refused():
    assert codes("agents: {'billing-*': {owner: a}}") == ["bad_name"]


def test_a_start_alone_is_its_own_maximum():
    grant = parse("agents: {x: {autonomy: {start: standard}}}", number=1).grants["x"]
    assert (grant.start, grant.max) == ("standard", "standard")


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ("{fast: critical}", "not_a_choice"),
        ("{fast: everything}", "not_a_choice"),
        ("{supervised: low}", "fixed_level"),
        ("{observe: read}", "fixed_level"),
        ("{Fast: low}", "bad_name"),
    ],
)
def test_a_level_that_is_wrong_is_refused(levels, code):
    assert codes(f"levels: {levels}") == [code]


def test_levels_of_the_document_take_the_place_of_the_usual_ones():
    levels = parse("levels: {careful: read}", number=1).levels
    assert list(levels) == ["observe", "supervised", "careful"]


@pytest.mark.parametrize(
    "name", ["Europe/Berln", "../etc/passwd", "Europe", "/etc/passwd", "UTC\\0"]
)
def test_a_time_zone_that_does_not_exist_is_refused(name):
    assert found(f'timezone: "{name}"')[0][2] == "timezone"


def test_a_misspelt_time_zone_is_told_the_one_that_was_meant():
    assert hint_of("timezone: Europe/Berln") == "did you mean Europe/Berlin?"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("unknown_action: review", "unknown_action"),
        ("agents: {x: {daily_budget: 1}}", "owner_unsaid"),
        ("agents: {x: {owner: t, actions: [pay.out]}}", "unknown_action"),
        (action_with("{args: {type: object}}"), "risk_unsaid"),
        (action_with("risk: low"), "args_unchecked"),
        (
            action_with("{risk: low, args: {}, reversible: false, unasked: true, because: x}"),
            "unbounded",
        ),
        (action_with("{risk: critical, args: {}, unasked: true}"), "never_unasked"),
        (IDLE_RULE, "rule_without_effect"),
        (DEAR_ACTION, "budget_too_small"),
    ],
)
def test_what_is_allowed_but_doubtful_is_a_warning(text, code):
    assert codes(text) == []
    assert warnings(text) == [code]


def test_an_action_keeps_its_first_team_once():
    action = read_action("approvals: {from: [a, b, a]}")
    assert action.approvals.teams == ("a", "b")


def test_all_problems_of_a_document_come_at_once_in_its_order():
    text = POLICY.replace("medium", "mdium").replace("30m", "soon").replace("USD}", "GBP}")
    assert [(line, code) for line, _, _, code in found(text)] == [
        (16, "not_a_choice"),
        (33, "rule_never_fires"),
        (36, "bad_duration"),
    ]


@pytest.mark.parametrize(("by", "two"), [("one", False), ("two", True)])
def test_the_policy_says_by_how_many_the_next_one_is_published(by, two):
    assert parse(f"publishing: {{by: {by}}}", number=1).published_by_two is two
    assert parse("{}", number=1).published_by_two is False
    (problem,) = check("publishing: {by: three}").problems
    assert problem.code == "not_a_choice"
