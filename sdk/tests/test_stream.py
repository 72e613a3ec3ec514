"""The stream of events, through interruptions."""

from __future__ import annotations

from itertools import islice

import httpx
import pytest

from handrail import NotAuthenticated
from handrail.stream import read_events


def stream(*events: str) -> httpx.Response:
    return httpx.Response(200, text="".join(events))


def test_an_event_has_id_name_and_data():
    lines = ["id: 7", "event: decided", 'data: {"id":', 'data: "ho_1"}', ""]
    [event] = read_events(lines)
    assert (event.id, event.name, event.data) == ("7", "decided", {"id": "ho_1"})


def test_comments_and_what_broke_off_are_left_out():
    assert list(read_events([": still here", "", "id: 8", "data: 1"])) == []


def test_an_event_without_a_name_is_a_message():
    [event] = read_events(["data: 1", ""])
    assert event.name == "message"


def test_an_event_without_an_id_keeps_the_last_one():
    assert [e.id for e in read_events(["id: 7", "data: 1", "", "data: 2", ""])] == ["7", "7"]


def test_it_comes_back_where_it_was_interrupted(client, desk):
    first, second = stream("id: 7\ndata: 1\n\n"), stream("id: 8\ndata: 2\n\n")
    desk.will_say(first, httpx.ConnectError("refused"), httpx.Response(503), second)
    assert [event.data for event in islice(client.events(), 2)] == [1, 2]
    assert [r.headers.get("Last-Event-ID") for r in desk.asked] == [None, "7", "7", "7"]


def test_it_starts_where_the_caller_left_off(client, desk):
    desk.will_say(stream("id: 8\ndata: 2\n\n"))
    next(client.events("7"))
    assert desk.asked[0].headers["Last-Event-ID"] == "7"


def test_a_revoked_key_ends_the_stream(client, desk):
    desk.will_say(desk.problem(401, "not_authenticated"))
    with pytest.raises(NotAuthenticated):
        next(client.events())
