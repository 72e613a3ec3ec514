"""Loops: what repeats itself, keeps failing or was denied before is put before a person, exactly."""

from datetime import timedelta

import pytest

from tests.makers import POLICY, SURE, pay, question, submission
from tests.services.scene import together
from webapp.domain.action import Action
from webapp.domain.errors import ArgsInvalid, EditRefused
from webapp.domain.handoff import Status, Verb
from webapp.services.revise import revise
from webapp.store import attempts, tables
from webapp.store.engine_tables import attempts as table

WATCHED = POLICY.replace("    title: Pay\n", "    title: Pay\n    target: /to\n")


def watch(scene, *lines, text=WATCHED):
    scene.publish(text + "stop_loops:\n" + "".join(f"  {line}\n" for line in lines))


def ask(scene, key, action=None, **given):
    return scene.ask(key, submission(action, **{"confidence": SURE, **given}))


def codes(handoff):
    return [reason.code for reason in handoff.verdict.reasons]


def run(scene, key, status, action=None):
    handoff = scene.redeem(ask(scene, key, action))
    return scene.report(handoff, status)


# ---------------------------------------------------------------------------------------------------------------------
# The same again


def test_the_same_action_under_other_keys_is_stopped_at_the_number_that_the_policy_says(scene):
    watch(scene, "same_fingerprint: 3/10m")
    asked = [ask(scene, f"pay:{n}") for n in range(4)]
    assert [one.status.value for one in asked] == ["approved", "approved", "pending", "pending"]
    assert codes(asked[2]) == ["loop_repeated"]


def test_the_same_key_again_is_no_new_ask(scene):
    watch(scene, "same_fingerprint: 2/10m")
    for _ in range(5):
        assert ask(scene, "pay:1").status is Status.APPROVED
    together(*[lambda: ask(scene, "pay:2", pay("bob"))] * 8)
    assert scene.count(table) == 2


def test_the_window_slides(scene):
    watch(scene, "same_fingerprint: 3/10m")
    for minutes in (0, 6, 6):
        scene.world.pass_time(minutes=minutes)
        assert ask(scene, f"after {scene.world.now()}").status is Status.APPROVED
    scene.world.pass_time(minutes=3)
    assert codes(ask(scene, "the third in nine minutes")) == ["loop_repeated"]


def test_another_action_and_another_agent_are_no_repetition(scene):
    watch(scene, "same_fingerprint: 2/10m")
    assert ask(scene, "1").status is Status.APPROVED
    assert ask(scene, "2", pay(amount="11.00")).status is Status.APPROVED
    other = scene.submit("1", submission(confidence=SURE), by=scene.spender)
    assert other.handoff.status is Status.APPROVED


def test_exactly_the_first_run_unasked_where_sixteen_ask_at_once(scene):
    watch(scene, "same_fingerprint: 4/10m")
    found = together(*[lambda n=n: ask(scene, f"pay:{n}").status for n in range(16)])
    assert (found.count(Status.APPROVED), found.count(Status.PENDING)) == (3, 13)


def test_nothing_is_counted_without_the_key(scene):
    for n in range(6):
        run(scene, f"pay:{n}", Status.FAILED)
    scene.decide(scene.ask("denied"), Verb.DENY)
    assert scene.count(table) == 0


# ---------------------------------------------------------------------------------------------------------------------
# Failing


def test_failures_in_a_row_put_the_next_one_before_a_person(scene):
    watch(scene, "failures: 3/1h")
    for n in range(3):
        run(scene, f"pay:{n}", Status.FAILED, pay(amount=f"{n}.00"))
    stopped = ask(scene, "next", pay("bob"))
    assert (stopped.status, codes(stopped)) == (Status.PENDING, ["loop_failures"])


def test_a_success_between_ends_the_row(scene):
    watch(scene, "failures: 2/1h")
    for n, status in enumerate((Status.FAILED, Status.SUCCEEDED, Status.FAILED)):
        run(scene, f"pay:{n}", status)
    assert ask(scene, "next").status is Status.APPROVED


def test_the_successes_of_another_action_do_not_hide_one_that_keeps_failing(scene):
    other = "  say:\n    {title: Say, risk: low, unasked: true}\nunknown_action:"
    text = WATCHED.replace("unknown_action:", other).replace('["pay",', '["say", "pay",')
    watch(scene, "failures: 2/1h", text=text)
    for n in range(2):
        run(scene, f"pay:{n}", Status.FAILED)
        run(scene, f"say:{n}", Status.SUCCEEDED, Action(name="say", args={"n": n}))
    assert codes(ask(scene, "next", pay("bob"))) == ["loop_failures"]


def test_failures_outside_of_the_window_are_over(scene):
    watch(scene, "failures: 2/1h")
    for n in range(2):
        run(scene, f"pay:{n}", Status.FAILED)
    scene.world.pass_time(hours=1)
    assert ask(scene, "next").status is Status.APPROVED


# ---------------------------------------------------------------------------------------------------------------------
# Denied before


def deny(scene, key="first", action=None, **given):
    return scene.decide(scene.ask(key, submission(action, **given)), Verb.DENY, note="Not to him.")


