"""The watchdog ends what takes too long, and nothing else."""

from __future__ import annotations

import threading
import time

import pytest

from webapp.gateways.watchdog import LOOK, TookTooLong, Watchdog

FOREVER = 30.0  # seconds; never reached


def be_busy() -> None:
    """Be at it for longer than any test is patient."""
    ends, never = time.monotonic() + FOREVER, threading.Event()
    while time.monotonic() < ends:
        never.wait(0.01)


def watching() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "watchdog"]


@pytest.fixture
def watchdog():
    for one in watching():  # of other tests
        one.join(FOREVER)
    return Watchdog()


def test_what_takes_too_long_is_ended_in_the_midst_of_it(watchdog):
    began = time.monotonic()
    with pytest.raises(TookTooLong, match="longer than a job may"), watchdog.over(0.01):
        be_busy()
    assert time.monotonic() - began < FOREVER / 2


def test_what_was_done_in_time_is_left_alone_and_nobody_watches_afterwards(watchdog):
    with watchdog.over(0.01):
        (watcher,) = watching()
    watcher.join(FOREVER)
    assert watching() == []
    with watchdog.over(FOREVER):
        assert len(watching()) == 1


def test_only_the_thread_that_is_late_is_ended(watchdog):
    ended, other = [], threading.Event()

    def late():
        try:
            with watchdog.over(0.01):
                be_busy()
        except TookTooLong:
            ended.append("late")
        other.set()

    with watchdog.over(FOREVER):
        threading.Thread(target=late).start()
        assert len(watching()) == 1
        assert other.wait(FOREVER)
    assert ended == ["late"]


def test_a_thread_goes_on_after_it_was_ended_once(watchdog):
    for _ in range(2):
        with pytest.raises(TookTooLong), watchdog.over(0.01):
            be_busy()
    began = time.monotonic()
    with watchdog.over(FOREVER):
        threading.Event().wait(LOOK * 1.5)
    assert time.monotonic() - began >= LOOK
