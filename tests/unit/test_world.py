"""The clock and the chance that the program is handed."""

import re
import threading
from datetime import UTC, timedelta

import pytest

from tests.worlds import FixedWorld
from webapp.world import RealWorld, World, crockford


@pytest.fixture(params=[RealWorld, FixedWorld])
def world(request) -> World:
    return request.param()


def test_the_present_instant_is_aware_and_in_utc(world):
    assert world.now().tzinfo is UTC


def test_an_id_is_its_prefix_and_26_lower_case_characters(world):
    assert re.fullmatch(r"ho_[0-9a-hjkmnp-tv-z]{26}", world.new_id("ho"))


def test_ids_made_one_after_another_sort_in_that_order(world):
    made = [world.new_id("ho") for _ in range(2000)]
    assert made == sorted(set(made))


def test_ids_made_by_threads_at_once_are_distinct(world):
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(world.new_id("ho") for _ in range(200)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1600


def test_tokens_and_entropy_differ_each_time(world):
    made = {world.token(32) for _ in range(50)} | {world.entropy(32) for _ in range(50)}
    assert len(made) == 100


def test_jitter_stays_below_one(world):
    assert all(0 <= world.jitter() < 1 for _ in range(1000))


def test_passing_time_moves_the_fixed_clock_and_the_ids():
    world = FixedWorld()
    before, early = world.now(), world.new_id("ho")
    world.pass_time(hours=2)
    assert world.now() - before == timedelta(hours=2)
    assert world.new_id("ho") > early


def test_numbers_and_their_crockford_text_sort_alike():
    numbers = [0, 1, 31, 32, 2**80, 2**127, 2**128 - 1]
    assert sorted(map(crockford, numbers)) == [crockford(number) for number in numbers]
