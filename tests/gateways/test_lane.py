"""The lane: takes attempts while Redis is there, and says so calmly when it is not."""

import json
import zlib

import pytest
from redis import Redis

from tests.servers import PATIENCE
from webapp.domain.backlog import Alive
from webapp.domain.message import Attempt, Reach
from webapp.gateways.consumer import Consumer
from webapp.gateways.lane import QUEUES, Lane
from webapp.world import RealWorld


@pytest.fixture
def lanes():
    """Give lanes as different processes have them, closed at the end."""
    made: list[Lane] = []

    def another(url: str) -> Lane:
        made.append(Lane(url))
        return made[-1]

    yield another
    for one in made:
        one.close()


@pytest.fixture
def lane(lanes, redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    return lanes(redis_url)


def test_each_attempt_at_a_message_has_a_place_of_its_own(lane):
    assert [lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=attempt)]) for attempt in (1, 2)] == [
        True,
        True,
    ]
    assert lane.length(Reach.OUTSIDE) == 2


def test_what_lies_on_the_lane_is_plain_json(lane, redis_url):
    lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=1)])
    with Redis.from_url(redis_url) as redis:
        job = redis.hgetall("rq:job:7-1")
    assert json.loads(zlib.decompress(job[b"data"])) == ["worker.jobs.perform", None, [7, 1], {}]


def test_a_ring_is_heard_in_another_process(lane, lanes, redis_url):
    relay = lanes(redis_url)
    assert relay.await_ring(PATIENCE)  # it begins with a look
    lane.ring()
    assert relay.await_ring(PATIENCE) is True
    assert relay.await_ring(0) is False


def test_without_redis_nothing_is_taken_and_nothing_raised(lanes):
    lane = lanes("redis://127.0.0.1:1/0")
    lane.ring()
    assert (
        lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=1)]),
        lane.length(Reach.OUTSIDE),
        lane.is_reachable(),
    ) == (
        False,
        None,
        False,
    )


def test_who_takes_jobs_is_known_for_each_reach_until_they_leave(lane, redis_url):
    began = RealWorld().now()
    taking = Consumer(redis_url, Reach.INSIDE)
    taking.take_one()
    found = lane.workers()
    assert {reach: alive.count for reach, alive in found.items()} == {
        Reach.INSIDE: 1,
        Reach.OUTSIDE: 0,
    }
    assert found[Reach.INSIDE].heard_at > began
    assert found[Reach.OUTSIDE].heard_at is None
    taking.close()
    assert lane.workers()[Reach.INSIDE] == Alive(count=0, heard_at=None)


def test_who_takes_jobs_is_not_known_while_redis_is_away(lanes):
    assert lanes("redis://127.0.0.1:1/0").workers() is None


def test_what_rq_did_not_write_is_no_sign_of_life(lane, redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.sadd(f"rq:workers:{QUEUES[Reach.INSIDE]}", "rq:worker:x")
        redis.hset("rq:worker:x", "last_heartbeat", "yesterday")
        redis.sadd(f"rq:workers:{QUEUES[Reach.INSIDE]}", b"rq:worker:\xff")
    assert lane.workers()[Reach.INSIDE] == Alive(count=0, heard_at=None)


def test_redis_is_used_again_as_soon_as_it_is_back(lanes, server):
    lane = lanes(server.url)
    assert lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=1)]) is False
    server.start()
    assert (lane.is_reachable(), lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=1)])) == (
        True,
        True,
    )
    server.kill()
    server.start()
    assert (lane.enqueue(Reach.OUTSIDE, [Attempt(id=7, number=2)]), lane.length(Reach.OUTSIDE)) == (
        True,
        1,
    )
