"""The relay: hands over what is due, never more than there is room for, and finds again what Redis lost."""

import threading
import time
from dataclasses import replace

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Callback, Queue
from rq.serializers import JSONSerializer

from tests.worker.office import NOWHERE, PATIENCE, office, until
from webapp.domain.handoff import Status
from webapp.domain.message import Attempt, Reach, Topic
from webapp.gateways.consumer import Consumer
from webapp.gateways.lane import QUEUES
from webapp.gateways.watchdog import Watchdog
from worker import relay as relaying
from worker.jobs import HANDS
from worker.relay import FULL_ENOUGH, LONGEST_PAUSE, ROOM, Relay

TRAP = f"{__name__}.sprung"
CALLBACKS = ("success", "failure", "stopped")
SPRUNG: list[bool] = []


@pytest.fixture
def clean_redis(redis_url):
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    return redis_url


@pytest.fixture
def desk(database_url, clean_redis):
    with office(database_url, clean_redis) as there:
        yield there


@pytest.fixture
def relay(desk):
    return Relay(hands=desk.hands, stopping=threading.Event())


@pytest.fixture
def consumer(desk, clean_redis):
    HANDS.set(desk.hands)
    taking = Consumer(clean_redis, Reach.OUTSIDE)
    yield taking
    taking.close()


def test_a_due_message_goes_over_redis_to_a_worker(desk, relay, consumer):
    desk.ask()
    relay.hand_over()
    assert desk.desk.lane.length(Reach.OUTSIDE) == 1
    assert consumer.take_one() is True
    assert (desk.topics(), desk.desk.lane.length(Reach.OUTSIDE)) == (["handoff.expire"], 0)


def sprung(*_said):
    SPRUNG.append(True)


@pytest.mark.parametrize("name", ["7-1", "7-1; import os", "9" * 40 + "-1", None])
def test_redis_does_not_choose_what_runs(consumer, clean_redis, name):
    SPRUNG.clear()
    with Redis.from_url(clean_redis) as redis:
        queue = Queue(QUEUES[Reach.OUTSIDE], connection=redis, serializer=JSONSerializer)
        job = queue.enqueue_call(TRAP, args=("not", "a", "message"))
        redis.hset(job.key, mapping={f"{when}_callback_name": TRAP for when in CALLBACKS})
        redis.delete(queue.key)
        redis.rename(job.key, f"rq:job:{name or job.id}")
        redis.rpush(queue.key, name or job.id)
        assert consumer.take_one() is True
        assert redis.exists(f"rq:job:{name or job.id}") == 0
    assert SPRUNG == []


@pytest.mark.parametrize("registry", ["rq:wip:{}", "rq:queue:{}:intermediate"])
def test_nor_does_it_by_what_it_says_has_failed(consumer, clean_redis, registry):
    SPRUNG.clear()
    with Redis.from_url(clean_redis) as redis:
        queue = Queue("elsewhere", connection=redis, serializer=JSONSerializer)
        job = queue.enqueue_call(TRAP, on_failure=Callback(TRAP), on_success=Callback(TRAP))
        key = registry.format(QUEUES[Reach.OUTSIDE])
        if "wip" in registry:
            redis.zadd(key, {f"{job.id}:1": 1})
        else:
            redis.lpush(key, job.id)
        before = redis.hgetall(job.key)
        consumer.take_one()
        assert (SPRUNG, redis.hgetall(job.key)) == ([], before)


@pytest.mark.parametrize("key", ["rq:workers", f"rq:workers:{QUEUES[Reach.OUTSIDE]}"])
def test_what_stands_in_the_place_of_rqs_lists_keeps_no_worker_from_its_work(
    desk, relay, consumer, clean_redis, key
):
    desk.ask()
    relay.hand_over()
    with Redis.from_url(clean_redis) as redis:
        redis.set(key, "no list")
    with pytest.raises(RedisError):
        consumer.take_one()
    assert consumer.take_one() is True
    assert desk.topics() == ["handoff.expire"]


def test_a_worker_that_ended_without_a_word_is_taken_off_the_list(consumer, clean_redis):
    key = f"rq:workers:{QUEUES[Reach.OUTSIDE]}"
    with Redis.from_url(clean_redis) as redis:
        redis.sadd(key, b"rq:worker:\xff", "rq:worker:gone")
        consumer.take_one()
        assert redis.scard(key) == 1


def test_a_worker_without_a_job_comes_back_within_a_second(consumer):
    assert consumer.take_one() is False


def test_the_relay_looks_again_when_the_next_message_is_due(desk, relay):
    assert relay.hand_over() == LONGEST_PAUSE
    desk.ask()
    assert relay.hand_over() == 0
    assert relay.hand_over() == LONGEST_PAUSE
    desk.world.pass_time(hours=2, milliseconds=-200)
    relay.hand_over()
    assert relay.hand_over() == pytest.approx(0.2)


