"""A value in a YAML text is changed where it stands, and nothing else is."""

from difflib import SequenceMatcher

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.json_values import json_values
from tests.unit.yaml_layouts import DOCUMENTS, KEYS, REMARK, VALUES, documents
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.policy_problems import Notes
from webapp.domain.yaml_edit import form, read, rewritten, with_value
from webapp.domain.yaml_lines import read_yaml
from webapp.domain.yaml_text import entry, flow, scalar

TEXT = """\
# on top
actions:
  # refunds
  pay:   # the main one
    cost:   5   # units
    tiers: {auto: 0.9, # sure
            review: 0.5}
    envelope:
      amount: {arg: /amount, each: "500 EUR"}  # agreed
      rate: 20/hour
    # rules come later
  other: {}
unknown_action: block
"""
PAY = {
    "cost": 5,
    "tiers": {"auto": 0.9, "review": 0.5},
    "envelope": {"amount": {"arg": "/amount", "each": "500 EUR"}, "rate": "20/hour"},
}


def plain(text):
    notes = Notes()
    node = read_yaml(text, notes)
    assert notes.problems == []
    return node.plain() if node else None


def lines_that_differ(before, after):
    matcher = SequenceMatcher(a=before.splitlines(), b=after.splitlines(), autojunk=False)
    return [
        (before.splitlines()[a:b], after.splitlines()[c:d])
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def edited(value, at=("actions", "pay")):
    after = rewritten(TEXT, at, value)
    return lines_that_differ(TEXT, after)


@given(json_values())
def test_what_is_written_reads_back_as_it_was(value):
    assert form(plain(flow(value))) == form(value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_on_one_line_and_reads_back(text):
    written = scalar(text)
    assert written.isprintable()
    assert plain(f"- {written}") == [text]


@given(KEYS, VALUES)
def test_an_entry_over_several_lines_reads_back_as_it_was(key, value):
    assert form(plain("\n".join(entry(key, value)))) == form({key: value})


@given(documents())
def test_the_layouts_that_these_tests_write_say_what_they_should(written):
    value, text = written
    assert form(read(text)) == form(value)


@given(documents(), st.data())
def test_a_document_says_afterwards_exactly_what_was_asked_for(written, data):
    value, text = written
    keys = data.draw(st.lists(KEYS | st.sampled_from(list(value)), min_size=1, max_size=2))
    wanted = data.draw(VALUES)
    after = rewritten(text, tuple(keys), wanted)
    assert form(read(after)) == form(with_value(value, tuple(keys), wanted))
    if form(read(after)) == form(value):
        assert after == text


@given(DOCUMENTS, documents())
def test_every_layout_of_these_tests_can_be_changed(wanted, written):
    key = next(iter(written[0]))
    after = rewritten(written[1], (key,), wanted)
    assert form(read(after)) == form({**written[0], key: wanted})


@given(documents(), st.data())
def test_what_other_keys_say_stays_byte_for_byte_with_its_comments(written, data):
    value, text = written
    key = data.draw(st.sampled_from(list(value)))
    other = "untouched: {a: 1,   b: 2}  # stays"
    assume(not text.startswith("{"))
    text = f"{other}\n{text}" if data.draw(st.booleans()) else f"{text}\n{other} as well\n"
    after = rewritten(text, (key,), data.draw(VALUES))
    assert other in after
    assert after.count(REMARK) >= text.count(REMARK) - sum(
        REMARK in line for old, _ in lines_that_differ(text, after) for line in old
    )


def test_a_value_is_changed_where_it_stands():
    assert edited({**PAY, "cost": 7}) == [
        (["    cost:   5   # units"], ["    cost:   7   # units"])
    ]


def test_a_new_key_comes_behind_the_last_one_and_before_what_is_said_of_the_next():
    [(gone, new)] = edited({**PAY, "audit_sample": 0.05})
    assert (gone, new) == ([], ["    audit_sample: 0.05"])
    assert "20/hour\n    audit_sample: 0.05\n    # rules come later" in rewritten(
        TEXT, ("actions", "pay", "audit_sample"), 0.05
    )


def test_a_key_that_goes_takes_its_lines_along_and_no_others():
    without = {key: value for key, value in PAY.items() if key != "envelope"}
    assert edited(without) == [
        (
            [
                "    envelope:",
                '      amount: {arg: /amount, each: "500 EUR"}  # agreed',
                "      rate: 20/hour",
            ],
            [],
        )
    ]


@pytest.mark.parametrize(
    ("tiers", "line"),
    [
        ({"review": 0.5}, "    tiers: {# sure"),
        ({"auto": 0.9}, "    tiers: {auto: 0.9, # sure"),
        ({"auto": 0.8, "review": 0.5}, "    tiers: {auto: 0.8, # sure"),
    ],
)
def test_between_braces_a_comment_stays_beside_what_is_left(tiers, line):
    assert line in rewritten(TEXT, ("actions", "pay", "tiers"), tiers).splitlines()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "n:\n  a: {b: 1}\n"),
        ("# only\n", "# only\nn:\n  a: {b: 1}\n"),
        ("{}  # nothing yet\n", "n:\n  a: {b: 1}  # nothing yet\n"),
        ("n:   # none\nx: 1\n", "n:   # none\n  a: {b: 1}\nx: 1\n"),
        ("n: {} # none\nx: 1", "n: # none\n  a: {b: 1}\nx: 1"),
        ("{x: 1}", "{x: 1, n: {a: {b: 1}}}"),
        ("\ufeffx: ü\n", "\ufeffx: ü\nn:\n  a: {b: 1}\n"),
        ("x: 1", "x: 1\nn:\n  a: {b: 1}"),
        ("x: &k 1\ny: *k # k\n", "x: &k 1\ny: *k # k\nn:\n  a: {b: 1}\n"),
        ("---\nx: 1\n...\n", "---\nx: 1\nn:\n  a: {b: 1}\n...\n"),
    ],
)
def test_a_first_entry_goes_into_any_document(text, after):
    assert rewritten(text, ("n",), {"a": {"b": 1}}) == after


@pytest.mark.parametrize(
    "text",
    [
        "a: &k {x: 1}\nb: *k\n",  # would change b as well
        "a: *k\n",
        "a: {x: 1\n",
        "a: {x: 1}\na: {x: 2}\n",
        "[1]\n",
        "a:\n  - x: 1\n  ? [y]\n",
    ],
)
def test_what_only_a_person_can_change_is_refused(text):
    with pytest.raises(SubmissionInvalid):
        rewritten(text, ("a", "x"), 2)
