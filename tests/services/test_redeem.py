"""Redeeming: what was approved starts once, unless something has come in between."""

import pytest

from tests.makers import ANN, BOB, POLICY, SURE, pay, submission
from tests.services.scene import together
from webapp.domain.errors import NotAnApprover, NotFound, VerbNotAllowed
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import (
    AlreadyRedeemed,
    FingerprintMismatch,
    PermitExpired,
    PermitUnusable,
    PolicyChanged,
    Stopped,
)
from webapp.domain.stop import Scope
from webapp.domain.verdict import Route
from webapp.services import stops
from webapp.services.expire import end_if_due

TWO = POLICY.replace("count: 1, when_critical", "count: 2, when_critical")
BLOCKED = POLICY.replace("{to: mars}", "{to: carl}")
UNSURE_NOW = POLICY.replace("tiers: {auto: 0.9, review: 0.2}", "tiers: {auto: 1.0, review: 0.6}")
SURER_NOW = POLICY.replace("tiers: {auto: 0.9, review: 0.2}", "tiers: {auto: 1.0, review: 0.2}")


def test_the_permit_starts_what_was_approved(scene):
    ran = scene.running()
    assert (ran.status, scene.now(ran)) == (Status.RUNNING, ran)
    assert scene.events(ran) == ["submitted", "approved", "redeemed"]
    assert [one[0] for one in scene.queue()] == []


def test_what_the_args_of_today_s_policy_refuse_does_not_start_until_they_are_edited(scene):
    done = scene.approved()
    scene.publish(POLICY.replace("amount: {type: [string, number]}", "amount: {type: number}"))
    with pytest.raises(PolicyChanged):
        scene.redeem(done)
    now = scene.now(done)
    assert (now.status, now.verdict.reasons[0].code) == (Status.PENDING, "args_refused")
    with pytest.raises(VerbNotAllowed):
        scene.decide(now)
    edited = scene.decide(now, Verb.EDIT, args={**now.action.args, "amount": 5})
    assert scene.redeem(edited).status is Status.RUNNING
    assert scene.faults() == []


def test_of_fifty_at_once_exactly_one_starts(scene):
    done = scene.approved()
    jobs = [lambda n=n: scene.redeem(done, f"attempt {n}") for n in range(50)]
    found = together(*jobs)
    refused = [one for one in found if isinstance(one, AlreadyRedeemed)]
    assert len(refused) == 49
    assert scene.events(done).count("redeemed") == 1


def test_fifty_who_ask_with_one_key_get_the_one_execution(scene):
    done = scene.approved()
    found = together(*[lambda: scene.redeem(done, "attempt")] * 20)
    assert {one.execution for one in found} == {scene.now(done).execution}


def test_only_the_attempt_itself_may_ask_again(scene):
    done = scene.approved()
    ran = scene.redeem(done, "attempt")
    assert scene.redeem(done, "attempt") == ran
    for key in ("another", None):
        with pytest.raises(AlreadyRedeemed):
            scene.redeem(done, key)


def test_an_attempt_cannot_ask_again_when_its_time_to_run_is_over(scene):
    done = scene.approved()
    scene.redeem(done, "attempt")
    scene.world.pass_time(minutes=15)
    with pytest.raises(AlreadyRedeemed):
        scene.redeem(done, "attempt")


def test_an_unknown_permit_is_not_found(scene):
    done = scene.approved()
    for permit in ("pm_x_1", "pm_", "_", "x", "ho_1", done.id):
        with pytest.raises(NotFound):
            scene.redeem(done, permit=permit)


def test_another_agent_s_permit_is_not_found(scene):
    with pytest.raises(NotFound):
        scene.redeem(scene.approved(), by=scene.spender)


def test_another_action_is_refused_and_the_approved_one_still_runs(scene):
    done = scene.approved()
    with pytest.raises(FingerprintMismatch):
        scene.redeem(done, action=pay(amount="1000.00"))
    assert scene.redeem(done).status is Status.RUNNING


def test_the_agent_s_own_action_does_not_run_after_an_edit(scene):
    asked = scene.ask()
    done = scene.decide(asked, Verb.EDIT, args=pay(amount="5.00").args)
    with pytest.raises(FingerprintMismatch):
        scene.redeem(done, action=asked.action)


