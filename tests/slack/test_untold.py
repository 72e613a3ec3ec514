"""What cannot be told for good stands in the handoff's history, once for each place and failure, and moves nothing."""

import json
from functools import partial

import pytest

from tests.worker.office import ANA, POLICY
from webapp.browser.timeline import lines
from webapp.domain.alert import AlertKind
from webapp.domain.decision import Decision
from webapp.domain.handoff import Status, Verb
from webapp.domain.history import EventType
from webapp.domain.retry import USUAL
from webapp.domain.run_errors import PermitUnusable
from webapp.domain.step import tell
from webapp.domain.stop import Scope
from webapp.services import notices, policies, stops, stream, undelivered
from webapp.services.decide import decide
from webapp.store import alerts as alert_store
from webapp.store import events
from webapp.store import notices as copies
from webapp.store.handoffs import post


def history(desk, handoff):
    return desk.read(events.of_handoff, handoff.id)


def failures(desk, handoff):
    """List where people could not be told, and why, by the history."""
    found = [one for one in history(desk, handoff) if one.type is EventType.NOTICE_FAILED]
    said = [json.loads(one.data) for one in found]
    return [(one["channel"], one["error"]) for one in said]


def deny(desk, handoff):
    said = Decision(
        verb=Verb.DENY, revision=handoff.revision, fingerprint=handoff.fingerprint, note="Twice"
    )
    return desk.transact(decide, handoff.id, said, ANA)


def again(desk, handoff):
    """Have people told once more."""
    desk.transact(lambda work: post(work, tell(handoff.id, work.now)))
    desk.work()


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "invalid_auth"])
def test_a_place_that_refuses_us_is_noted_once_with_slacks_word_for_it(desk, error):
    desk.slack.fail("chat.postMessage", *[error] * 3)
    handoff = desk.office.ask()
    desk.work()
    again(desk, handoff)
    assert failures(desk, handoff) == [("#refunds", error)]
    assert desk.slack.token not in history(desk, handoff)[-1].data


def test_each_place_is_noted_for_itself(desk):
    desk.slack.add_channel("night")
    desk.add_channel("payments", "#night")
    desk.slack.fail("chat.postMessage", "invalid_auth", "invalid_auth")
    handoff = desk.office.ask()
    desk.work()
    assert sorted(failures(desk, handoff)) == [
        ("#night", "invalid_auth"),
        ("#refunds", "invalid_auth"),
    ]


def test_somebody_who_cannot_be_told_directly_is_noted_too(desk):
    user = desk.link("ana@example.org", direct="all")
    desk.slack.fail("conversations.open", "user_disabled")
    handoff = desk.office.ask()
    desk.work()
    assert failures(desk, handoff) == [(f"@{user.id}", "user_disabled")]
    line = lines(history(desk, handoff), {})[-1]
    because = "the account in Slack is closed (user_disabled)"
    assert line.did == f"could not tell somebody directly: {because}"


def test_a_message_and_its_thread_that_fail_alike_are_one_failure(desk):
    handoff, _ = desk.asked()
    desk.slack.state.archived.add(desk.channel)
    deny(desk, handoff)
    desk.work()
    again(desk, handoff)
    assert failures(desk, handoff) == [("#refunds", "is_archived")]


def test_what_is_tried_again_is_no_failure_yet(desk):
    desk.slack.fail("chat.postMessage", "http:503", "429:7", "internal_error")
    handoff = desk.office.ask()
    desk.work()
    for _ in range(3):
        desk.later(minutes=1)
    assert failures(desk, handoff) == []
    assert len(desk.told()) == 1


def test_when_all_tries_are_used_up_it_is_noted_once_and_admins_are_told(desk):
    desk.slack.fail("chat.postMessage", *["http:503"] * USUAL.attempts)
    desk.transact(policies.publish, POLICY.replace("after: 2h", "after: 7d"), "ana@example.org")
    handoff = desk.office.ask()
    desk.work()
    for _ in range(USUAL.attempts):
        desk.later(minutes=10)
    assert failures(desk, handoff) == [("#refunds", "Slack is busy: http_503.")]
    [copy] = desk.read(copies.of_handoff, handoff.id)
    alert = desk.read(alert_store.newest, copy.channel_id, AlertKind.UNTOLD)
    assert "Slack is busy: http_503" in alert.says
    assert desk.office.now(handoff).status is Status.PENDING


def test_nobody_who_waits_is_woken_and_no_agent_hears_of_it(desk):
    desk.slack.state.archived.add(desk.channel)
    handoff = desk.office.ask()
    desk.work()
    now = desk.office.now(handoff)
    heard = desk.read(stream.happened_since, handoff.agent_id, stream.Place(xid=0, id=0), 9)
    assert failures(desk, handoff)
    assert (now.version, now.changed_at) == (handoff.version, handoff.changed_at)
    assert [one.type for one in heard] == ["submitted"]


def test_a_decision_in_between_stands_and_the_failure_comes_after_it(desk):
    handoff = desk.office.ask()
    [drawing] = desk.transact(notices.plan, handoff.id).drawings
    deny(desk, handoff)
    desk.transact(partial(undelivered.refused, everywhere=False), drawing, "is_archived")
    assert [one.type for one in history(desk, handoff)] == ["submitted", "denied", "notice_failed"]
    assert desk.office.now(handoff).status is Status.DENIED


def test_what_a_stop_made_void_stays_void_although_a_failure_is_noted_after_it(desk):
    handoff, _ = desk.asked()
    desk.office.approve(handoff)
    desk.office.world.pass_time(minutes=1)
    stop = desk.transact(stops.stop, Scope.GLOBAL, None, "It loops", "ana@example.org")
    desk.slack.state.archived.add(desk.channel)
    desk.later(minutes=1)
    assert failures(desk, handoff) == [("#refunds", "is_archived")]
    desk.transact(stops.resume, stop.id, "ana@example.org")
    with pytest.raises(PermitUnusable):
        desk.office.redeem(desk.office.now(handoff))


def test_the_history_says_it_in_words(desk):
    desk.slack.state.archived.add(desk.channel)
    handoff = desk.office.ask()
    desk.work()
    line = lines(history(desk, handoff), {})[-1]
    said = "could not tell people in #refunds: the channel is archived (is_archived)"
    assert (line.actor, line.did) == ("Handrail", said)
