"""People have as much before them as the agent may ask: the client says so at once, or waits when asked."""

from __future__ import annotations

import pytest

from handrail import QueueFull, TooManyRequests


def full(desk, seconds=60):
    refusal = desk.problem(429, "deferred_queue_full", retry_after=seconds)
    refusal.headers["Retry-After"] = str(seconds)
    return refusal


def test_a_full_queue_is_told_at_once_and_not_asked_again(client, desk, clock):
    desk.will_say(full(desk, 7200))
    with pytest.raises(QueueFull) as caught:
        client.submit(key="refund:8841", title="Refund")
    assert (caught.value.retry_after, caught.value.code) == (7200, "deferred_queue_full")
    assert (len(desk.asked), clock.slept) == (1, [])


def test_who_wants_to_wait_gets_in_under_the_same_key(client, desk, clock):
    desk.will_say(full(desk), full(desk), desk.pending())
    handoff = client.submit(key="refund:8841", title="Refund", wait_for_room=300)
    assert handoff.id == "ho_1"
    assert desk.keys == ["refund:8841"] * 3
    assert clock.slept == [60, 60]


def test_waiting_ends_before_it_is_longer_than_was_asked(client, desk, clock):
    desk.will_say(full(desk), full(desk))
    with pytest.raises(QueueFull):
        client.submit(key="refund:8841", title="Refund", wait_for_room=90)
    assert clock.slept == [60]


def test_an_ill_desk_while_waiting_is_tried_again_as_ever(client, desk, clock):
    desk.will_say(full(desk), desk.problem(503, "unavailable"), desk.pending())
    client.submit(key="refund:8841", title="Refund", wait_for_room=300)
    assert len(desk.asked) == 3


def test_waiting_for_room_is_not_sent(client, desk):
    desk.will_say(desk.pending())
    client.submit(key="refund:8841", title="Refund", wait_for_room=300)
    assert b"wait_for_room" not in desk.asked[0].content


def test_who_catches_too_many_requests_catches_a_full_queue():
    assert issubclass(QueueFull, TooManyRequests)
