"""Settling: a person says of a run that nobody knows the end of whether it ran, once; what did not is asked again."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.makers import ANN, BOB, EVE, POLICY, SURE, pay, person, submission
from tests.services.scene import together
from tests.services.test_limits import spent
from webapp.domain.autonomy import Trigger
from webapp.domain.decision import Role
from webapp.domain.errors import IdempotencyConflict, NotAnApprover, OwnRequest, SubmissionInvalid
from webapp.domain.execution import again_key
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import AlreadySettled, MayHaveRun, NotUnknown
from webapp.services import inbox
from webapp.services.deliver import deliver, instruction
from webapp.services.expire import end_if_due
from webapp.services.report import report
from webapp.services.settle import Settlement, asked_again, run_again, settle
from webapp.store import autonomy, tables

FOUND = "It is in the bank's list."


def say(scene, handoff, ran, by=ANN, note=FOUND, **more):
    said = Settlement(ran=ran, note=note, **more)
    return scene.transact(settle, handoff.id, said, by)


def ask_again(scene, handoff, by=ANN):
    return scene.transact(run_again, handoff.id, by)


@pytest.fixture
def lost(scene):
    """A run that nobody knows the end of."""
    ran = scene.running()
    scene.world.pass_time(minutes=15)
    return scene.transact(end_if_due, Topic.OVERRUN, ran.id)


@pytest.fixture
def undone(scene, lost):
    """The same, settled: it did not run."""
    return say(scene, lost, ran=False)


def listed(scene, by=ANN):
    return [one.id for one in scene.read(inbox.queue, by, 20).unknown]


@pytest.mark.parametrize("ran", [True, False])
def test_it_stays_unknown_for_the_agent_and_leaves_people_s_list(scene, lost, ran):
    assert listed(scene) == [lost.id]
    done = say(scene, lost, ran=ran, shown="sha256:seen")
    assert (done.status, done.version, done.outcome) == (Status.UNKNOWN, lost.version, lost.outcome)
    assert (done.settled.ran, done.settled.by, done.settled.at) == (ran, ANN.email, done.changed_at)
    assert (listed(scene), scene.now(done)) == ([], done)
    assert scene.read(deliver, done).found == {"note": FOUND}


def test_the_history_says_who_found_what_out_and_what_they_saw(scene, lost):
    say(scene, lost, ran=True, shown="sha256:seen")
    event = scene.rows(tables.events, "id")[-1]
    assert (event.type, event.actor, event.face, event.shown) == (
        "settled",
        ANN.email,
        "api",
        "sha256:seen",
    )
    assert json.loads(event.data) == {"ran": True}


def test_the_same_word_again_changes_nothing(scene, lost):
    done = say(scene, lost, ran=True)
    assert say(scene, lost, ran=True, note=f" {FOUND} ") == done
    assert scene.events(done).count("settled") == 1


@pytest.mark.parametrize(
    "other",
    [{"ran": False}, {"ran": True, "by": BOB}, {"ran": True, "note": "Somebody told me."}],
)
def test_it_is_settled_once_and_whoever_comes_later_is_told_by_whom(scene, lost, other):
    done = say(scene, lost, ran=True)
    with pytest.raises(AlreadySettled, match=ANN.email) as caught:
        say(scene, lost, **other)
    assert caught.value.extra["settled"]["ran"] is True
    assert scene.now(done) == done


def test_of_two_who_settle_at_once_one_wins(scene, lost):
    found = together(
        *[
            lambda by=by, ran=ran: say(scene, lost, ran, by)
            for by, ran in ((ANN, True), (BOB, False))
        ]
    )
    assert sorted(isinstance(one, AlreadySettled) for one in found) == [False, True]
    assert scene.events(lost).count("settled") == 1


def test_a_settlement_says_how_one_knows(scene, lost):
    for note in ("", "  ", "x" * 4001):
        with pytest.raises(SubmissionInvalid) as caught:
            say(scene, lost, ran=True, note=note)
        assert caught.value.problems[0].pointer == "/note"


def test_only_what_nobody_knows_is_settled(scene):
    ran = scene.running()
    with pytest.raises(NotUnknown, match="running"):
        say(scene, ran, ran=True)
    with pytest.raises(NotUnknown, match="succeeded"):
        say(scene, scene.report(ran), ran=True)


def test_who_may_not_decide_may_neither_settle_nor_ask_again(scene, undone):
    others = [person("olga", team="support"), person("vera", role=Role.VIEWER)]
    for one in others:
        with pytest.raises(NotAnApprover):
            say(scene, undone, ran=True, by=one)
        with pytest.raises(NotAnApprover):
            ask_again(scene, undone, by=one)


def test_nobody_settles_what_was_done_for_them(scene):
    ann = scene.user("ann")
    asked = scene.ask("own", submission(on_behalf_of=ann.email))
    ran = scene.redeem(scene.decide(asked, by=BOB))
    lost = scene.report(ran, Status.UNKNOWN)
    with pytest.raises(OwnRequest):
        say(scene, lost, ran=False, by=ann)
    say(scene, lost, ran=False, by=BOB)
    with pytest.raises(OwnRequest):
        ask_again(scene, lost, by=ann)


def test_a_late_report_is_kept_after_the_settlement_too_and_changes_nothing(scene, lost):
    done = say(scene, lost, ran=False)
    scene.report(lost)
    after = scene.now(lost)
    assert (after.settled, after.status) == (done.settled, Status.UNKNOWN)
    assert scene.events(lost)[-1] == "claimed"


def test_the_agent_is_told_in_a_sentence_what_was_found_out(scene, lost):
    ran = say(scene, lost, ran=True)
    assert instruction(lost).startswith("Nobody knows whether it ran")
    assert "did. Do not run the action again" in instruction(ran)
    undone = replace(lost, settled=replace(ran.settled, ran=False))
    assert again_key(lost.id) in instruction(undone)


# --------------------------------------------------------------------------------------------------
# What was counted


@pytest.mark.parametrize(("ran", "used"), [(True, 10), (False, 0)])
def test_what_ran_stays_used_and_what_did_not_is_given_back(scene, ran, used):
    asked = scene.submit("sure", submission(confidence=SURE), by=scene.spender).handoff
    begun = scene.redeem(asked, by=scene.spender)
    lost = scene.transact(report, scene.spender, begun.id, Status.UNKNOWN, {"status": "unknown"})
    assert spent(scene) == 10
    say(scene, lost, ran=ran)
    assert spent(scene) == used
    say(scene, lost, ran=ran)
    assert spent(scene) == used


@pytest.mark.parametrize(("ran", "failed"), [(True, 0), (False, 1)])
def test_what_ran_after_all_counts_no_longer_against_the_agent(scene, lost, ran, failed):
    since = scene.world.now() - timedelta(days=1)
    say(scene, lost, ran=ran)
    who = lost.agent_id
    assert scene.read(autonomy.record, who, since).failed == failed
    assert scene.read(autonomy.count_of, who, Trigger.UNKNOWN, since) == failed


# --------------------------------------------------------------------------------------------------
# Run again


def test_what_did_not_run_is_asked_for_again_in_the_agent_s_name(scene, lost, undone):
    again = ask_again(scene, undone)
    fresh = again.handoff
    assert (fresh.status, again.replayed) == (Status.PENDING, False)
    assert (fresh.action, fresh.intent_id, fresh.agent_id) == (
        lost.action,
        lost.intent_id,
        lost.agent_id,
    )
    found = scene.read(deliver, fresh)
    assert (found.key, found.claim["parent_handoff_id"]) == (again_key(lost.id), lost.id)
    assert (found.state, found.private_state) == (submission().state, submission().private_state)
    event = next(row for row in scene.rows(tables.events) if row.handoff_id == fresh.id)
    assert (event.type, event.actor, event.agent_id) == ("submitted", ANN.email, lost.agent_id)
    assert scene.read(asked_again, undone) == fresh.id


def test_it_waits_for_people_however_sure_the_agent_was(scene):
    asked = scene.ask("sure", submission(confidence=SURE))
    assert asked.status is Status.APPROVED
    lost = scene.report(scene.redeem(asked), Status.UNKNOWN)
    fresh = ask_again(scene, say(scene, lost, ran=False)).handoff
    assert fresh.status is Status.PENDING
    assert [reason.code for reason in fresh.verdict.reasons] == ["run_again"]
    revised = scene.revise(fresh, submission(pay(amount="9.00"), confidence=SURE))
    assert revised.status is Status.PENDING


def test_whoever_asks_for_it_again_does_not_approve_it(scene, undone):
    fresh = ask_again(scene, undone).handoff
    with pytest.raises(OwnRequest):
        scene.decide(fresh, by=ANN)
    ran = scene.redeem(scene.decide(fresh, by=BOB))
    assert scene.report(ran).status is Status.SUCCEEDED


def test_it_is_asked_for_again_once_whoever_asks(scene, undone):
    found = together(*[lambda by=by: ask_again(scene, undone, by) for by in (ANN, BOB, EVE)])
    assert len({one.handoff.id for one in found}) == 1
    assert sorted(one.replayed for one in found) == [False, True, True]
    own = scene.submit(again_key(undone.id), submission())
    assert (own.handoff.id, own.replayed) == (found[0].handoff.id, True)


def test_what_the_agent_asked_under_that_key_is_not_asked_twice(scene, undone):
    own = scene.ask(again_key(undone.id))
    again = ask_again(scene, undone)
    assert (again.handoff.id, again.replayed) == (own.id, True)


def test_another_action_of_the_agent_s_under_that_key_is_a_conflict(scene, undone):
    own = scene.ask(again_key(undone.id), submission(pay(amount="99.00")))
    with pytest.raises(IdempotencyConflict) as caught:
        ask_again(scene, undone)
    assert caught.value.extra["handoff"] == own


@pytest.mark.parametrize("ran", [True, None])
def test_what_ran_or_may_have_run_is_not_asked_for_again(scene, lost, ran):
    if ran:
        say(scene, lost, ran=True)
    with pytest.raises(MayHaveRun):
        ask_again(scene, lost)


def test_what_people_had_edited_is_asked_for_as_they_approved_it(scene):
    edited = scene.decide(scene.ask(), Verb.EDIT, args=pay(amount="8.00").args)
    lost = scene.report(scene.redeem(edited), Status.UNKNOWN)
    fresh = ask_again(scene, say(scene, lost, ran=False)).handoff
    assert (fresh.action, fresh.revision) == (pay(amount="8.00"), 1)
    assert scene.decide(fresh, by=BOB).decided.verb is Verb.APPROVE


def test_policy_of_today_may_refuse_it(scene, undone):
    scene.publish(POLICY.replace("{to: mars}", "{to: carl}"))
    fresh = ask_again(scene, undone).handoff
    assert fresh.status is Status.BLOCKED


def test_args_that_the_policy_does_not_take_any_more_are_refused(scene, undone):
    scene.publish(POLICY.replace("required: [to, amount]", "required: [to, amount, why]"))
    with pytest.raises(SubmissionInvalid):
        ask_again(scene, undone)
    assert scene.count(tables.counters, name="invalid") == 0
