"""A notice in Slack: always within Slack's limits, and an agent's words are never more than words."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slack.rules import characters, check_message
from tests.slack.second_judge import judge_blocks
from webapp.domain.handoff import Kind, Status, Verb
from webapp.domain.notice import (
    LONGEST_DOUBT,
    LONGEST_HEADLINE,
    LONGEST_NOTE,
    LONGEST_READING,
    LONGEST_REASON,
    LONGEST_VALUE,
    MOST_READINGS,
    MOST_REASONS,
    MOST_ROWS,
    Notice,
    Reading,
    Row,
    Said,
    decided_elsewhere,
    told,
)
from webapp.domain.verdict import Risk
from webapp.gateways.letter import letter
from webapp.gateways.slack_message import message, outcome, reminder

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
BUDGET = 8_000
HOSTILE = "<!channel> <@U0001> <https://evil.example|Approve> *b* `c` &amp; \u202e:tada:"
SURE = Notice(
    handoff_id="ho_1",
    revision=1,
    version=1,
    fingerprint="sha256:" + "0" * 64,
    kind=Kind.ACTION,
    status=Status.PENDING,
    agent="billing-agent",
    risk=Risk.MEDIUM,
    action_title="Refund a customer",
    headline=told("Refund 129.00 EUR to cus_77", LONGEST_HEADLINE),
    claimed=False,
    doubt=None,
    readings=(),
    rows=(Row(name="amount", value=told("129.00", LONGEST_VALUE), pinned=True),),
    more=0,
    reasons=(told("0.83 is below 0.95.", LONGEST_REASON),),
    confidence=0.83,
    deadline_at=AT,
    verbs=(Verb.APPROVE, Verb.EDIT, Verb.DENY, Verb.REQUEST_CHANGES),
    agreed=(),
    quorum=1,
    policy=3,
    irreversible=True,
    observed=False,
    settled=False,
    reminded=None,
    in_chat=Risk.MEDIUM,
    halted=None,
    ending=None,
)
words = st.text(max_size=5_000) | st.just(HOSTILE * 200)


def texts(longest):
    return words.map(lambda said: told(said, longest))


notices = st.builds(
    replace,
    st.just(SURE),
    agent=st.from_regex(r"[a-z][a-z0-9-]{1,79}", fullmatch=True),
    kind=st.sampled_from(Kind),
    risk=st.sampled_from(Risk),
    action_title=words,
    headline=texts(LONGEST_HEADLINE),
    doubt=st.none() | texts(LONGEST_DOUBT),
    readings=st.lists(
        st.builds(
            Reading, id=st.text(min_size=1), text=texts(LONGEST_READING), verb=st.sampled_from(Verb)
        ),
        max_size=MOST_READINGS,
    ),
    rows=st.lists(
        st.builds(Row, name=st.text(max_size=80), value=texts(LONGEST_VALUE), pinned=st.booleans()),
        max_size=MOST_ROWS,
    ),
    reasons=st.lists(texts(LONGEST_REASON), max_size=MOST_REASONS),
    ending=st.none()
    | st.builds(
        Said,
        by=st.text(max_size=254),
        what=st.just("denied this"),
        at=st.just(AT),
        via=st.just("slack"),
        note=st.none() | texts(LONGEST_NOTE),
    ),
)


def drawn(notice, like=0):
    return message(notice, "nt_1:1", "https://desk.example/handoffs/ho_1", like)


def ids(blocks):
    return [one["action_id"] for b in blocks if b["type"] == "actions" for one in b["elements"]]


@given(notices, st.integers(0, 500))
def test_whatever_is_told_slack_takes_it(notice, like):
    text, blocks = drawn(notice, like)
    check_message({"text": text, "blocks": blocks})
    judge_blocks(blocks)
    assert characters(blocks) <= BUDGET


@given(notices)
def test_whatever_is_said_in_the_thread_slack_takes_it(notice):
    text, reminds = reminder(notice)
    for blocks in (reminds, outcome(notice)):
        check_message({"text": text, "blocks": blocks})
        judge_blocks(blocks)


def of_kind(value, kind):
    if isinstance(value, dict):
        if value.get("type") == kind:
            yield value["text"]
        for inner in value.values():
            yield from of_kind(inner, kind)
    elif isinstance(value, list):
        for inner in value:
            yield from of_kind(inner, kind)


def test_an_agents_words_cannot_mention_link_or_format():
    hostile = told(HOSTILE, 200)
    notice = replace(
        SURE,
        headline=hostile,
        doubt=hostile,
        claimed=True,
        action_title=HOSTILE,
        reasons=(hostile,),
        readings=(Reading(id="a", text=hostile, verb=Verb.EDIT),),
        rows=(Row(name="<!here>", value=hostile, pinned=False),),
    )
    text, blocks = drawn(notice)
    ours = "\n".join(of_kind(blocks, "mrkdwn"))
    assert not any(one in ours for one in ("<!channel", "<@", "<https", "evil", "tada", "*b*"))
    assert "<" not in text
    assert "&lt;!channel&gt;" in text
    assert HOSTILE.replace("\u202e", "⟨U+202E⟩") in "\n".join(of_kind(blocks, "plain_text"))
    assert all(one["emoji"] is False for one in every(blocks, "plain_text"))


def test_words_of_people_in_an_ending_and_a_stop_are_words_too():
    hostile = told(HOSTILE, 200)
    said = Said(by=HOSTILE, what="denied this", at=AT, via="slack", note=hostile)
    for notice in (replace(SURE, status=Status.DENIED, ending=said), replace(SURE, halted=HOSTILE)):
        text, blocks = drawn(notice)
        ours = "\n".join(of_kind([blocks, outcome(notice)], "mrkdwn"))
        assert not any(one in ours for one in ("<!channel", "<@", "<https", "evil", "tada", "*b*"))
        assert "<" not in text


@pytest.mark.parametrize(
    ("kind", "head", "stakes"),
    [
        (Kind.ACTION, "◐ medium risk · Refund a customer", "medium risk"),
        (Kind.QUESTION, "? question", "a question"),
        (Kind.TASK, "□ task", "a task"),
    ],
)
def test_what_does_nothing_has_no_risk_and_says_what_it_is(kind, head, stakes):
    notice = replace(SURE, kind=kind)
    text, blocks = drawn(notice)
    assert blocks[0]["text"]["text"] == head
    assert head.partition(" · ")[0] in text
    assert letter(notice, "https://desk.example").subject.startswith(f"[Handrail] {stakes}: ")


def every(value, kind):
    found = [value] if isinstance(value, dict) and value.get("type") == kind else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [one for each in inner for one in every(each, kind)]


def test_what_is_whole_and_of_little_risk_is_decided_in_slack():
    _, blocks = drawn(SURE)
    assert ids(blocks) == ["approve", "edit", "ask", "deny", "open"]
    [approve, *_] = blocks[-1]["elements"]
    assert (approve["value"], approve["confirm"]["confirm"]["text"]) == ("nt_1:1", "Approve")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"risk": Risk.HIGH}, "high risk"),
        ({"risk": Risk.CRITICAL}, "critical risk"),
        ({"risk": Risk.LOW, "in_chat": None}, "low risk"),
        ({"more": 1}, "Not all of it fits"),
        ({"rows": (Row(name="a", value=told("x" * 500, 400), pinned=False),)}, "Not all of it"),
        ({"headline": told("x" * 500, 300)}, "Not all of it fits"),
        ({"observed": True}, "only observed"),
        ({"previewed": True}, "shown in Handrail"),
        ({"kind": Kind.TASK}, "completed in Handrail"),
    ],
)
def test_what_is_not_whole_or_of_high_risk_has_only_a_link_and_the_whole_fingerprint(change, why):
    notice = replace(SURE, **change)
    _, blocks = drawn(notice)
    assert ids(blocks) == ["open"]
    assert why in decided_elsewhere(notice)
    assert notice.fingerprint in json.dumps(blocks)
    assert ("*Cut*" in json.dumps(blocks)) == notice.cut


def test_policy_may_let_more_be_decided_in_a_chat():
    assert decided_elsewhere(replace(SURE, risk=Risk.HIGH, in_chat=Risk.HIGH)) is None


def test_what_is_decided_has_no_button_but_the_link_and_says_who_what_when_why():
    said = Said(by="ana@example.org", what="denied this", at=AT, via="slack", note=told("Twice", 9))
    text, blocks = drawn(replace(SURE, status=Status.DENIED, verbs=(), ending=said), 2)
    whole = json.dumps(blocks, ensure_ascii=False)
    assert ids(blocks) == ["open"]
    assert all(one in whole for one in ("ana@example.org denied this", "“Twice”", "through slack"))
    assert "+ 2 more like this wait behind it" in whole
    assert text.startswith("ana@example.org denied this")


def test_another_reading_is_chosen_from_a_list():
    readings = (
        Reading(id="same", text=told("The same item", 99), verb=Verb.APPROVE),
        Reading(id="other", text=told("Another item", 99), verb=Verb.EDIT),
    )
    _, blocks = drawn(replace(SURE, readings=readings))
    [select] = [b["elements"][0] for b in blocks if b["type"] == "actions"][:1]
    assert [one["value"] for one in select["options"]] == ["other"]
    assert select["action_id"] == "read:nt_1:1"
