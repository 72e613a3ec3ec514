"""Undoing: another action, made of the args of the first, and held against its type when the policy is published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import in_state
from tests.unit.json_values import json_values
from tests.unit.policy_samples import check, parse
from webapp.domain.handoff import Status
from webapp.domain.policy_diff import differences as policy_differences
from webapp.domain.run_errors import CannotUndo
from webapp.domain.undo import asking_to_undo, filled
from webapp.domain.undo_terms import Undo

POLICY = """
actions:
  shop.refund:
    risk: low
    args:
      type: object
      additionalProperties: false
      required: [order_id, amount, lines]
      properties:
        order_id: {type: string}
        amount: {type: string}
        lines: {type: array}
        note: {type: string}
    UNDO
  shop.void:
    risk: medium
    args:
      type: object
      additionalProperties: false
      required: [order_id]
      properties: {order_id: {type: string}, why: {enum: [mistake, fraud]}, text: {type: string}}
"""
ARGS = {"order_id": "8841", "amount": "5.00", "lines": [1, {"a": None}], "on": True, "none": None}


def written(undo):
    return POLICY.replace("UNDO", f"undo: {undo}")


def undo(args, action="shop.void"):
    return Undo(action=action, args=args)


def found(text):
    report = check(text)
    return [(one.pointer, one.code) for one in report.problems], [w.code for w in report.warnings]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{order_id}", "8841"),
        ("{/lines}", [1, {"a": None}]),
        ("{/lines/1/a}", None),
        ("{on}", True),
        ("Order {order_id}: {amount}, {on}", "Order 8841: 5.00, true"),
        ("{order_id}{amount}", "88415.00"),
        (" {order_id}", " 8841"),
        ("{{order_id}}", "{order_id}"),
        ("plain", "plain"),
        (5, 5),
        ([{"deep": "{amount}"}, "{lines}"], [{"deep": "5.00"}, [1, {"a": None}]]),
    ],
)
def test_an_arg_is_a_value_as_it_is_or_a_text_or_what_is_written(template, value):
    assert filled(undo({"x": template}), ARGS).args == {"x": value}


@given(value=json_values())
def test_a_value_that_stands_alone_is_taken_as_it_is(value):
    assert filled(undo({"x": "{arg}"}), {"arg": value}).args == {"x": value}


@given(value=st.text(max_size=20))
def test_what_an_agent_writes_is_never_a_template(value):
    assert filled(undo({"x": "({arg})"}), {"arg": value}).args == {"x": f"({value})"}


@pytest.mark.parametrize(
    "template", ["{gone}", "{/lines/7}", "a {lines}", "a {none}", "{__proto__}"]
)
def test_what_is_not_there_cannot_be_undone(template):
    with pytest.raises(CannotUndo):
        filled(undo({"x": template}), ARGS)


@pytest.mark.parametrize("status", list(Status))
def test_only_what_has_run_is_undone(status):
    handoff = in_state(status)
    template = undo({"to": "{to}"}, "pay.back")
    if status is Status.SUCCEEDED:
        asked = asking_to_undo(handoff, template)
        assert (asked.title, asked.action.to_json()) == (
            "Undo: Pay Carl",
            {"name": "pay.back", "args": {"to": "carl"}},
        )
        assert asked.claim["parent_handoff_id"] == handoff.id
        with pytest.raises(CannotUndo, match="names nothing that undoes pay"):
            asking_to_undo(handoff, None)
    else:
        with pytest.raises(CannotUndo, match=status.value):
            asking_to_undo(handoff, template)


def test_it_is_read_as_it_is_written():
    text = written("{action: shop.void, args: {order_id: '{order_id}', why: mistake}}")
    assert found(text) == ([], [])
    read = parse(text, number=1).action_type("shop.refund").undo
    assert read == undo({"order_id": "{order_id}", "why": "mistake"})
    assert parse(text, number=1).action_type("shop.void").undo is None


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("{}", "undo", "missing"),
        ("shop.void", "undo", "wrong_type"),
        ("{action: Shop Void}", "undo.action", "bad_name"),
        ("{action: shop.void, with: 1}", "undo.with", "unknown_key"),
        ("{action: shop.voit, args: {order_id: '{order_id}'}}", "undo.action", "undo_unfit"),
        ("{action: shop.void}", "undo.args", "undo_unfit"),
        ("{action: shop.void, args: {order_id: '{order}'}}", "undo.args.order_id", "unknown_arg"),
        ("{action: shop.void, args: {order_id: '{'}}", "undo.args.order_id", "bad_template"),
        ("{action: shop.void, args: {order_id: 'a', whom: b}}", "undo.args", "undo_unfit"),
        ("{action: shop.void, args: {order_id: 'a', why: because}}", "undo.args", "undo_unfit"),
        ("{action: shop.void, args: {order_id: 5}}", "undo.args", "undo_unfit"),
        ("{action: shop.void, args: [a]}", "undo.args", "wrong_type"),
    ],
)  # fmt: skip
def test_what_cannot_undo_it_is_refused_at_its_place(lines, path, code):
    assert (f"actions.shop.refund.{path}", code) in found(written(lines))[0]


def test_what_may_be_absent_is_pointed_at():
    text = written("{action: shop.void, args: {order_id: '{order_id}', text: '{note}'}}")
    assert found(text) == ([], ["arg_optional"])


def test_what_cannot_be_undone_and_can_be_is_pointed_at():
    text = written("{action: shop.void, args: {order_id: '{order_id}'}}")
    assert found(text.replace("    undo:", "    reversible: false\n    undo:"))[1] == [
        "undo_irreversible"
    ]


def test_two_may_undo_each_other():
    text = written("{action: shop.void, args: {order_id: '{order_id}'}}")
    back = "undo: {action: shop.refund, args: {order_id: '{order_id}', amount: '0', lines: []}}"
    assert found(f"{text}    {back}\n") == ([], [])


def test_a_diff_says_what_undoes_it():
    plain, one, other = (
        parse(text, number=1)
        for text in (
            POLICY.replace("UNDO", ""),
            written("{action: shop.void, args: {order_id: '{order_id}'}}"),
            written("{action: shop.void, args: {order_id: '{order_id}', why: fraud}}"),
        )
    )
    said = [
        policy_differences(*pair)[0].said for pair in ((plain, one), (one, other), (one, plain))
    ]
    assert said[0] == ('What undoes shop.refund is now shop.void with {"order_id":"{order_id}"}.')
    assert said[1].endswith('instead of shop.void with {"order_id":"{order_id}"}.')
    assert said[2] == "Nothing is offered any more to undo shop.refund."
