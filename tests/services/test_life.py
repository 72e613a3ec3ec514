"""What agents and time do to a handoff that waits, and who is told of it."""

import pytest

from tests.makers import ANN, BOB, HOUR, POLICY, SURE, pay, person, question, submission
from tests.services.scene import together
from webapp.domain.action import Action
from webapp.domain.errors import (
    ArgsInvalid,
    DeadlinePassed,
    NotFound,
    NotPending,
    SubmissionInvalid,
)
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import PermitUnusable
from webapp.services.deliver import deliver, instruction, own
from webapp.services.expire import end_if_due
from webapp.services.withdraw import end_run, withdraw
from webapp.store import tables

SUPPORT = person("sue", "support")


def topics(scene, handoff):
    """What the worker is asked to do about a handoff, and in how long."""
    rows = [row for row in scene.rows(tables.outbox) if row.handoff_id == handoff.id]
    return sorted((row.topic.split(".")[1], row.due_at - scene.world.now()) for row in rows)


# --------------------------------------------------------------------------------------------------
# Revising


def test_a_revision_answers_what_was_asked_and_is_decided_anew(scene):
    asked = scene.decide(scene.ask(), Verb.REQUEST_CHANGES, note="Why so much?")
    fresh = scene.revise(asked, submission(pay(amount="9.00"), title="Pay less", state=b"2"))
    found = scene.read(deliver, fresh)
    assert (fresh.status, fresh.revision, fresh.title) == (Status.PENDING, 2, "Pay less")
    assert (found.state, found.said, found.changes) == (b"2", {}, ())
    assert scene.redeem(scene.decide(fresh)).action == pay(amount="9.00")


def test_a_revision_without_a_title_keeps_the_old_one(scene):
    assert scene.revise(scene.ask(), submission(title="")).title == "Pay Carl"


def test_a_revision_never_changes_the_kind(scene):
    with pytest.raises(SubmissionInvalid) as caught:
        scene.revise(scene.ask(), question())
    assert caught.value.problems[0].pointer == "/kind"


def test_a_revision_with_invalid_args_is_counted_and_changes_nothing(scene):
    asked = scene.ask()
    with pytest.raises(ArgsInvalid):
        scene.revise(asked, submission(Action(name="pay", args={})))
    assert scene.now(asked) == asked
    assert [row.value for row in scene.rows(tables.counters)] == [1]


def test_a_revision_that_policy_blocks_is_blocked(scene):
    assert scene.revise(scene.ask(), submission(pay(to="mars"))).status is Status.BLOCKED


def test_nothing_is_revised_once_it_was_decided_or_its_time_is_over(scene):
    with pytest.raises(NotPending):
        scene.revise(scene.approved())
    late = scene.ask("pay:2")
    scene.world.pass_time(hours=2)
    with pytest.raises(DeadlinePassed):
        scene.revise(late)


def test_a_revision_is_routed_by_the_policy_of_now(scene):
    asked = scene.ask()
    scene.publish(POLICY.replace("from: [payments]", "from: [finance]"))
    fresh = scene.revise(asked)
    assert (fresh.verdict.policy, fresh.verdict.teams) == (2, ("finance",))
    assert scene.queue() == [("finance", fresh.id, fresh.deadline_at)]


def test_another_agent_s_handoff_is_not_found(scene):
    asked = scene.ask()
    for use_case in (withdraw, lambda work, who, _: deliver_own(work, who, asked)):
        with pytest.raises(NotFound):
            scene.transact(use_case, scene.spender, asked.id)


# --------------------------------------------------------------------------------------------------
# Withdrawing


def test_what_waits_or_was_not_redeemed_is_withdrawn(scene):
    asked, done = scene.ask(), scene.approved("pay:2")
    back = scene.decide(scene.ask("pay:3"), Verb.REQUEST_CHANGES)
    for handoff in (asked, done, back):
        gone = scene.transact(withdraw, scene.payer, handoff.id)
        assert (gone.status, gone.permit, gone.deadline_at) == (Status.WITHDRAWN, None, None)
        assert scene.transact(withdraw, scene.payer, handoff.id) == gone
    assert scene.queue() == []
    with pytest.raises(PermitUnusable):
        scene.redeem(done)


def test_what_runs_or_is_final_is_not_withdrawn(scene):
    for handoff in (scene.running(), scene.decide(scene.ask("pay:2"), Verb.DENY)):
        with pytest.raises(NotPending):
            scene.transact(withdraw, scene.payer, handoff.id)


def test_the_end_of_a_run_withdraws_what_still_waits_in_it(scene):
    def ask(key, run):
        return scene.ask(key, submission(run_id=run))

    waiting, other = ask("1", "run-1"), ask("2", "run-2")
    back = scene.decide(ask("3", "run-1"), Verb.REQUEST_CHANGES)
    done = scene.decide(ask("4", "run-1"))
    ended = scene.transact(end_run, scene.payer, "run-1")
    assert {one.id for one in ended} == {waiting.id, back.id}
    assert scene.now(other).status is Status.PENDING
    assert scene.now(done).status is Status.APPROVED
    assert scene.transact(end_run, scene.payer, "run-1") == []


def test_redeeming_and_withdrawing_exclude_each_other(scene):
    for n in range(10):
        done = scene.approved(f"pay:{n}")
        found = together(
            lambda done=done: scene.redeem(done),
            lambda done=done: scene.transact(withdraw, scene.payer, done.id),
        )
        refused = [isinstance(one, PermitUnusable | NotPending) for one in found]
        assert sorted(refused) == [False, True]


# --------------------------------------------------------------------------------------------------
# Time


