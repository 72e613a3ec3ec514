"""A preview: what is shown of an answer is what is compared, no more and no less."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.json_values import json_values
from tests.unit.policy_samples import action_with, found, read_action, warnings
from webapp.domain.action import Action
from webapp.domain.look import Look, Seen
from webapp.domain.pointer import MISSING
from webapp.domain.policy_diff import differences as policy_differences
from webapp.domain.policy_document import parse
from webapp.domain.policy_facts import Leaning
from webapp.domain.preview import (
    MOST_VALUES,
    Difference,
    Pictured,
    Preview,
    asks_alike,
    difference_from,
    differences,
    from_json,
    in_words,
    pictured,
    pictured_from,
    to_json,
)

LOOK = Look(url="https://bank.internal/orders/{id}")
WHOLE = Preview(look=LOOK)
SIDES = Preview(look=LOOK, before="/now", after="/then", only=("/status", "/sum"))
BASE = """
risk: low
args:
  type: object
  required: [order]
  additionalProperties: false
  properties: {order: {type: string}, note: {type: string}}
"""
URL = "url: 'https://bank.internal/{order}'"


def picture(answer, preview=WHOLE):
    return pictured(preview, Seen(status=200, answer=answer))


def test_without_pointers_every_value_of_the_answer_is_shown():
    found = picture({"a": {"b": [1, {"c/d": None}], "e": {}}, "f": []})
    assert found.before == {"/a/b/0": 1, "/a/b/1/c~1d": None, "/a/e": {}, "/f": []}
    assert (found.after, found.problem) == (None, None)


def test_an_answer_may_be_one_value():
    assert picture("open").before == {"": "open"}


def test_before_and_after_have_places_and_only_what_is_named_counts():
    answer = {"now": {"status": "open", "at": 1}, "then": {"status": "refunded", "sum": 5, "at": 2}}
    found = picture(answer, SIDES)
    assert found.before == {"/status": "open"}
    assert found.after == {"/status": "refunded", "/sum": 5}


@pytest.mark.parametrize(
    ("answer", "preview", "words"),
    [
        ({"then": {}}, SIDES, "nothing at /now"),
        ({"now": {}}, SIDES, "nothing at /then"),
        ({"now": {}, "then": {}}, SIDES, "nothing of what is to be shown"),
        (list(range(MOST_VALUES + 1)), WHOLE, "more than 60 values"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(answer, preview, words):
    found = picture(answer, preview)
    assert words in found.problem
    assert found.before == {}


def test_a_look_that_failed_shows_why():
    found = pictured(WHOLE, Seen(status=503, answer={"a": 1}, problem="The server answered 503."))
    assert found == Pictured(before={}, problem="The server answered 503.")


def test_what_is_not_shown_changes_nothing():
    one, other = (picture({"now": {"sum": 1, "at": at}, "then": {}}, SIDES) for at in (1, 2))
    assert one.digest == other.digest
    assert differences(one, other) == ()


def test_a_difference_says_what_was_and_what_is():
    was = picture({"status": "open", "gone": 1})
    now = picture({"status": "refunded", "new": [1.5]})
    moved = differences(was, now)
    assert moved == (
        Difference(pointer="/status", was="open", found="refunded"),
        Difference(pointer="/gone", was=1, found=MISSING),
        Difference(pointer="/new/0", was=MISSING, found=1.5),
    )
    assert in_words(moved[:2]) == '/status was "open" and is "refunded"; /gone was 1 and is absent'
    assert in_words([*moved, moved[0]]).endswith("; 1 more changed")
    assert [difference_from(json.loads(json.dumps(one.to_json()))) for one in moved] == [*moved]


def test_a_difference_names_its_side_where_there_are_two():
    was, now = (picture({"now": {"sum": 1}, "then": {"sum": n}}, SIDES) for n in (2, 3))
    assert [one.pointer for one in differences(was, now)] == ["/after/sum"]


def test_true_is_not_one():
    assert differences(picture({"a": 1}), picture({"a": True}))


def test_words_of_a_difference_hide_nothing_and_end():
    said = in_words([Difference(pointer="/a\u202e", was="\u200b" + "x" * 999, found=1)])
    assert "⟨U+202E⟩" in said
    assert "⟨U+200B⟩" in said
    assert len(said) < 300


@given(json_values(), json_values())
def test_the_digest_is_another_exactly_where_something_shown_is(one, other):
    was, now = picture(one), picture(other)
    if was.problem is None and now.problem is None:
        assert (was.digest != now.digest) == bool(differences(was, now))
        assert pictured_from(was.to_json()) == was


@given(st.sampled_from([WHOLE, SIDES]))
def test_a_preview_is_stored_and_read_again_as_it_was(preview):
    assert from_json(json.loads(json.dumps(to_json(preview)))) == preview
    assert to_json(None) is from_json(None) is None


def test_an_edit_is_looked_up_alike_where_the_address_is_the_same():
    def action(order):
        return Action(name="a.b", args={"id": order, "note": order})

    assert asks_alike(WHOLE, action("1"), WHOLE, Action(name="a.b", args={"id": "1"}))
    assert not asks_alike(WHOLE, action("1"), WHOLE, action("2"))
    assert not asks_alike(WHOLE, action("1"), SIDES, action("1"))
    assert not asks_alike(None, action("1"), None, action("1"))
    assert not asks_alike(WHOLE, action(".."), WHOLE, action(".."))


# --------------------------------------------------------------------------------------------------
# In the policy


def test_everything_that_can_be_said_is_read():
    lines = f"preview: {{{URL}, before: /now, after: /then, only: [/status, /sum]}}"
    assert read_action(BASE + lines).terms.preview == Preview(
        look=Look(url="https://bank.internal/{order}"),
        before="/now",
        after="/then",
        only=("/status", "/sum"),
    )
    assert read_action(BASE).terms.preview is None


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ("preview: {}", "preview", "missing"),
        ("preview: null", "preview", "missing"),
        ("preview: 'https://bank.internal/'", "preview", "wrong_type"),
        (f"preview: {{{URL}, method: POST}}", "preview.method", "unknown_key"),
        (f"preview: {{{URL}, before: now}}", "preview.before", "bad_pointer"),
        (f"preview: {{{URL}, after: /a~2}}", "preview.after", "bad_pointer"),
        (f"preview: {{{URL}, only: [status]}}", "preview.only", "bad_pointer"),
        (f"preview: {{{URL}, only: []}}", "preview.only", "missing"),
        (f"preview: {{{URL}, only: [{', '.join(f'/{n}' for n in range(41))}]}}", "preview.only", "out_of_range"),
        ("preview: {url: 'https://bank.internal/{note}'}", "preview.url", "unknown_arg"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_so_is_refused_at_its_place(lines, path, code):
    problems = [(one, what) for _, _, one, what in found(action_with(BASE + lines))]
    assert (f"actions.a.b.{path}", code) in problems


def test_what_a_preview_makes_void_is_pointed_at():
    lines = f"preview: {{{URL}}}\n"
    assert warnings(action_with(BASE + lines)) == []
    assert warnings(action_with(BASE + lines + "approvals: {in_chat: none}")) == []
    assert warnings(action_with(BASE + lines + "approvals: {in_chat: low}")) == ["in_chat_never"]
    assert "preview_never" in warnings(action_with(BASE + lines + "observe: true"))


def test_a_diff_says_what_people_see_now():
    plain, shown, other = (
        parse(action_with(BASE + lines), number=1)
        for lines in ("", f"preview: {{{URL}}}", f"preview: {{{URL}, after: /then}}")
    )
    [added] = policy_differences(plain, shown)
    assert (added.path, added.leaning) == ("actions.a.b.preview", Leaning.STRICTER)
    assert "People now see what GET https://bank.internal/{order} answers" in added.said
    [gone] = policy_differences(shown, plain)
    assert gone.leaning is Leaning.LOOSER
    [changed] = policy_differences(shown, other)
    assert changed.said.endswith('changed: after "/then" instead of null.')
