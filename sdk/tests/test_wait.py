"""Waiting for people, through everything that may happen meanwhile."""

from __future__ import annotations

import httpx
import pytest

from handrail import NotAuthenticated, Status, WaitTimeout


def test_what_is_not_pending_is_not_waited_for(read, desk):
    handoff = read(desk.approved())
    assert handoff.wait() is handoff
    assert desk.asked == []


def test_it_polls_from_the_version_it_knows(read, desk):
    handoff = read(desk.pending(version=7))
    desk.will_say(desk.approved(version=8))
    assert handoff.wait().status is Status.APPROVED
    assert desk.asked[0].url.query == b"wait=30&after=7"


def test_a_change_that_decides_nothing_is_waited_past(read, desk):
    handoff = read(desk.pending())
    desk.will_say(desk.pending(version=2, revision=2), desk.approved(version=3))
    assert handoff.wait().version == 3
    assert desk.asked[1].url.query == b"wait=30&after=2"


def test_the_desk_is_left_alone_as_long_as_it_asks(read, desk, clock):
    handoff = read(desk.pending())
    desk.will_say(desk.pending(poll_after=1), desk.approved())
    assert handoff.wait().may_run
    assert clock.slept == [1, 0.0]


def test_a_desk_that_is_away_is_waited_for_however_long(read, desk, clock):
    handoff = read(desk.pending())
    away = [httpx.ConnectError("refused")] * 5 + [httpx.Response(503)] * 5
    desk.will_say(*away, desk.approved())
    assert handoff.wait().may_run
    assert clock.slept[:4] == [0.25, 0.5, 1.0, 2.0]


def test_a_revoked_key_ends_the_wait(read, desk):
    handoff = read(desk.pending())
    desk.will_say(desk.problem(401, "not_authenticated"))
    with pytest.raises(NotAuthenticated):
        handoff.wait()


def test_a_timeout_ends_the_wait_and_keeps_the_handoff(read, desk, clock):
    handoff = read(desk.pending())
    desk.will_say(*[httpx.ConnectError("refused")] * 20)
    with pytest.raises(WaitTimeout) as caught:
        handoff.wait(timeout=5)
    assert caught.value.handoff.status is Status.PENDING
    assert clock.monotonic() == 5


def test_the_last_poll_is_no_longer_than_the_timeout(read, desk):
    handoff = read(desk.pending())
    desk.will_say(desk.approved())
    handoff.wait(timeout=2.5)
    assert desk.asked[0].url.params["wait"] == "3"


def test_what_is_only_observed_is_not_waited_for_and_never_runs(read, desk):
    seen = {**desk.pending()["verdict"], "observed": True, "would": "auto"}
    handoff = read(desk.pending(verdict=seen))
    assert handoff.wait() is handoff
    assert (handoff.observed, handoff.may_run, handoff.verdict.would) == (True, False, "auto")
    assert desk.asked == []


def test_a_desk_that_knows_no_shadow_observes_nothing(read, desk):
    assert read(desk.pending()).observed is False


def test_what_handrail_runs_itself_is_waited_for_until_it_has_run(read, desk):
    handoff = read(desk.approved(executor="http", permit=None))
    running = desk.pending(version=3, status="running", executor="http")
    desk.will_say(running, desk.pending(version=4, status="succeeded", executor="http"))
    assert handoff.wait().status is Status.SUCCEEDED
    assert len(desk.asked) == 2
