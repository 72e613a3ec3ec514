"""Deciding: recorded at once, once, with who said what, and delivered to the agent."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from tests.makers import ANN, BOB, HOUR, SURE, pay, person, question, submission
from tests.services.scene import Scene, meanwhile, together
from tests.waiting import until
from webapp.domain.decision import Role
from webapp.domain.errors import (
    AlreadyDecided,
    DeadlinePassed,
    EditRefused,
    NotAnApprover,
    NotPending,
    StaleRevision,
    SubmissionInvalid,
    VerbNotAllowed,
)
from webapp.domain.handoff import POSSIBLE_VERBS, Kind, Status, Verb
from webapp.domain.run_errors import AlreadyRedeemed
from webapp.keyring import Keyring
from webapp.services.deliver import deliver, instruction, runnable
from webapp.store import handoffs, tables
from webapp.work import open_store, unit_of_work

SUPPORT = person("sue", "support")
READINGS = [
    {"id": "carl", "text": "Carl", "action": pay().to_json()},
    {"id": "zoe", "text": "Zoe", "action": pay(to="zoe").to_json()},
    {"id": "payout", "text": "A payout", "action": {"name": "finance.payout", "args": {}}},
    {"id": "none", "text": "Neither"},
]
AMBIGUOUS = submission(said={"interpretations": READINGS})
SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def payloads(scene, handoff):
    return {
        row.sequence: json.loads(row.body)
        for row in scene.rows(tables.payloads, "sequence")
        if row.handoff_id == handoff.id
    }


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        (Verb.APPROVE, Status.APPROVED),
        (Verb.DENY, Status.DENIED),
        (Verb.REQUEST_CHANGES, Status.CHANGES_REQUESTED),
    ],
)
def test_a_decision_is_recorded_with_what_was_said_and_shown(scene, verb, status):
    done = scene.decide(scene.ask(), verb, note="Looks right.", shown="sha256:page")
    assert (done.status, scene.now(done)) == (status, done)
    event = scene.rows(tables.events, "sequence")[-1]
    assert (event.actor, event.face, event.shown) == (ANN.email, "api", "sha256:page")
    assert payloads(scene, done)[2] == {"note": "Looks right."}
    assert scene.read(deliver, done).said == {"note": "Looks right."}


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.REQUEST_CHANGES])
def test_the_same_decision_again_changes_nothing(scene, verb):
    asked = scene.ask()
    done = scene.decide(asked, verb)
    assert scene.decide(asked, verb) == done
    assert len(scene.events(done)) == 2


def test_the_same_edit_again_changes_nothing_and_another_one_is_refused(scene):
    asked = scene.ask()
    done = scene.decide(asked, Verb.EDIT, args=pay(amount="5.00").args)
    assert scene.decide(asked, Verb.EDIT, args=pay(amount="5.00").args) == done
    with pytest.raises(AlreadyDecided):
        scene.decide(asked, Verb.EDIT, args=pay(amount="500.00").args)
    assert scene.now(asked).action == pay(amount="5.00")


def test_an_edit_that_waits_for_others_can_be_sent_again(scene):
    asked = scene.ask(asked=submission(pay(to="bank")))
    half = scene.decide(asked, Verb.EDIT, args=pay(to="bank", amount="5.00").args)
    assert scene.decide(asked, Verb.EDIT, args=pay(to="bank", amount="5.00").args) == half
    assert half.status is Status.PENDING
    with pytest.raises(StaleRevision):
        scene.decide(asked, Verb.EDIT, args=pay(to="bank", amount="6.00").args)


def test_another_answer_after_the_first_is_refused(scene):
    asked = scene.ask(asked=question())
    said = {"by": SUPPORT, "response": {"interpretation": "same"}}
    done = scene.decide(asked, Verb.RESPOND, **said)
    assert scene.decide(asked, Verb.RESPOND, **said) == done
    with pytest.raises(AlreadyDecided):
        scene.decide(asked, Verb.RESPOND, by=SUPPORT, response={"interpretation": "other"})


@pytest.mark.parametrize(
    "who", [person(team="support"), person(role=Role.VIEWER), person(team="*", role=Role.AUDITOR)]
)
def test_who_has_no_right_is_told_so_before_anything_else(scene, who):
    with pytest.raises(NotAnApprover):
        scene.decide(scene.ask(), Verb.DENY, by=who)


def test_an_edit_runs_as_changed_and_the_agent_is_told_so(scene):
    done = scene.decide(scene.ask(), Verb.EDIT, args=pay(amount="5.00").args, note="Less.")
    found = scene.read(deliver, done)
    assert (done.revision, done.status, runnable(done)) == (2, Status.APPROVED, pay(amount="5.00"))
    assert found.changes == ({"op": "replace", "path": "/args/amount", "value": "5.00"},)
    assert "did not run" in instruction(done)
    assert found.said["note"] == "Less."
    assert scene.redeem(done).status is Status.RUNNING


def test_another_reading_with_an_action_is_an_edit_to_that_action(scene):
    asked = scene.ask(asked=AMBIGUOUS)
    done = scene.decide(asked, Verb.EDIT, interpretation="zoe")
    assert (done.status, done.action) == (Status.APPROVED, pay(to="zoe"))
    assert payloads(scene, done)[2]["interpretation"] == "zoe"
    assert scene.decide(asked, Verb.EDIT, interpretation="zoe") == done


@pytest.mark.parametrize("chosen", ["none", "carl", "nobody"])
def test_a_reading_that_leads_nowhere_else_is_no_edit(scene, chosen):
    with pytest.raises(SubmissionInvalid):
        scene.decide(scene.ask(asked=AMBIGUOUS), Verb.EDIT, interpretation=chosen)


def test_a_reading_that_another_team_decides_is_not_chosen_by_this_one(scene):
    asked = scene.ask(asked=AMBIGUOUS)
    with pytest.raises(NotAnApprover):
        scene.decide(asked, Verb.EDIT, interpretation="payout")
    assert scene.now(asked) == asked


def test_an_edit_that_policy_blocks_is_refused_with_its_reasons(scene):
    asked = scene.ask()
    with pytest.raises(EditRefused) as caught:
        scene.decide(asked, Verb.EDIT, args=pay(to="mars").args)
    assert [reason["message"] for reason in caught.value.extra["reasons"]] == ["Nobody lives there"]
    assert scene.now(asked) == asked


def test_a_slip_of_the_pen_in_an_edit_is_named_and_does_not_count_against_the_agent(scene):
    with pytest.raises(SubmissionInvalid) as caught:
        scene.decide(scene.ask(), Verb.EDIT, args={"to": 7})
    pointers = {problem.pointer for problem in caught.value.problems}
    assert pointers == {"/args/amount", "/args/to"}
    assert scene.count(tables.counters) == 0


def test_an_edit_of_higher_risk_waits_for_more_people(scene):
    half = scene.decide(scene.ask(), Verb.EDIT, args=pay(to="bank").args)
    assert (half.status, half.verdict.quorum, half.decided) == (Status.PENDING, 2, None)
    assert scene.queue() == [("payments", half.id, half.deadline_at)]
    done = scene.decide(half, by=BOB)
    assert (done.status, done.decided.verb) == (Status.APPROVED, Verb.EDIT)


def test_an_edit_of_numbers_that_json_holds_equal_changes_nothing(scene):
    asked = scene.ask(asked=submission(pay(amount=1)))
    with pytest.raises(SubmissionInvalid, match="Nothing was changed"):
        scene.decide(asked, Verb.EDIT, args=pay(amount=1.0).args)


def test_what_does_not_belong_to_the_verb_is_refused(scene):
    asked = scene.ask(asked=AMBIGUOUS)
    for verb, said in [
        (Verb.DENY, {"note": " "}),
        (Verb.REQUEST_CHANGES, {"note": None}),
        (Verb.EDIT, {}),
        (Verb.EDIT, {"args": {}, "interpretation": "zoe"}),
        (Verb.APPROVE, {"args": {}}),
        (Verb.APPROVE, {"response": {"n": 1}}),
        (Verb.DENY, {"response": {"n": 1}}),
        (Verb.RESPOND, {}),
        (Verb.APPROVE, {"note": "x" * 4001}),
    ]:
        with pytest.raises(SubmissionInvalid):
            scene.decide(asked, verb, **said)


def test_a_question_is_answered_by_one_of_its_readings(scene):
    asked = scene.ask(asked=question())
    for wrong in ({"interpretation": "third"}, {"n": 1}, {"interpretation": "same", "n": 1}):
        with pytest.raises(SubmissionInvalid):
            scene.decide(asked, Verb.RESPOND, SUPPORT, response=wrong)
    done = scene.decide(asked, Verb.RESPOND, SUPPORT, response={"interpretation": "same"})
    assert scene.read(deliver, done).said == {"response": {"interpretation": "same"}}
    assert (done.status, runnable(done), done.permit) == (Status.ANSWERED, None, None)


def test_a_question_is_answered_by_what_fits_its_schema(scene):
    asked = scene.ask(asked=question(said={"response_schema": SCHEMA}))
    for wrong in ({}, {"n": "1"}, {"n": 1, "m": 1}):
        with pytest.raises(SubmissionInvalid) as caught:
            scene.decide(asked, Verb.RESPOND, SUPPORT, response=wrong)
        assert caught.value.problems[0].pointer.startswith("/response")
    assert scene.decide(asked, Verb.RESPOND, SUPPORT, response={"n": 1}).status is Status.ANSWERED


def test_an_action_may_be_answered_instead_where_its_agent_can_handle_that(scene):
    able = submission(allowed=tuple(POSSIBLE_VERBS[Kind.ACTION]))
    done = scene.decide(scene.ask(asked=able), Verb.RESPOND, response={"pay": "later"})
    assert (done.status, runnable(done)) == (Status.ANSWERED, None)
    with pytest.raises(VerbNotAllowed):
        scene.decide(scene.ask("pay:2"), Verb.RESPOND, response={"pay": "later"})


def test_what_is_past_its_deadline_is_not_decided_though_nobody_has_swept_it(scene):
    asked = scene.ask()
    scene.world.pass_time(hours=2)
    for verb in (Verb.APPROVE, Verb.DENY):
        with pytest.raises(DeadlinePassed):
            scene.decide(asked, verb)
    assert scene.now(asked) == asked


def test_a_voter_is_one_of_the_people_who_must_agree_and_only_once(scene):
    asked = scene.ask(asked=submission(pay(to="bank")))
    half = scene.decide(asked)
    assert (half.version, half.status) == (asked.version, Status.PENDING)
    assert scene.decide(asked) == half
    assert scene.decide(asked, by=BOB).version == asked.version + 1


# --------------------------------------------------------------------------------------------------
# Taking back


def test_an_approval_is_taken_back_until_it_is_redeemed(scene):
    back = scene.revoke(scene.approved())
    assert (back.status, back.votes, back.permit, back.decided) == (Status.PENDING, (), None, None)
    assert scene.queue() == [("payments", back.id, back.deadline_at)]
    assert scene.redeem(scene.decide(back)).status is Status.RUNNING


def test_only_an_approval_is_taken_back_and_only_by_who_could_give_it(scene):
    done = scene.approved()
    with pytest.raises(NotAnApprover):
        scene.revoke(done, person(role=Role.VIEWER))
    scene.redeem(done)
    with pytest.raises(AlreadyRedeemed):
        scene.revoke(done)
    with pytest.raises(NotPending):
        scene.revoke(scene.ask("pay:2"))


def test_what_would_run_unasked_can_be_taken_back_and_then_waits_in_the_queue(scene):
    unasked = scene.ask(asked=submission(confidence=SURE))
    back = scene.revoke(unasked)
    assert scene.queue() == [("payments", back.id, back.deadline_at)]
    revised = scene.revise(back, submission(pay(amount="9.00"), confidence=SURE))
    assert revised.status is Status.PENDING


# --------------------------------------------------------------------------------------------------
# Races


def test_of_two_decisions_at_once_one_wins_and_the_loser_is_told_who(scene):
    for n in range(40):
        asked = scene.ask(f"pay:{n}")
        found = together(
            lambda asked=asked: scene.decide(asked, Verb.APPROVE, ANN),
            lambda asked=asked: scene.decide(asked, Verb.DENY, BOB),
        )
        (lost,) = [one for one in found if isinstance(one, AlreadyDecided)]
        (won,) = [one for one in found if one is not lost]
        assert lost.extra["decision"]["by"] == won.decided.by
        assert scene.now(asked) == won


def test_votes_at_once_are_all_counted(scene):
    for n in range(10):
        asked = scene.ask(f"pay:{n}", submission(pay(to="bank")))
        together(*[lambda by=by, asked=asked: scene.decide(asked, by=by) for by in (ANN, BOB)])
        done = scene.now(asked)
        assert {vote.by_id for vote in done.votes} == {ANN.id, BOB.id}
        assert (done.status, len(scene.events(done))) == (Status.APPROVED, 3)


def test_a_person_s_two_clicks_at_once_are_one_vote(scene):
    asked = scene.ask(asked=submission(pay(to="bank")))
    together(*[lambda: scene.decide(asked)] * 4)
    assert [vote.by_id for vote in scene.now(asked).votes] == [ANN.id]


def test_the_agent_s_revision_and_a_decision_exclude_each_other(scene):
    for n in range(10):
        asked = scene.ask(f"pay:{n}")
        found = together(
            lambda asked=asked: scene.decide(asked), lambda asked=asked: scene.revise(asked)
        )
        assert sum(isinstance(one, StaleRevision | NotPending) for one in found) == 1


def test_on_postgresql_a_decision_bears_the_database_s_time_read_after_the_lock(
    postgres_url, world
):
    store = open_store(postgres_url, world, Keyring("secret" * 6), database_clock=True)
    scene = Scene(store, world)
    asked = scene.ask()
    with ExitStack() as stack:
        with unit_of_work(store) as work:
            handoffs.load(work, asked.id, lock=True)
            deciding = stack.enter_context(meanwhile(lambda: scene.decide(asked)))
            until(lambda: scene.read(waiting_for_a_lock) == 1, "the decision to want the row")
            held = work.run(select(func.clock_timestamp())).scalar_one()
        assert deciding.result(30).decided.at >= held
    store.engine.dispose()
    assert abs(held - datetime.now(UTC)) < HOUR  # and not the world's time


def waiting_for_a_lock(work):
    return work.run(text("select count(*) from pg_locks where not granted")).scalar_one()
