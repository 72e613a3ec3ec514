"""Budgets: what runs unasked is charged exactly, also where many ask at once."""

from dataclasses import replace

import pytest

from tests.makers import POLICY, SURE, UNSURE, drafted, pay, policy, submission
from tests.services.scene import together
from webapp.domain.case import draws
from webapp.domain.errors import ArgsInvalid
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.uses import SCALE
from webapp.services.expire import end_if_due
from webapp.services.report import report
from webapp.services.revise import revise
from webapp.services.withdraw import withdraw
from webapp.store import counters as store

DEAR = POLICY.replace("cost: 10", "cost: 99")


def ask(scene, key, **given):
    asked = submission(pay(amount=key), **{"confidence": SURE, **given})
    return scene.submit(key, asked, by=scene.spender).handoff


def spent(scene):
    """How much of today's budget the spender has used, in risk units."""
    handoff = replace(drafted(submission()), agent="spender", agent_id=scene.spender.id)
    [draw] = draws(handoff, policy(), scene.world.now())
    return scene.read(store.read, draw.key) // SCALE


def test_the_budget_is_spent_exactly_by_eight_at_once(scene):
    def spend(who):
        return [ask(scene, f"{who}:{n}").status for n in range(3)]

    found = [one for some in together(*[lambda n=n: spend(n) for n in range(8)]) for one in some]
    assert found.count(Status.APPROVED) == 10
    assert found.count(Status.PENDING) == 14
    assert spent(scene) == 100


def test_only_what_runs_unasked_is_charged(scene):
    ask(scene, "unsure", confidence=UNSURE)
    with pytest.raises(ArgsInvalid):
        scene.submit("x", submission(pay(amount=None)), by=scene.spender)
    assert spent(scene) == 0
    ask(scene, "sure")
    assert spent(scene) == 10


def test_the_same_ask_again_is_not_charged_again(scene):
    for _ in range(3):
        ask(scene, "once")
    together(*[lambda: ask(scene, "at once")] * 8)
    assert spent(scene) == 20


def test_what_a_person_approves_edits_and_redeems_is_not_charged(scene):
    first = ask(scene, "1", confidence=UNSURE)
    second = ask(scene, "2", confidence=UNSURE)
    scene.redeem(scene.decide(first), by=scene.spender)
    scene.decide(second, Verb.EDIT, args=pay(amount="1.00").args)
    assert spent(scene) == 0


def test_a_revision_that_runs_unasked_is_charged(scene):
    asked = ask(scene, "1", confidence=UNSURE)
    again = submission(pay(amount="9.00"), confidence=SURE)
    assert scene.transact(revise, scene.spender, asked.id, again).status is Status.APPROVED
    assert spent(scene) == 10


def test_a_budget_that_is_used_up_recalls_nothing(scene):
    unasked = [ask(scene, str(n)) for n in range(10)]
    scene.publish(DEAR)
    assert scene.redeem(unasked[0], by=scene.spender).status is Status.RUNNING
    assert ask(scene, "one more").status is Status.PENDING


def test_the_budget_renews_at_midnight_in_the_policy_s_time_zone(scene):
    for n in range(10):
        ask(scene, f"monday {n}")
    scene.world.pass_time(hours=13, minutes=59)  # 23:59 in Berlin
    assert ask(scene, "too late").status is Status.PENDING
    scene.world.pass_time(minutes=1)
    assert ask(scene, "tuesday").status is Status.APPROVED
    assert spent(scene) == 10


def test_what_never_began_gives_its_share_back_and_what_began_keeps_it_however_it_ended(scene):
    unasked = [ask(scene, str(n)) for n in range(5)]
    withdrawn, failed, unknown, ran, waiting = unasked
    scene.transact(withdraw, scene.spender, withdrawn.id)
    for one, ended in ((failed, Status.FAILED), (unknown, Status.UNKNOWN), (ran, Status.SUCCEEDED)):
        scene.redeem(one, by=scene.spender)
        scene.transact(report, scene.spender, one.id, ended, {"status": ended.value})
    assert (waiting.status, spent(scene)) == (Status.APPROVED, 40)


def test_an_agent_that_says_of_each_run_that_it_failed_has_no_more_than_its_limit(scene):
    runs = 0
    for n in range(20):
        one = ask(scene, str(n))
        if one.status is not Status.APPROVED:
            break
        scene.redeem(one, by=scene.spender)
        scene.transact(report, scene.spender, one.id, Status.FAILED, {"status": "failed"})
        runs += 1
    assert (runs, spent(scene)) == (10, 100)


def test_an_approval_that_lapses_gives_its_share_back(scene):
    unasked = ask(scene, "1")
    assert spent(scene) == 10
    scene.world.pass_time(hours=24)
    assert scene.transact(end_if_due, Topic.LAPSE, unasked.id).status is Status.EXPIRED
    assert spent(scene) == 0


def test_an_approval_that_policy_recalls_gives_its_share_back(scene):
    unasked = ask(scene, "1")
    scene.publish(POLICY.replace("auto: 0.9", "auto: 1.0"))
    with pytest.raises(PolicyChanged):
        scene.redeem(unasked, by=scene.spender)
    scene.redeem(scene.decide(scene.now(unasked)), by=scene.spender)
    assert spent(scene) == 0
