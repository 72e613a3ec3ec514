"""The stream of events, through interruptions."""

from __future__ import annotations

import json
from itertools import islice

import httpx
import pytest

from handrail import NotAuthenticated
from handrail.stream import read_frames

READY = "id: 6\nevent: ready\ndata: {}\n\n"


def happened(number: int) -> str:
    """Give event `number` as the desk writes it."""
    at = "2026-11-21T09:30:00Z"
    facts = {"type": "approved", "status": "approved", "revision": 1, "version": 2, "at": at}
    data = json.dumps({"handoff": f"ho_{number}", **facts})
    return f"id: {number}\nevent: handoff\ndata: {data}\n\n"


def stream(*messages: str) -> httpx.Response:
    return httpx.Response(200, text="".join(messages))


def test_a_message_has_id_name_and_data():
    [frame] = read_frames(["id: 7", "event: news", 'data: {"id":', 'data: "ho_1"}', ""])
    assert (frame.id, frame.name, frame.data) == ("7", "news", {"id": "ho_1"})


def test_comments_and_what_broke_off_are_left_out():
    assert list(read_frames([": still here", "", "id: 8", "data: 1"])) == []


def test_a_message_without_an_id_keeps_the_last_one():
    assert [f.id for f in read_frames(["id: 7", "data: 1", "", "data: 2", ""])] == ["7", "7"]


def test_an_event_says_what_happened_to_which_handoff(client, desk):
    desk.will_say(stream(READY, happened(7)))
    event = next(client.events())
    assert (event.id, event.handoff_id, event.type) == ("7", "ho_7", "approved")
    assert event.at.isoformat() == "2026-11-21T09:30:00+00:00"


def test_it_comes_back_where_it_was_interrupted(client, desk):
    away = [httpx.ConnectError("refused"), httpx.Response(503)]
    desk.will_say(stream(READY, happened(7)), *away, stream(happened(8)))
    assert [event.id for event in islice(client.events(), 2)] == ["7", "8"]
    assert [r.headers.get("Last-Event-ID") for r in desk.asked] == [None, "7", "7", "7"]


def test_it_comes_back_to_where_it_began_when_nothing_has_happened(client, desk):
    desk.will_say(stream(READY), stream(happened(7)))
    next(client.events())
    assert desk.asked[1].headers["Last-Event-ID"] == "6"


def test_it_starts_where_the_caller_left_off(client, desk):
    desk.will_say(stream(happened(8)))
    next(client.events("7"))
    assert desk.asked[0].headers["Last-Event-ID"] == "7"


def test_a_revoked_key_ends_the_stream(client, desk):
    desk.will_say(desk.problem(401, "not_authenticated"))
    with pytest.raises(NotAuthenticated):
        next(client.events())
