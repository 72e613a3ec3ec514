"""A modal in Slack: whatever its fields are called and hold, Slack takes it, or it is not offered."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.gateways.test_slack_message import HOSTILE, SURE, notices, of_kind
from tests.slack.rules import check_message, check_modal
from tests.slack.second_judge import judge_blocks, judge_modal
from webapp.domain import argument_form
from webapp.domain.handoff import Verb
from webapp.domain.notice import Reading, told
from webapp.gateways import slack_modal
from webapp.gateways.slack_message import whispered
from webapp.gateways.slack_modal import Pressed

PRESSED = Pressed(copy="nt_1:1", place="C0001", ts="17000001.000100")
words = st.text(max_size=300)
kinds = st.one_of(
    st.builds(lambda title: {"type": "string", "title": title}, words),
    st.builds(lambda options: {"type": "string", "enum": options}, st.lists(words, unique=True)),
    st.builds(lambda options: {"enum": options}, st.lists(st.integers() | st.none() | words)),
    st.just({"type": "boolean"}),
    st.just({"type": ["number", "null"]}),
    st.just({"type": "integer", "minimum": 0}),
    st.builds(
        lambda seen: {"type": "string", "pattern": "^x", "examples": [seen], "description": seen},
        words,
    ),
)
schemas = st.builds(
    lambda properties, required: {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name in required],
    },
    st.dictionaries(words, kinds, min_size=1, max_size=16),
    st.sets(words),
)
plain_values = st.none() | st.booleans() | st.integers() | words | st.text(min_size=2990)


def judged(view):
    check_modal(view)
    judge_modal(view)


@given(notices, schemas, st.dictionaries(words, plain_values, max_size=4))
def test_whatever_is_to_be_edited_slack_takes_the_form_or_it_is_not_offered(notice, schema, value):
    known = dict(zip(schema["properties"], value.values(), strict=False))
    made = argument_form.fields(schema, {**known, **value})
    if slack_modal.fits(made):
        judged(slack_modal.edit(notice, PRESSED, made))
        judged(slack_modal.answer(notice, PRESSED, made))


@given(notices)
def test_slack_takes_the_forms_for_a_reason_and_a_question(notice):
    judged(slack_modal.deny(notice, PRESSED))
    judged(slack_modal.ask(notice, PRESSED))
    if notice.readings:
        judged(slack_modal.answer(notice, PRESSED, ()))


def test_words_of_others_stand_in_plain_text_alone():
    hostile = told(HOSTILE, 200)
    reading = Reading(id=HOSTILE, text=hostile, verb=Verb.RESPOND)
    notice = replace(SURE, headline=hostile, action_title=HOSTILE, readings=(reading,))
    schema = {
        "type": "object",
        "properties": {HOSTILE: {"type": "string", "title": HOSTILE, "enum": [HOSTILE]}},
    }
    made = argument_form.fields(schema, {HOSTILE: HOSTILE})
    views = [
        slack_modal.deny(notice, PRESSED),
        slack_modal.ask(notice, PRESSED),
        slack_modal.answer(notice, PRESSED, ()),
        slack_modal.edit(notice, PRESSED, made),
    ]
    for view in views:
        judged(view)
        ours = "\n".join(of_kind(view["blocks"], "mrkdwn"))
        assert not any(one in ours for one in ("<", "*b*", "evil", "tada"))


def test_what_one_person_alone_is_told_is_plain_text_with_our_own_link_beside_it():
    address = "https://desk.example/slack/link/a.b"
    text, blocks = whispered(HOSTILE * 40, address)
    check_message({"text": text, "blocks": blocks})
    judge_blocks(blocks)
    assert "<" not in text
    assert list(of_kind(blocks, "mrkdwn")) == []
    assert [one["url"] for one in blocks[-1]["elements"]] == [address]
