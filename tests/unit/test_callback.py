"""Callbacks as values: which steps are news, how they are signed, and what a receiver's answer means."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.makers import (
    ANN,
    NOW,
    approved,
    decision,
    outcome,
    pay,
    redemption,
    revision,
    submission,
    submitted,
)
from webapp.domain import lifecycle
from webapp.domain.callback import (
    failure,
    headers,
    news,
    retry_after,
    said,
    webhook_id,
    write_secret,
)
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.executor import HttpCall
from webapp.domain.handoff import Verb

THIN = submission(callback=CallbackWish.THIN)
instants = st.integers(1_600_000_000, 2_200_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, tz=UTC)
)


def step_of(handoff, verb=Verb.DENY):
    return lifecycle.decide(handoff, decision(handoff, verb, note="Because."), ANN, NOW)


def test_a_decision_is_news_of_the_version_that_it_makes():
    message = news(step_of(submitted(THIN)))
    assert (message.version, message.due_at) == (2, NOW)


def test_of_what_handrail_runs_only_the_end_is_news():
    asked = approved(submitted(THIN))
    call = HttpCall(url="https://tools.example.org/")
    begun = redemption(replace(asked, terms=replace(asked.terms, executor=call)))
    ended = outcome(begun.after)
    assert news(begun) is None
    assert news(ended).version == ended.after.version


def test_nothing_is_news_to_an_agent_that_wants_no_callback():
    assert news(step_of(submitted())) is None


def test_a_vote_that_decides_nothing_is_no_news():
    waiting = submitted(submission(pay(to="bank"), callback=CallbackWish.THIN))
    assert news(step_of(waiting, Verb.APPROVE)) is None


def test_what_an_agent_did_itself_is_no_news():
    made = approved(submitted(THIN))
    run = redemption(made)
    assert news(run) is None
    assert news(outcome(run.after)) is None
    assert news(revision(submitted(THIN), THIN)) is None


def test_the_name_of_what_is_told_is_that_of_the_version():
    assert webhook_id("ho_1", 3) == "ho_1_v3"


@given(st.binary(min_size=24, max_size=64), instants, st.text())
def test_a_signature_is_the_one_that_others_make(raw, at, text):
    body = text.encode(errors="ignore")
    made = headers([raw], "ho_1_v3", at, body)
    theirs = Webhook(write_secret(raw)).sign("ho_1_v3", at, body.decode())
    assert made["webhook-signature"] == theirs
    assert made["webhook-timestamp"] == str(int(at.timestamp()))


def test_after_a_rotation_there_is_a_signature_of_each_secret():
    made = headers([b"new" * 8, b"old" * 8], "a", NOW, b"{}")["webhook-signature"].split()
    assert [one.partition(",")[0] for one in made] == ["v1", "v1"]
    assert len({base64.b64decode(one.partition(",")[2]) for one in made}) == 2


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_success_counts_as_taken(status):
    assert failure(status) is None


@pytest.mark.parametrize("status", [300, 301, 308, 400, 410, 429, 500, 503, 599, 799])
def test_anything_else_does_not_and_is_named(status):
    assert str(status) in failure(status)
    assert said(799) == "799"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Mon, 02 Mar 2026 09:05:00 GMT", 300),
        ("Mon, 02 Mar 2026 10:05:00 +0100", 300),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("99999999999999", 10**8),
        ("soon", None),
        (f"Mon, {'9' * 20} Mar 2026 09:05:00 GMT", None),
        (f"Mon, 02 Mar 2026 09:05:00 +{'9' * 20}", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_to_wait_is_read_in_seconds_or_as_a_date(header, seconds):
    found = retry_after(header, NOW)
    assert found == (None if seconds is None else timedelta(seconds=seconds))
