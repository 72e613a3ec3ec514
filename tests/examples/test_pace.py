"""The agents are calm, and wide awake after a restart."""

import threading

import pytest
from desk import Agent, Courier, Pace
from ledger import Ledger

PACE = Pace(first=2, most=9, seconds=30)


def test_the_first_cases_come_at_once():
    assert [PACE.gap(number) for number in (0, 1)] == [0, 0]


def test_then_one_comes_every_20_to_40_seconds():
    gaps = [PACE.gap(number) for number in range(2, 60)]
    assert (min(gaps), max(gaps)) == (20, 40)


class Slow:
    """Take up cases, and finish none before it may."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.may_end = threading.Event()

    def __call__(self, courier, case):
        self.taken.append(case["id"])
        self.may_end.wait()


def ids(*names):
    return iter([{"id": name} for name in names])


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.jsonl") as made:
        yield made


@pytest.fixture
def slept():
    return []


@pytest.fixture
def agent(ledger, slept):
    """Give an agent that notes its sleeps instead of sleeping, and ends each case at once."""
    courier = Courier(client=None, ledger=ledger, sleep=slept.append)
    handled = Slow()
    handled.may_end.set()
    return Agent(courier=courier, pace=PACE, key_of=lambda case: case["id"], handle=handled)


def test_a_new_case_waits_its_turn(agent, slept):
    agent.work(ids("c0", "c1", "c2"))
    assert slept == [0, 0, PACE.gap(2)]


def test_what_was_open_before_a_restart_goes_on_at_once(agent, ledger, slept):
    for name in ("c0", "c1", "c2"):
        ledger.note("asked", name)
    agent.work(ids("c0", "c1", "c2"))
    assert slept == []


def test_a_restart_brings_no_second_rush(agent, ledger, slept):
    for name in ("c0", "c1", "c2"):
        ledger.note("closed", name)
    agent.work(ids("c0", "c1", "c2", "c3"))
    assert slept == [PACE.gap(3)]


def test_what_is_closed_is_left_alone(agent, ledger):
    ledger.note("closed", "c0")
    agent.work(ids("c0", "c1"))
    assert agent.handle.taken == ["c1"]


def test_no_more_cases_are_open_than_the_pace_allows(agent):
    agent.handle.may_end.clear()
    agent.pace = Pace(first=2, most=2, seconds=0)
    working = threading.Thread(target=agent.work, args=[ids("c0", "c1", "c2")])
    working.start()
    working.join(timeout=0.1)
    assert agent.handle.taken == ["c0", "c1"]
    agent.handle.may_end.set()
    working.join()
    assert agent.handle.taken == ["c0", "c1", "c2"]
