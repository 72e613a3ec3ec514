"""The types of tasks in a policy document: what is read, and what is refused where it stands."""

from datetime import timedelta

import pytest

from tests.unit.policy_samples import codes, found, warnings
from webapp.domain.deadline import Deadline
from webapp.domain.policy_document import check, parse
from webapp.domain.task_type import VAGUE
from webapp.domain.verdict import Route

WHOLE = """\
tasks:
  support.ticket:
    title: Work through a ticket
    because: Half-read tickets end in wrong refunds
    inputs: {type: object, required: [ticket], properties: {ticket: {type: string}}}
    vague: [improve, clean up]
    acceptance: optional
    touches: {allow: ["orders/*"], review: ["customers/*"], deny: ["payments/*"]}
    approvals: {from: [leads, leads]}
    deadline: {after: 2h, then: expire}
    valid: 30d
  "*": {}
"""


def test_everything_that_is_written_is_read():
    kind = parse(WHOLE, number=1).tasks["support.ticket"]
    assert (kind.title, kind.vague, kind.acceptance) == (
        "Work through a ticket",
        ("improve", "clean up"),
        False,
    )
    assert (kind.touches.allow, kind.touches.review, kind.touches.deny) == (
        ("orders/*",),
        ("customers/*",),
        ("payments/*",),
    )
    assert (kind.teams, kind.deadline) == (("leads",), Deadline(after=timedelta(hours=2)))
    assert kind.valid == timedelta(days=30)
    assert [one.code for one in kind.problems({})] == ["required"]


def test_what_is_not_written_is_strict():
    kind = parse(WHOLE, number=1).tasks["*"]
    assert (kind.vague, kind.acceptance, kind.teams) == (VAGUE, True, ())
    assert kind.valid == timedelta(days=7)
    assert not kind.touches.bounds
    assert kind.problems({"anything": 1}) == ()


def test_a_task_that_names_no_listed_type_is_of_the_type_star():
    policy = parse(WHOLE, number=1)
    assert policy.task_type("other").name == "*"
    assert not parse("{}", number=1).task_type("other").known


def test_an_empty_list_of_vague_verbs_is_none_at_all():
    assert parse("tasks: {a: {vague: []}}", number=1).tasks["a"].vague == ()


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("{Ticket: {}}", "tasks.Ticket", "bad_name"),
        ("{a: {input: {}}}", "tasks.a.input", "unknown_key"),
        ("{a: {inputs: {type: strin}}}", "tasks.a.inputs.type", "bad_schema"),
        ("{a: {acceptance: maybe}}", "tasks.a.acceptance", "not_a_choice"),
        ("{a: {vague: improve}}", "tasks.a.vague", "wrong_type"),
        ("{a: {vague: ['']}}", "tasks.a.vague", "bad_name"),
        ("{a: {touches: {allow: []}}}", "tasks.a.touches.allow", "missing"),
        ("{a: {touches: {allowed: [x]}}}", "tasks.a.touches.allowed", "unknown_key"),
        ("{a: {approvals: {from: [x], count: 2}}}", "tasks.a.approvals.count", "unknown_key"),
        ("{a: {deadline: {after: soon}}}", "tasks.a.deadline.after", "bad_duration"),
        ("{a: {valid: 0s}}", "tasks.a.valid", "bad_duration"),
        ("[a]", "tasks", "wrong_type"),
    ],
)
def test_a_mistake_is_named_where_it_stands(lines, path, code):
    assert (path, code) in [(pointer, said) for _, _, pointer, said in found(f"tasks: {lines}")]
    assert codes(f"tasks: {lines}")


def test_a_pattern_that_is_denied_as_well_is_pointed_at():
    text = "tasks: {a: {touches: {allow: [x], review: [y], deny: [x, y]}}}"
    assert warnings(text) == ["rule_without_effect"] * 2
    assert check(text).problems == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", ("*", Route.REVIEW)),
        ("ticket", ("ticket", Route.REVIEW)),
        ("{type: ticket}", ("ticket", Route.REVIEW)),
        ("{otherwise: block}", ("*", Route.BLOCK)),
    ],
)
def test_an_action_may_need_a_task(written, expected):
    text = f"{{tasks: {{ticket: {{}}}}, actions: {{pay: {{needs_task: {written}}}}}}}"
    need = parse(text, number=1).actions["pay"].needs_task
    assert (need.type, need.route) == expected


def test_an_action_that_says_false_needs_none():
    assert parse("actions: {pay: {needs_task: false}}", number=1).actions["pay"].needs_task is None


@pytest.mark.parametrize(
    ("written", "path", "code"),
    [
        ("tickets", "actions.pay.needs_task", "unknown_task"),
        ("{type: tickets}", "actions.pay.needs_task", "unknown_task"),
        ("3", "actions.pay.needs_task", "wrong_type"),
        ("{otherwise: auto}", "actions.pay.needs_task.otherwise", "not_a_choice"),
        ("{types: ticket}", "actions.pay.needs_task.types", "unknown_key"),
    ],
)
def test_a_need_that_cannot_be_met_is_refused(written, path, code):
    text = f"{{tasks: {{ticket: {{}}}}, actions: {{pay: {{needs_task: {written}}}}}}}"
    assert [(pointer, said) for _, _, pointer, said in found(text)] == [(path, code)]
