"""GET /events: all that happens to an agent's handoffs, on one connection, without loss."""

import json
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import pytest

from tests.api.callers import Caller
from webapp.app import create_app
from webapp.services import accounts

both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@contextmanager
def stream(agent, after=None, **query):
    """Open the stream; gives an iterator of its frames as dictionaries."""
    headers = {"Last-Event-ID": after} if after else {}
    answer = agent.call("GET", "/api/v1/events", headers=headers, query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    try:
        yield (frame(text.decode()) for text in answer.iter_encoded())
    finally:
        answer.close()


def frame(text):
    return dict(line.split(": ", 1) for line in text.strip().splitlines())


def seen(frames, count):
    return [json.loads(one["data"]) for one in islice(frames, count)]


@both
def test_it_begins_with_ready_and_tells_what_happens(agent, ann):
    with stream(agent) as frames:
        assert next(frames)["event"] == "ready"
        handoff = agent.submit()
        events = seen(frames, 1)
        ann.decide(handoff)
        events += seen(frames, 1)
    assert [one["type"] for one in events] == ["submitted", "approved"]
    assert {one["handoff"] for one in events} == {handoff["id"]}
    assert [one["version"] for one in events] == [1, 2]


def test_each_event_is_as_documented(agent, conforms):
    with stream(agent) as frames:
        next(frames)
        agent.submit()
        conforms("Happened", seen(frames, 1)[0])


@both
def test_the_last_id_resumes_without_loss_or_repetition(agent, ann):
    with stream(agent) as frames:
        ready = next(frames)["id"]
        handoffs = [agent.submit(key=f"k{n}") for n in range(3)]
        second = list(islice(frames, 2))[1]["id"]
    ann.decide(handoffs[0])  # nobody listens
    with stream(agent, after=second) as frames:
        assert next(frames)["id"] == second
        missed = seen(frames, 2)
    with stream(agent, last_event_id=ready) as frames:
        next(frames)
        everything = seen(frames, 4)
    assert [one["type"] for one in missed] == ["submitted", "approved"]
    assert everything[2:] == missed


def test_more_than_one_batch_comes_in_order(agent):
    with stream(agent) as frames:
        ready = next(frames)["id"]
    sent = [agent.submit(key=f"k{n}")["id"] for n in range(105)]
    with stream(agent, after=ready) as frames:
        next(frames)
        assert [one["handoff"] for one in seen(frames, 105)] == sent


def test_nothing_of_another_agent_is_told(agent, add_agent):
    other = add_agent("other-agent")
    with stream(agent) as frames:
        next(frames)
        other.submit()
        mine = agent.submit()
        assert seen(frames, 1)[0]["handoff"] == mine["id"]


def test_a_revoked_key_ends_the_stream(agent, desk):
    with stream(agent) as frames:
        next(frames)
        desk.transact(lambda work: accounts.revoke_key(work, "billing-agent", None))
        assert list(frames) == []


def test_the_stream_ends_by_itself(agent, world):
    with stream(agent) as frames:
        next(frames)
        world.pass_time(minutes=11)
        assert list(frames) == []


@pytest.mark.parametrize("given", ["0", "1-0", "1-0-x", "2-0-0", f"1-0-{1 << 63}"])
def test_an_id_that_is_none_of_ours_is_refused(agent, given):
    answer = agent.call("GET", "/api/v1/events", headers={"Last-Event-ID": given})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_people_listen_elsewhere(ann):
    assert ann.get("/events").json["code"] == "agent_needed"


@pytest.fixture
def crowded(settings, world, desk, agent):
    """The agent at a process with four threads, of which streams have taken as many as they may."""
    few = replace(desk, config=replace(settings, threads=4))
    caller = Caller(create_app(settings, world, few), agent.secret)
    with stream(caller), stream(caller):
        yield caller


def test_streams_leave_threads_to_others(crowded):
    answer = crowded.get("/events")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")


def test_who_finds_no_place_to_wait_is_answered_at_once(crowded, pending):
    assert crowded.read(pending, wait=30)["poll_after"] == 1


def test_a_stream_that_ends_gives_its_place_back(agent):
    for _ in range(51):
        with stream(agent) as frames:
            assert next(frames)["event"] == "ready"
