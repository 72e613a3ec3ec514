"""Wake-ups: who waits learns of a change at once, and never later than it would have looked anyway."""

import subprocess
import sys
import tracemalloc

import pytest
from redis import Redis

from tests.gateways.conftest import listening
from tests.servers import PATIENCE
from tests.worker.office import until
from webapp.gateways.wakeups import PEOPLE, Wakeups

CHANGE = {"ho_1": "ag_1"}
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def here(processes, redis_url):
    return processes(redis_url)


@pytest.fixture
def elsewhere(processes, redis_url):
    return processes(redis_url)


@pytest.mark.parametrize("topic", ["ho_1", "ag_1", PEOPLE])
def test_a_change_in_another_process_wakes_who_waits_for_it(here, elsewhere, topic):
    with listening(here, topic) as waiter:
        elsewhere.publish(CHANGE)
        assert waiter.wait(PATIENCE) is True


@pytest.mark.parametrize("topic", ["ho_1", "ag_1", PEOPLE])
def test_a_change_in_this_process_wakes_at_once(here, topic):
    with listening(here, topic) as waiter:
        here.publish(CHANGE)
        assert waiter.wait(0) is True


def test_what_changes_between_registering_and_waiting_is_not_missed(here, elsewhere):
    with listening(here, PEOPLE) as any_change, here.waiting("ho_1") as waiter:
        elsewhere.publish(CHANGE)
        assert any_change.wait(PATIENCE)
        assert waiter.wait(0) is True


def test_nobody_is_woken_for_what_they_do_not_wait_for(here, elsewhere):
    with listening(here, "ho_1") as waiter, here.waiting("ho_2", "ag_2") as other:
        elsewhere.publish(CHANGE)
        assert waiter.wait(PATIENCE)
        assert other.wait(0) is False


def test_a_change_wakes_once(here, elsewhere):
    with listening(here, "ag_1") as waiter, here.waiting("ho_2") as later:
        here.publish(CHANGE)
        assert waiter.wait(0)
        elsewhere.publish({"ho_2": "ag_2"})  # heard after the echo of the first
        assert later.wait(PATIENCE)
        assert waiter.wait(0) is False


def test_who_left_is_forgotten(here):
    with listening(here, "ho_1", "ag_1"):
        pass
    assert here._waiters == {}  # noqa: SLF001 — what must not grow is not to be seen otherwise


def test_what_others_write_on_the_channel_does_no_harm(here, elsewhere, redis_url):
    with listening(here, "ho_1") as waiter:
        for text in ("no json", "7", '[["one"]]', b"\xff", "[" * 100_000):
            elsewhere._line.publish("handrail.changed", text)  # noqa: SLF001
            assert waiter.wait(PATIENCE)
        elsewhere.publish(CHANGE)
        assert waiter.wait(PATIENCE)


def test_without_redis_this_process_is_still_woken_at_once(processes):
    alone = processes(NOWHERE)
    with alone.waiting("ho_1") as waiter:
        while waiter.wait(0):
            pass
        alone.publish(CHANGE)
        assert waiter.wait(0) is True


def test_without_redis_who_waits_looks_again_every_two_seconds(processes):
    alone = processes(NOWHERE)
    with alone.waiting("ho_1") as waiter:
        assert [waiter.wait(4), waiter.wait(4), waiter.wait(4)] == [True, True, True]


def test_what_changed_while_redis_was_away_wakes_when_it_is_back(processes, server):
    server.start()
    here, elsewhere = processes(server.url), processes(server.url)
    with listening(here, "ho_1") as waiter:
        server.kill()
        elsewhere.publish(CHANGE)
        server.start()
        assert waiter.wait(PATIENCE)
        with listening(elsewhere, "ho_2"):
            elsewhere.publish(CHANGE)
            assert waiter.wait(PATIENCE)


def test_who_could_not_publish_makes_up_for_it_by_itself(processes, server):
    processes(server.url).publish(CHANGE)
    server.start()
    with Redis.from_url(server.url) as redis:
        assert until(lambda: "cmdstat_publish" in redis.info("commandstats"))


def test_ten_thousand_waiters_cost_less_than_two_kib_each(here):
    waiters = []
    with listening(here, PEOPLE):
        tracemalloc.start()
        waiters.extend(here.waiting(f"ho_{number}").__enter__() for number in range(10_000))
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for waiter in waiters:
            waiter.__exit__(None, None, None)
    assert used / 10_000 < 2048


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys, threading
from webapp.gateways.wakeups import Wakeups
wakeups = Wakeups(sys.argv[1])
woken = []
def wait(number):
    with wakeups.waiting(f"ho_{number}") as waiter:
        ready.release()
        woken.append(waiter.wait(10))
ready = threading.Semaphore(0)
threads = [threading.Thread(target=wait, args=(number,)) for number in range(500)]
with wakeups.waiting("ho_0") as waiter: waiter.wait(10)  # the subscription stands
for thread in threads: thread.start()
for _ in threads: ready.acquire()
sys.stdout.write("ready\\n"); sys.stdout.flush()
for thread in threads: thread.join()
print(woken.count(True))
"""
FORKED = """
import os, sys
from webapp.gateways.wakeups import Wakeups
wakeups = Wakeups(sys.argv[1])
with wakeups.waiting("ho_0") as waiter: waiter.wait(10)
if os.fork():
    os.wait(); sys.exit()
with wakeups.waiting("ho_1") as waiter:
    waiter.wait(10)
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    print(int(waiter.wait(10)))
"""


@pytest.mark.parametrize(("program", "said"), [(GREENLETS, "500"), (FORKED, "1")])
def test_wake_ups_reach_greenlets_and_forked_processes(redis_url, elsewhere, program, said):
    command = [sys.executable, "-c", program, redis_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        for number in range(500):
            elsewhere.publish({f"ho_{number}": "ag_1"})
        assert process.stdout.read().strip() == said


def test_closing_ends_the_subscription(redis_url):
    wakeups = Wakeups(redis_url)
    with listening(wakeups, PEOPLE):
        wakeups.close()
    assert wakeups._subscription._runs() is False  # noqa: SLF001