def test_the_permit_of_an_approval_that_was_taken_back_stays_void(scene):
    done = scene.approved()
    back = scene.revoke(done)
    with pytest.raises(PermitUnusable):
        scene.redeem(done)
    scene.decide(back, by=BOB)
    with pytest.raises(PermitUnusable):
        scene.redeem(done)


def test_an_approval_that_has_ended_does_not_start_whether_it_was_swept_or_not(scene):
    done = scene.approved()
    scene.world.pass_time(hours=24)
    with pytest.raises(PermitExpired):
        scene.redeem(done)
    scene.transact(end_if_due, Topic.LAPSE, done.id)
    with pytest.raises(PermitExpired):
        scene.redeem(done)
    assert scene.now(done).status is Status.EXPIRED


# --------------------------------------------------------------------------------------------------
# Policy


def test_an_approval_is_recalled_when_policy_wants_more_people_and_that_is_kept(scene):
    done = scene.approved()
    scene.publish(TWO)
    with pytest.raises(PolicyChanged) as caught:
        scene.redeem(done)
    back = scene.now(done)
    assert caught.value.extra["verdict"]["approvals"]["count"] == 2
    assert (back.status, back.votes, back.verdict.policy) == (Status.PENDING, (), 2)
    assert scene.queue() == [("payments", back.id, back.deadline_at)]


def test_a_recalled_approval_runs_when_as_many_agree_as_policy_wants_now(scene):
    done = scene.approved()
    scene.publish(TWO)
    with pytest.raises(PolicyChanged):
        scene.redeem(done)
    half = scene.decide(scene.now(done), by=ANN)
    again = scene.decide(half, by=BOB)
    with pytest.raises(PermitUnusable):
        scene.redeem(done)
    assert scene.redeem(again).status is Status.RUNNING


def test_what_policy_blocks_now_is_recalled_and_can_only_be_changed_or_denied(scene):
    done = scene.approved()
    scene.publish(BLOCKED)
    with pytest.raises(PolicyChanged):
        scene.redeem(done)
    back = scene.now(done)
    assert (back.status, back.verdict.route) == (Status.PENDING, Route.BLOCK)
    with pytest.raises(VerbNotAllowed):
        scene.decide(back)
    edited = scene.decide(back, Verb.EDIT, args=pay(to="zoe").args)
    assert scene.redeem(edited).status is Status.RUNNING


def test_an_approval_is_recalled_when_policy_gives_it_to_other_people(scene):
    done = scene.approved()
    scene.publish(POLICY.replace("from: [payments]", "from: [finance]"))
    with pytest.raises(PolicyChanged):
        scene.redeem(done)
    back = scene.now(done)
    with pytest.raises(NotAnApprover):
        scene.decide(back)
    assert scene.queue() == [("finance", back.id, back.deadline_at)]


def test_a_policy_that_asks_no_more_of_it_recalls_nothing(scene):
    done = scene.approved()
    scene.publish(POLICY.replace("title: Pay\n", "title: Pay somebody\n"))
    assert scene.redeem(done).status is Status.RUNNING


def test_what_a_person_approved_is_not_recalled_for_want_of_confidence(scene):
    done = scene.approved()
    scene.publish(UNSURE_NOW)
    assert scene.redeem(done).status is Status.RUNNING


def test_what_would_have_run_unasked_is_recalled_when_policy_wants_anybody(scene):
    unasked = scene.ask(asked=submission(confidence=SURE))
    scene.publish(SURER_NOW)
    with pytest.raises(PolicyChanged):
        scene.redeem(unasked)
    again = scene.decide(scene.now(unasked))
    assert scene.redeem(again).status is Status.RUNNING


# --------------------------------------------------------------------------------------------------
# Stops


def test_a_stop_refuses_and_leaves_the_approval_as_it_is(scene):
    done = scene.approved()
    stop = scene.transact(stops.stop, Scope.ACTION, "pay", "It pays twice", "ann")
    with pytest.raises(Stopped, match="It pays twice"):
        scene.redeem(done)
    assert scene.now(done) == done
    scene.transact(stops.resume, stop.id, "ann")
    assert scene.redeem(done).status is Status.RUNNING


def test_who_runs_already_may_ask_again_under_a_stop(scene):
    done = scene.approved()
    ran = scene.redeem(done, "attempt")
    scene.transact(stops.stop, Scope.GLOBAL, None, "It pays twice", "ann")
    assert scene.redeem(done, "attempt") == ran