def test_the_deadline_ends_what_waits_and_an_early_message_does_nothing(scene):
    asked, back = scene.ask(), scene.decide(scene.ask("pay:2"), Verb.REQUEST_CHANGES)
    assert scene.transact(end_if_due, Topic.EXPIRE, asked.id) is None
    scene.world.pass_time(hours=2)
    for handoff in (asked, back):
        gone = scene.transact(end_if_due, Topic.EXPIRE, handoff.id)
        assert (gone.status, gone.permit) == (Status.EXPIRED, None)
        assert scene.transact(end_if_due, Topic.EXPIRE, handoff.id) is None
    assert scene.queue() == []


def test_an_overtaken_message_does_nothing(scene):
    asked = scene.ask()
    scene.world.pass_time(hours=1)
    fresh = scene.revise(asked)
    scene.world.pass_time(hours=1)
    assert scene.transact(end_if_due, Topic.EXPIRE, asked.id) is None
    assert scene.now(fresh) == fresh
    for topic in (Topic.LAPSE, Topic.OVERRUN):
        assert scene.transact(end_if_due, topic, asked.id) is None


def test_a_message_about_nothing_does_nothing(scene):
    assert scene.transact(end_if_due, Topic.EXPIRE, "ho_none") is None


def test_a_run_without_a_report_becomes_unknown_and_people_are_told(scene):
    ran = scene.running()
    scene.world.pass_time(minutes=15)
    lost = scene.transact(end_if_due, Topic.OVERRUN, ran.id)
    assert (lost.status, lost.outcome.by) == (Status.UNKNOWN, "Handrail")
    assert ("console", 0 * HOUR) in topics(scene, lost)


def test_sweeping_and_deciding_exclude_each_other(scene):
    asked = scene.ask()
    scene.world.pass_time(hours=2)
    decided, swept = together(
        lambda: scene.decide(asked), lambda: scene.transact(end_if_due, Topic.EXPIRE, asked.id)
    )
    assert isinstance(decided, DeadlinePassed | NotPending)
    assert swept.status is Status.EXPIRED


# --------------------------------------------------------------------------------------------------
# What the worker is asked to do, and who is waited for


def test_each_stage_leaves_a_message_for_its_end(scene):
    asked = scene.ask()
    waiting = [("console", 0 * HOUR), ("expire", 2 * HOUR)]
    assert topics(scene, asked) == waiting
    done = scene.decide(asked)
    assert topics(scene, done) == [*waiting, ("lapse", 24 * HOUR)]
    assert ("overrun", HOUR / 4) in topics(scene, scene.redeem(done))


def test_the_queue_shows_right_after_each_step_who_is_waited_for(scene):
    asked = scene.ask()
    assert scene.queue() == [("payments", asked.id, asked.deadline_at)]
    scene.world.pass_time(minutes=5)
    revised = scene.revise(asked)
    assert revised.deadline_at > asked.deadline_at
    assert scene.queue() == [("payments", asked.id, revised.deadline_at)]
    scene.decide(revised, Verb.REQUEST_CHANGES)
    assert scene.queue() == []
    scene.world.pass_time(minutes=5)
    again = scene.revise(asked, submission(pay(to="bank")))
    scene.world.pass_time(minutes=5)
    half = scene.decide(again, Verb.EDIT, args=pay(to="bank", amount="1.00").args)
    assert scene.queue() == [("payments", asked.id, half.deadline_at)]
    done = scene.decide(half, by=BOB)
    assert scene.queue() == []
    back = scene.revoke(done, ANN)
    assert scene.queue() == [("payments", asked.id, back.deadline_at)]


def test_the_owner_team_sees_what_it_does_not_decide(scene):
    asked = scene.ask(asked=submission(Action(name="finance.payout", args={})))
    rows = scene.rows(tables.audience, "team")
    assert [(row.team, row.waits_until) for row in rows] == [
        ("finance", asked.deadline_at),
        ("payments", None),
    ]


def test_who_may_see_it_follows_the_owner_that_a_new_policy_names(scene):
    asked = scene.ask()
    scene.publish(POLICY.replace("owner: payments", "owner: treasury"))
    scene.revise(asked)
    assert {row.team for row in scene.rows(tables.audience)} == {"treasury", "payments"}


def test_who_may_see_it_follows_the_teams_of_a_verdict_under_which_nobody_waits(scene):
    asked = scene.ask()
    scene.publish(POLICY.replace("from: [payments]", "from: [finance]"))
    done = scene.revise(asked, submission(pay(amount="9.00"), confidence=SURE))
    assert (done.status, scene.queue()) == (Status.APPROVED, [])
    assert {row.team for row in scene.rows(tables.audience)} == {"finance", "payments"}


# --------------------------------------------------------------------------------------------------
# Resuming


def test_an_agent_that_died_gets_its_answer_by_asking_again(scene):
    asked = submission(confidence=0.5)
    scene.decide(scene.ask("refund:8841", asked), note="Fine.")
    found = scene.submit("refund:8841", asked)
    given = scene.read(lambda work: found.delivery(work, "refund:8841", asked))
    assert (given.handoff.status, given.said) == (Status.APPROVED, {"note": "Fine."})
    assert (given.state, given.private_state) == (asked.state, asked.private_state)
    assert given.handoff.permit is not None


@pytest.mark.parametrize("verb", [Verb.DENY, Verb.REQUEST_CHANGES])
def test_an_agent_is_told_in_one_sentence_what_to_do_next(scene, verb):
    done = scene.decide(scene.ask(), verb, note="No.")
    assert "Do not run the action" in instruction(done)
    assert "Redeem the permit" in instruction(scene.ask("2", submission(confidence=SURE)))


def deliver_own(work, agent, handoff):
    """Read as the API reads for an agent."""
    return own(work, agent, handoff.id)
