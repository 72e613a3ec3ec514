"""Stopping: what was acknowledged holds, because redeeming and stopping exclude each other."""

from concurrent.futures import wait
from contextlib import ExitStack
from datetime import timedelta

import pytest

from tests.makers import SURE, pay, submission
from tests.services.scene import meanwhile, together
from webapp.domain.decision import Role
from webapp.domain.errors import Forbidden, NotFound, SubmissionInvalid
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import PermitUnusable, Stopped, StoppedSince
from webapp.domain.stop import Scope, Stage
from webapp.domain.uses import SCALE
from webapp.services import resumption, stops
from webapp.services.expire import end_if_due
from webapp.services.redeem import redeem
from webapp.services.withdraw import withdraw
from webapp.store import tables
from webapp.work import unit_of_work

A_WHILE = 0.3  # seconds in which what does not wait would be done


def halt(scene, scope=Scope.GLOBAL, name=None):
    return scene.transact(stops.stop, scope, name, "It loops", "ann@example.org")


def let_go(scene, stop, to=None):
    """Lift a stop a while later, and do what the worker is asked to."""
    scene.world.pass_time(minutes=10)
    lifted = scene.transact(stops.resume, stop.id, "ann@example.org", to)
    for handoff_id in scene.read(resumption.affected, stop.id, ""):
        scene.transact(resumption.take_up, stop.id, handoff_id)
    return lifted


@pytest.mark.parametrize(
    ("scope", "name"),
    [(Scope.GLOBAL, None), (Scope.AGENT, "payer"), (Scope.ACTION, "pay"), (Scope.ACTION, "p.*")],
)
def test_what_is_stopped_does_not_start(scene, scope, name):
    done = scene.approved()
    scene.world.pass_time(minutes=1)
    halt(scene, scope, name)
    if name == "p.*":
        assert scene.redeem(done).status is Status.RUNNING
        return
    with pytest.raises(Stopped):
        scene.redeem(done)


def test_what_people_had_approved_before_a_stop_goes_to_people_again(scene):
    done = scene.approved()
    scene.world.pass_time(minutes=1)
    let_go(scene, halt(scene))
    now = scene.now(done)
    assert (now.status, now.votes, now.permit) == (Status.PENDING, (), None)
    assert scene.redeem(scene.decide(now)).status is Status.RUNNING
    assert scene.faults() == []


def test_what_policy_had_approved_before_a_stop_gets_a_new_permit(scene):
    done = scene.ask(asked=submission(confidence=SURE))
    scene.world.pass_time(minutes=1)
    let_go(scene, halt(scene))
    now = scene.now(done)
    assert now.status is Status.APPROVED
    assert now.permit.id != done.permit.id
    with pytest.raises(PermitUnusable):
        scene.redeem(done)
    assert scene.redeem(now).status is Status.RUNNING
    assert scene.faults() == []


def test_nobody_gets_a_key_of_another_team_s_agent_by_stopping_it(scene):
    made = halt(scene, Scope.AGENT, "payer")
    stranger = scene.user("sam", "support", Role.ADMIN)
    with pytest.raises(Forbidden):
        scene.transact(stops.rotate, made.id, stranger)
    name, key = scene.transact(stops.rotate, made.id, scene.user("pat", role=Role.ADMIN))
    assert (name, key.secret[:3]) == ("payer", "hr_")
    with pytest.raises(NotFound):
        scene.transact(stops.rotate, halt(scene).id, stranger)


def test_an_old_permit_is_void_also_before_the_worker_has_looked(scene):
    done = scene.approved()
    scene.world.pass_time(minutes=1)
    made = halt(scene)
    scene.transact(stops.resume, made.id, "ann")
    scene.world.pass_time(seconds=1)
    with pytest.raises(StoppedSince):
        scene.redeem(done)
    assert scene.now(done).status is Status.PENDING


def test_what_a_stop_held_back_is_routed_afresh(scene):
    made = halt(scene)
    asked = scene.ask(asked=submission(confidence=SURE))
    assert asked.status is Status.PENDING
    let_go(scene, made)
    assert scene.now(asked).status is Status.APPROVED


def test_a_stop_lifted_in_stages_lets_people_s_approvals_run_first(scene):
    made = halt(scene)
    held = scene.ask(asked=submission(confidence=SURE))
    let_go(scene, made, Stage.SUPERVISED)
    now = scene.now(held)
    assert [reason.code for reason in now.verdict.reasons] == ["resuming"]
    assert scene.redeem(scene.decide(now)).status is Status.RUNNING
    waiting = scene.ask("pay:2", asked=submission(confidence=SURE))
    assert waiting.status is Status.PENDING
    let_go(scene, made)
    assert scene.now(waiting).status is Status.APPROVED
    assert scene.faults() == []


def test_what_people_approve_under_a_stop_runs_once_it_is_lifted(scene):
    asked = scene.ask()
    scene.world.pass_time(minutes=1)
    made = halt(scene)
    scene.world.pass_time(minutes=1)
    done = scene.decide(asked)
    let_go(scene, made)
    assert scene.redeem(scene.now(done)).status is Status.RUNNING


def test_deadlines_stand_still_under_a_stop(scene):
    asked = scene.ask()
    left = asked.deadline_at - scene.world.now()
    scene.world.pass_time(minutes=1)
    made = halt(scene)
    scene.world.pass_time(hours=48)
    assert scene.transact(end_if_due, Topic.EXPIRE, asked.id) is None
    assert scene.now(asked).status is Status.PENDING
    let_go(scene, made)
    assert scene.now(asked).deadline_at - scene.world.now() == left - timedelta(minutes=1)
    scene.world.pass_time(hours=48)
    assert scene.transact(end_if_due, Topic.EXPIRE, asked.id).status is Status.EXPIRED


def test_people_decide_under_a_stop_what_would_have_expired_without_it(scene):
    asked = scene.ask()
    scene.world.pass_time(minutes=1)
    halt(scene)
    scene.world.pass_time(hours=48)
    assert scene.decide(asked, Verb.DENY).status is Status.DENIED


def test_taking_up_twice_changes_nothing_the_second_time(scene):
    made = halt(scene)
    asked = scene.ask(asked=submission(confidence=SURE))
    let_go(scene, made)
    scene.world.pass_time(seconds=1)
    before = scene.events(asked)
    assert scene.transact(resumption.take_up, made.id, asked.id) is None
    assert scene.events(asked) == before


def test_a_share_of_a_budget_survives_a_stop_once(scene):
    spender = submission(pay(amount="5.00"), confidence=SURE)
    asked = scene.submit("s", spender, by=scene.spender).handoff
    scene.world.pass_time(minutes=1)
    let_go(scene, halt(scene))
    again = scene.now(asked)
    assert again.status is Status.APPROVED
    assert [row.value for row in scene.rows(tables.counters) if row.value] == [10 * SCALE]
    scene.transact(withdraw, scene.spender, asked.id)
    assert [row.value for row in scene.rows(tables.counters) if row.value] == []


def test_the_last_start_is_known_for_a_drill(scene):
    scene.redeem(scene.approved())
    began = scene.world.now()
    scene.world.pass_time(minutes=1)
    assert scene.read(stops.last_start, halt(scene)) == began
    assert scene.read(stops.last_start, halt(scene, Scope.ACTION, "other.*")) is None


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