def test_a_denied_intent_that_comes_back_goes_to_a_person_whatever_the_confidence(scene):
    watch(scene, "after_denied_intent: review")
    denied = deny(scene, intent_id="settle 8841")
    again = ask(scene, "again", pay("bob"), confidence=1.0, intent_id="settle 8841")
    assert (again.status, codes(again)) == (Status.PENDING, ["denied_before"])
    assert denied.id in again.verdict.reasons[0].message


def test_the_id_of_a_denied_handoff_names_its_intent(scene):
    watch(scene, "after_denied_intent: review")
    denied = deny(scene)
    assert codes(ask(scene, "again", pay("bob"), intent_id=denied.id)) == ["denied_before"]


def test_the_same_action_on_the_same_target_is_the_denied_one_under_another_intent(scene):
    watch(scene, "after_denied_intent: review")
    deny(scene)
    assert codes(ask(scene, "smaller", pay(amount="1.00"))) == ["denied_before"]
    assert ask(scene, "elsewhere", pay("bob")).status is Status.APPROVED


@pytest.mark.parametrize("to", ["BOB", " bob", "b\u200bob", "\uff42ob"])
def test_a_target_that_only_looks_different_is_the_denied_one(scene, to):
    watch(scene, "after_denied_intent: review")
    deny(scene, action=pay("bob"))
    assert codes(ask(scene, "again", pay(to))) == ["denied_before"]


def test_where_nothing_names_the_target_the_same_args_are_the_denied_ones(scene):
    watch(scene, "after_denied_intent: review", text=POLICY)
    deny(scene)
    assert codes(ask(scene, "again")) == ["denied_before"]
    assert ask(scene, "smaller", pay(amount="1.00")).status is Status.APPROVED


def test_a_denial_of_a_target_stands_as_long_as_the_policy_says(scene):
    watch(scene, "after_denied_intent: review", "denied_for: 2h")
    deny(scene)
    scene.world.pass_time(hours=2)
    assert ask(scene, "later").status is Status.APPROVED


def test_what_was_denied_is_refused_where_the_policy_says_block(scene):
    watch(scene, "after_denied_intent: block")
    deny(scene)
    assert ask(scene, "again").status is Status.BLOCKED


def test_once_a_person_agrees_after_all_the_denial_no_longer_stands(scene):
    watch(scene, "after_denied_intent: review")
    deny(scene)
    scene.decide(ask(scene, "again"))
    assert ask(scene, "and again", pay(amount="7.00")).status is Status.APPROVED


def test_a_denial_does_not_bind_another_agent(scene):
    watch(scene, "after_denied_intent: review")
    deny(scene, intent_id="settle")
    other = submission(confidence=SURE, intent_id="settle")
    assert scene.submit("1", other, by=scene.spender).handoff.status is Status.APPROVED


def test_a_person_s_edit_is_not_held_up_by_an_earlier_denial(scene):
    watch(scene, "after_denied_intent: block", "same_fingerprint: 2/10m")
    waiting = scene.ask("other", submission(pay("bob")))
    deny(scene)
    edited = scene.decide(waiting, Verb.EDIT, args=pay().args)
    assert edited.status is Status.APPROVED
    with pytest.raises(EditRefused):
        scene.decide(scene.ask("3", submission(pay("dan"))), Verb.EDIT, args=pay("mars").args)


# ---------------------------------------------------------------------------------------------------------------------
# Too many attempts


def test_after_so_many_attempts_nothing_of_an_intent_runs_by_itself(scene):
    watch(scene, "attempts: 2")
    asked = [ask(scene, str(n), pay(amount=f"{n}.00"), intent_id="settle") for n in range(3)]
    assert [one.status.value for one in asked] == ["approved", "approved", "pending"]
    assert codes(asked[2]) == ["too_many_attempts"]
    assert ask(scene, "other", intent_id="another").status is Status.APPROVED


def test_a_revision_is_an_attempt_too(scene):
    watch(scene, "attempts: 2")
    waiting = ask(scene, "1", confidence=0.5)
    again = submission(pay(amount="9.00"), confidence=0.6)
    waiting = scene.transact(revise, scene.payer, waiting.id, again)
    sure = submission(pay(amount="8.00"), confidence=1.0)
    assert codes(scene.transact(revise, scene.payer, waiting.id, sure)) == ["too_many_attempts"]


# ---------------------------------------------------------------------------------------------------------------------
# What is kept


def test_what_was_counted_is_kept_with_the_verdict_and_names_the_earlier_attempts(scene):
    watch(scene, "same_fingerprint: 2/10m")
    first = ask(scene, "1")
    second = ask(scene, "2")
    [event] = [row for row in scene.rows(tables.events, "id") if row.handoff_id == second.id]
    assert f'"earlier":["{first.id}"]' in event.data.replace(" ", "")


def test_old_attempts_are_pruned(scene):
    watch(scene, "same_fingerprint: 2/10m", "attempts: 3")
    ask(scene, "1")
    scene.world.pass_time(days=91)
    ask(scene, "2")
    assert scene.transact(attempts.prune, scene.world.now() - timedelta(days=90)) == 2
    assert scene.count(table) == 2


def test_a_question_and_what_cannot_be_stored_leave_no_attempt(scene):
    watch(scene, "same_fingerprint: 2/10m", "attempts: 3")
    scene.ask("q", question())
    with pytest.raises(ArgsInvalid):
        scene.ask("x", submission(pay(amount=None)))
    assert scene.count(table) == 0
