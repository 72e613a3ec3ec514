"""What is taken back locks its counters in the order of everybody else, so that two never wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from tests.makers import POLICY, SURE, drafted, pay, policy, submission
from tests.services.scene import Scene, meanwhile, together
from tests.waiting import until
from webapp.domain.case import draws
from webapp.domain.handoff import Handoff, Status
from webapp.domain.limits import CounterKey
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.stop import Scope
from webapp.keyring import Keyring
from webapp.services import resumption, stops
from webapp.services.loops import lock_key
from webapp.store import counters
from webapp.work import open_store, unit_of_work

# what `pay` draws on here sorts before the budget, of which what runs under POLICY holds a share
BOUNDED = POLICY.replace(
    "    rules:\n",
    "    envelope: {rate: 900/day, total: {action: {day: 900 runs}}}\n    rules:\n",
    1,
)
STRICTER = BOUNDED.replace("auto: 0.9", "auto: 1.0")
WATCHED = BOUNDED + "stop_loops: {same_fingerprint: 900/1d}\n"


@pytest.fixture
def scene(postgres_url, world):
    store = open_store(postgres_url, world, Keyring("secret" * 6), database_clock=False)
    yield Scene(store, world)
    store.engine.dispose()


def ask(scene: Scene, key: str) -> Handoff:
    asked = submission(pay(amount=key), confidence=SURE)
    return scene.submit(key, asked, by=scene.spender).handoff


def drawn(scene: Scene, document: str) -> list[CounterKey]:
    """The counters of a handoff of the spender, in the order in which they are locked."""
    handoff = replace(drafted(submission()), agent="spender", agent_id=scene.spender.id)
    return sorted({draw.key for draw in draws(handoff, policy(document), scene.world.now())})


def in_turn(
    scene: Scene, first: list[CounterKey], rest: list[CounterKey], job: Callable[[], Any]
) -> Any:
    """Lock counters one after the other, with `job` coming in between; give the error in which the job ends."""
    with ExitStack() as stack:
        with unit_of_work(scene.store) as work:
            counters.lock(work, first)
            beside = stack.enter_context(meanwhile(job))
            until(lambda: scene.read(waiting_for_a_lock) == 1, "the other to want what is locked")
            counters.lock(work, rest)
        return beside.exception(30)


def waiting_for_a_lock(work):
    return work.run(text("select count(*) from pg_locks where not granted")).scalar_one()


def test_a_recall_waits_for_its_first_counter_before_it_holds_another(scene):
    unasked = ask(scene, "1")
    scene.publish(STRICTER)
    first, *rest = drawn(scene, STRICTER)
    found = in_turn(scene, [first], rest, lambda: scene.redeem(unasked, by=scene.spender))
    assert isinstance(found, PolicyChanged)
    assert scene.now(unasked).status is Status.PENDING


def test_what_a_stop_made_void_waits_for_what_is_watched_before_it_holds_a_counter(scene):
    unasked = ask(scene, "1")
    scene.publish(WATCHED)
    scene.world.pass_time(minutes=1)
    stop = scene.transact(stops.stop, Scope.ACTION, "pay", "It pays twice", "ann")
    scene.transact(stops.resume, stop.id, "ann")
    watched, all_drawn = [lock_key(scene.spender.id)], drawn(scene, WATCHED)

    def take_up():
        return scene.transact(resumption.take_up, stop.id, unasked.id)

    assert in_turn(scene, watched, all_drawn, take_up) is None
    assert scene.faults() == []


def test_recalls_and_submissions_over_the_same_counters_all_come_to_an_end(scene):
    for round_ in range(8):
        scene.publish(POLICY)
        unasked = [ask(scene, f"{round_}:{n}") for n in range(10)]
        scene.publish(STRICTER)
        jobs = [lambda one=one: scene.redeem(one, by=scene.spender) for one in unasked]
        beside = [f"beside {round_}:{n}" for n in range(10)]
        jobs += [lambda key=key: ask(scene, key) for key in beside]
        found = together(*jobs)
        assert {type(one) for one in found} == {PolicyChanged, Handoff}
    assert scene.faults() == []