def test_no_more_is_leased_than_workers_keep_up_with(desk, relay):
    for number in range(ROOM):
        desk.desk.lane.enqueue(Reach.OUTSIDE, [Attempt(id=number, number=1)])
    desk.ask()
    assert relay.hand_over() == relaying.CROWDED_PAUSE
    assert desk.desk.lane.length(Reach.OUTSIDE) == ROOM


def test_a_lane_that_is_full_enough_is_not_topped_up_one_by_one(desk, relay):
    jobs = [Attempt(id=number, number=1) for number in range(ROOM)]
    desk.desk.lane.enqueue(Reach.OUTSIDE, jobs[: FULL_ENOUGH + 1])
    desk.ask()
    assert relay.hand_over() == relaying.CROWDED_PAUSE
    assert desk.desk.lane.length(Reach.OUTSIDE) == FULL_ENOUGH + 1


class Hasty(Watchdog):
    """A watchdog that gives nobody any time."""

    def over(self, seconds):
        return super().over(0.0)


def test_a_job_that_takes_too_long_is_ended_and_tried_again(desk, relay, clean_redis):
    desk.ask()
    relay.hand_over()
    ended = time.monotonic() + PATIENCE
    HANDS.set(replace(desk.hands, console=Listening(lambda: until(lambda: False))))
    hasty = Consumer(clean_redis, Reach.OUTSIDE, Hasty())
    assert hasty.take_one() is True
    hasty.close()
    assert time.monotonic() < ended
    assert "longer than a job may" in desk.error_of(Topic.NOTIFY)


def test_what_redis_lost_is_handed_over_again_when_its_lease_has_ended(
    desk, relay, consumer, clean_redis
):
    desk.ask()
    relay.hand_over()
    with Redis.from_url(clean_redis) as redis:
        redis.flushall()
    relay.hand_over()
    assert desk.desk.lane.length(Reach.OUTSIDE) == 0
    desk.world.pass_time(seconds=31)
    relay.hand_over()
    assert consumer.take_one() is True
    assert desk.topics() == ["handoff.expire"]


def test_a_slow_neighbour_keeps_no_deadline_waiting(desk, relay, clean_redis):
    for number in range(ROOM):
        desk.desk.lane.enqueue(Reach.OUTSIDE, [Attempt(id=number, number=1)])
    asked = desk.ask()
    desk.world.pass_time(hours=2)
    relay.hand_over()
    HANDS.set(desk.hands)
    inside = Consumer(clean_redis, Reach.INSIDE)
    assert inside.take_one() is True
    inside.close()
    assert desk.now(asked).status is Status.EXPIRED


def test_a_stale_job_does_nothing(desk, relay, consumer):
    desk.ask()
    relay.hand_over()
    desk.world.pass_time(seconds=31)
    relay.hand_over()
    consumer.take_one()
    assert desk.topics() == ["handoff.expire", "notification.console"]
    consumer.take_one()
    assert desk.topics() == ["handoff.expire"]


def test_while_redis_is_away_the_relay_does_the_work_itself(database_url):
    with office(database_url, NOWHERE) as desk:
        asked = desk.ask()
        desk.world.pass_time(hours=2)
        relay = Relay(hands=desk.hands, stopping=threading.Event())
        relay.hand_over()
        relay.hand_over()
        relay.aside.finish()
        assert desk.now(asked).status is Status.EXPIRED
        assert desk.topics() == []


class Listening:
    """A console that keeps what it tells of, and lets something happen at the first word."""

    def __init__(self, meanwhile) -> None:
        self.told: list[str] = []
        self._meanwhile = meanwhile

    def tell(self, handoff) -> None:
        self.told.append(handoff.id)
        if len(self.told) == 1:
            self._meanwhile()


class Forgetful:
    """A lane that takes what it is given and does not say so."""

    def __init__(self, lane) -> None:
        self._lane = lane

    def enqueue(self, reach, attempts) -> bool:
        self._lane.enqueue(reach, attempts)
        return False

    def __getattr__(self, name):
        return getattr(self._lane, name)


def test_what_redis_took_without_saying_so_is_not_begun_twice(desk, consumer):
    def meanwhile() -> None:
        HANDS.set(hands)  # of this thread
        assert consumer.take_one() is True

    console = Listening(meanwhile)
    forgetful = replace(desk.desk, lane=Forgetful(desk.desk.lane))
    hands = replace(desk.hands, desk=forgetful, console=console)
    handoff = desk.ask()
    relay = Relay(hands=hands, stopping=threading.Event())
    relay.hand_over()
    relay.aside.finish()
    assert (console.told, desk.topics()) == ([handoff.id], ["handoff.expire"])


def test_what_a_worker_failed_at_does_not_end_in_redis(desk, relay, consumer, clean_redis):
    desk.ask()
    relay.hand_over()
    HANDS.set(None)  # nothing to work with: the job raises before anything is recorded
    with pytest.raises(AttributeError):
        consumer.take_one()
    HANDS.set(desk.hands)
    desk.world.pass_time(seconds=31)
    relay.hand_over()
    consumer.take_one()
    assert desk.topics() == ["handoff.expire"]
