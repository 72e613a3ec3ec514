"""Stopping: what was acknowledged holds, because redeeming and stopping exclude each other."""

from concurrent.futures import wait
from contextlib import ExitStack

import pytest

from tests.makers import SURE, submission
from tests.services.scene import meanwhile, together
from webapp.domain.errors import NotFound, Stopped, SubmissionInvalid
from webapp.domain.handoff import Status
from webapp.domain.stop import Scope
from webapp.services import stops
from webapp.services.redeem import redeem
from webapp.work import unit_of_work

A_WHILE = 0.3  # seconds in which what does not wait would be done


def halt(scene, scope=Scope.GLOBAL, name=None):
    return scene.transact(stops.stop, scope, name, "It loops", "ann@example.org")


@pytest.mark.parametrize(
    ("scope", "name"),
    [(Scope.GLOBAL, None), (Scope.AGENT, "payer"), (Scope.ACTION, "pay"), (Scope.ACTION, "pay.*")],
)
def test_what_is_stopped_does_not_start_until_it_is_resumed(scene, scope, name):
    done = scene.approved()
    halt(scene, scope, name)
    covers = name != "pay.*"
    if covers:
        with pytest.raises(Stopped):
            scene.redeem(done)
    assert scene.transact(stops.resume_scope, scope, name, "ann") == 1
    assert scene.redeem(done).status is Status.RUNNING


def test_what_would_run_unasked_is_put_before_people_under_a_stop(scene):
    halt(scene, Scope.AGENT, "payer")
    asked = scene.ask(asked=submission(confidence=SURE))
    assert asked.status is Status.PENDING
    assert [reason.code for reason in asked.verdict.reasons] == ["stopped"]


def test_a_stop_of_another_agent_stands_in_nobody_s_way(scene):
    halt(scene, Scope.AGENT, "spender")
    assert scene.ask(asked=submission(confidence=SURE)).status is Status.APPROVED
    assert scene.running("pay:2").status is Status.RUNNING


def test_stops_add_up_and_are_lifted_one_by_one(scene):
    done = scene.approved()
    first, second = halt(scene), halt(scene, Scope.ACTION, "pay")
    assert scene.read(stops.in_force) == (first, second)
    scene.transact(stops.resume, first.id, "ann")
    with pytest.raises(Stopped):
        scene.redeem(done)
    with pytest.raises(NotFound):
        scene.transact(stops.resume, first.id, "ann")


def test_a_stop_that_would_cover_nothing_is_not_acknowledged(scene):
    slips = {
        Scope.GLOBAL: ["payer"],
        Scope.AGENT: [None, "payr"],
        Scope.ACTION: [None, "*", "pay*", "Pay", ".*"],
    }
    for scope, name in [(scope, name) for scope, names in slips.items() for name in names]:
        with pytest.raises(SubmissionInvalid) as caught:
            halt(scene, scope, name)
        assert caught.value.problems[0].pointer == "/name"
    assert scene.read(stops.in_force) == ()


def test_a_stop_says_why(scene):
    with pytest.raises(SubmissionInvalid):
        scene.transact(stops.stop, Scope.GLOBAL, None, " ", "ann")


def test_a_stop_waits_for_what_is_starting(scene):
    done = scene.approved()
    with ExitStack() as stack:
        with unit_of_work(scene.store) as work:
            redeem(work, scene.payer, done.permit.id, done.action, "once")
            stopping = stack.enter_context(meanwhile(lambda: halt(scene)))
            assert not wait([stopping], A_WHILE).done
        assert stopping.result(30).scope is Scope.GLOBAL
    assert scene.now(done).status is Status.RUNNING


def test_what_comes_while_a_stop_is_written_waits_and_is_refused(scene):
    done = scene.approved()
    with ExitStack() as stack:
        with unit_of_work(scene.store) as work:
            stops.stop(work, Scope.GLOBAL, None, "It loops", "ann")
            starting = stack.enter_context(meanwhile(lambda: scene.redeem(done)))
            assert not wait([starting], A_WHILE).done
        assert isinstance(starting.exception(30), Stopped)
    assert scene.now(done).status is Status.APPROVED


def test_nothing_starts_after_a_stop_was_acknowledged(scene):
    for round_ in range(5):
        ready = [scene.approved(f"pay:{round_}:{n}") for n in range(8)]

        def stop_and_count():
            made = halt(scene)
            return made, scene.running_count()

        found = together(stop_and_count, *[lambda one=one: scene.redeem(one) for one in ready])
        made, running_then = found[0]
        assert scene.running_count() == running_then
        assert all(isinstance(one, Stopped) or one.execution for one in found[1:])
        scene.transact(stops.resume, made.id, "ann")
