"""A neighbour that hangs has some of our threads, never all: what is for others goes on meanwhile."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.receiver import LOOPBACK, echo, receiver
from tests.services.scene import together
from tests.worker.office import ANA, NOWHERE, POLICY, office, until
from tests.worker.test_callback import BOSS
from webapp.services import accounts, policies
from webapp.verification import register, verify
from worker.aside import THREADS
from worker.doors import HANGS, MOST, MOST_HANGING, PAUSE, Crowded, Doors, host_of
from worker.relay import Relay

WAITING = 50
OTHER = "  other: {owner: payments, autonomy: {start: standard, max: standard}}\nactions:"


class Hanging:
    """An endpoint that answers nobody until it is let go."""

    def __init__(self, hook) -> None:
        self.begun, self.ended = 0, 0
        self._lock, self._over = threading.Lock(), threading.Event()
        hook.answers.extend([self.hang] * 1000)

    def hang(self, to) -> None:
        with self._lock:
            self.begun += 1
        self._over.wait(60)
        with self._lock:
            self.ended += 1
        echo(to)

    def let_go(self) -> None:
        self._over.set()


@contextmanager
def two_agents(database_url):
    """A desk without Redis, whose relay makes the calls itself; each agent has an endpoint."""
    with (
        office(database_url, NOWHERE, HANDRAIL_ALLOW_NETWORKS=LOOPBACK) as desk,
        receiver() as first,
        receiver() as second,
    ):
        text = POLICY.replace("actions:", OTHER)
        desk.desk.transact(lambda work: policies.publish(work, text, ANA.email))
        _, key = desk.desk.transact(lambda work: accounts.add_agent(work, "other", "payments"))
        for name, hook in (("refunder", first), ("other", second)):
            register(desk.desk, name, hook.url, None, BOSS)
            verify(desk.desk, name, BOSS)
        yield desk, first, second, key.secret


def test_an_endpoint_that_hangs_keeps_no_other_agent_waiting(database_url):
    with two_agents(database_url) as (desk, first, second, key):
        hanging = Hanging(first)
        relay = Relay(hands=desk.hands, stopping=threading.Event())
        for _ in range(WAITING):
            desk.approve(desk.ask())
        desk.key = key
        desk.approve(desk.ask())
        arrived = until(lambda: relay.hand_over() is not None and second.events)
        seen = hanging.begun, hanging.ended
        hanging.let_go()
        relay.aside.finish()
        assert arrived
        assert seen == (MOST, 0)


def test_what_finds_no_room_is_no_try_and_comes_again(database_url):
    with two_agents(database_url) as (desk, first, _, _):
        handoff = desk.approve(desk.ask())
        with crowd_at(desk.hands.doors, host_of(first.url)):
            relay = Relay(hands=desk.hands, stopping=threading.Event())
            relay.hand_over()
            relay.aside.finish()
        assert first.events == []
        desk.world.pass_time(seconds=PAUSE + 1)
        relay = Relay(hands=desk.hands, stopping=threading.Event())
        relay.hand_over()
        relay.aside.finish()
        assert [one.json["data"]["id"] for one in first.events] == [handoff.id]


@contextmanager
def crowd_at(doors: Doors, neighbour: str):
    """Fill a door with calls that have been under way for long."""
    doors.door(neighbour).inside.extend([0.0] * MOST)
    yield
    doors.door(neighbour).inside.clear()


def test_who_finds_no_room_waits_while_those_inside_are_quick():
    doors, order, full = Doors(), [], threading.Barrier(MOST + 1)
    go = threading.Event()

    def call(name):
        with doors.through("there"):
            full.wait()
            go.wait()
            order.append(name)

    def late():
        full.wait()
        go.set()
        with doors.through("there"):
            order.append("late")

    together(*[lambda n=n: call(n) for n in range(MOST)], late)
    assert len(order) == MOST + 1


def test_those_who_are_sent_away_come_again_one_after_the_other():
    doors, pauses = Doors(), []
    with crowd_at(doors, "there"):
        for _ in range(3):
            with pytest.raises(Crowded) as refused, doors.through("there"):
                pass
            pauses.append(refused.value.after)
    assert pauses[0] >= timedelta(seconds=PAUSE)
    assert pauses == sorted(pauses)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_neighbours_that_hang_do_not_have_all_threads_between_them():
    clock = Clock()
    doors = Doors(clock)
    for name in ("one", "two"):
        doors.door(name).inside.extend([clock.now] * (MOST_HANGING // 2))
    with doors.through("one"):
        pass
    clock.now += HANGS + 1
    with pytest.raises(Crowded), doors.through("one"):
        pass
    with doors.through("well"):
        pass
    assert MOST_HANGING < THREADS


def test_who_has_hung_is_known_to_until_a_call_there_is_over_soon():
    clock = Clock()
    doors = Doors(clock)
    with doors.through("late"):
        clock.now += HANGS + 1
    doors.door("other").inside.extend([0.0] * MOST_HANGING)
    with pytest.raises(Crowded), doors.through("late"):
        pass
    doors.door("other").inside.pop()
    with doors.through("late"):
        doors.door("other").inside.append(0.0)
    with doors.through("late"):
        pass


def test_a_door_is_for_one_neighbour():
    doors = Doors()
    with crowd_at(doors, "there"), doors.through("elsewhere"):
        pass
    assert MOST < THREADS
    assert host_of("https://user@example.org:8443/hook") == "example.org:8443"
