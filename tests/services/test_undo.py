"""Undoing: a person asks for what takes a run back, once; the policy routes it, and other people decide it."""

import pytest

from tests.makers import ANN, BOB, POLICY, SURE, person, submission
from tests.services.scene import together
from tests.services.test_escalate import away, today
from webapp.domain.action import Action
from webapp.domain.decision import Role
from webapp.domain.errors import NotAnApprover, NotFound, OwnRequest, SubmissionInvalid
from webapp.domain.handoff import Status, Verb
from webapp.domain.run_errors import AskedByPerson, CannotUndo
from webapp.domain.undo import undo_key
from webapp.services import inbox
from webapp.services.deliver import deliver
from webapp.services.settle import Settlement, settle
from webapp.services.undo import undo, undone_by
from webapp.services.withdraw import end_run, withdraw
from webapp.store import tables

UNDO = """
    undo: {action: pay.back, args: {from: "{to}", amount: "{amount}", note: "Back from {to}"}}
  pay.back:
    title: Get money back
    risk: low
    args:
      type: object
      required: [from, amount]
      properties: {from: {type: string}, amount: {type: [string, number]}, note: {type: string}}
    approvals: {from: [payments], count: 1}
  finance.payout:"""
BACK = {"from": "carl", "amount": "10.00", "note": "Back from carl"}


@pytest.fixture
def scene(scene):
    scene.publish(POLICY.replace("\n  finance.payout:", UNDO, 1))
    return scene


@pytest.fixture
def ran(scene):
    return scene.report(scene.running())


def ask(scene, handoff, by=ANN):
    return scene.transact(undo, handoff.id, by)


def test_what_undoes_it_is_asked_for_in_the_agent_s_name(scene, ran):
    asked = ask(scene, ran)
    fresh = asked.handoff
    assert (asked.replayed, fresh.status, fresh.title) == (False, Status.PENDING, "Undo: Pay Carl")
    assert fresh.action.to_json() == {"name": "pay.back", "args": BACK}
    assert (fresh.agent_id, fresh.undoes, fresh.requesters) == (ran.agent_id, ran.id, (ANN.id,))
    found = scene.read(deliver, fresh)
    assert (found.key, found.claim["parent_handoff_id"]) == (undo_key(ran.id), ran.id)
    event = next(row for row in scene.rows(tables.events) if row.handoff_id == fresh.id)
    assert (event.type, event.actor) == ("submitted", ANN.email)
    assert [reason.code for reason in fresh.verdict.reasons] == ["undo"]
    assert scene.read(undone_by, ran).id == fresh.id
    assert (scene.now(fresh), scene.faults()) == (fresh, [])


def test_somebody_else_decides_it_and_the_agent_runs_it(scene, ran):
    fresh = ask(scene, ran).handoff
    with pytest.raises(OwnRequest):
        scene.decide(fresh, by=ANN)
    done = scene.report(scene.redeem(scene.decide(fresh, by=BOB)))
    assert done.status is Status.SUCCEEDED
    look = scene.read(inbox.look, ANN, ran.id)
    assert (look.undone_by.id, look.undo.action) == (fresh.id, "pay.back")


def test_a_revision_still_waits_for_people(scene, ran):
    fresh = ask(scene, ran).handoff
    sure = submission(fresh.action, confidence=SURE)
    assert scene.revise(fresh, sure).status is Status.PENDING


def test_the_agent_neither_puts_something_else_in_its_place_nor_withdraws_it(scene, ran):
    fresh = ask(scene, ran).handoff
    other = submission(Action(name="pay.back", args={**BACK, "from": "mallory"}))
    with pytest.raises(AskedByPerson):
        scene.revise(fresh, other)
    with pytest.raises(AskedByPerson):
        scene.transact(withdraw, scene.payer, fresh.id)
    assert scene.now(fresh) == fresh


def test_it_outlives_the_run_that_it_undoes(scene):
    asked = scene.ask(asked=submission(run_id="run-1"))
    fresh = ask(scene, scene.report(scene.redeem(scene.decide(asked)))).handoff
    assert scene.transact(end_run, scene.payer, "run-1") == []
    assert scene.now(fresh).status is Status.PENDING


def test_it_is_asked_once_whatever_policy_says_by_then(scene, ran):
    fresh = ask(scene, ran).handoff
    again = ask(scene, ran, by=BOB)
    assert (again.replayed, again.handoff) == (True, fresh)
    scene.publish(POLICY)
    scene.decide(fresh, Verb.DENY, by=BOB)
    assert ask(scene, ran).handoff.status is Status.DENIED


def test_of_two_who_ask_at_once_one_asks_and_the_other_gets_that(scene, ran):
    found = together(*[lambda by=by: ask(scene, ran, by) for by in (ANN, BOB)])
    assert sorted(one.replayed for one in found) == [False, True]
    assert len({one.handoff.id for one in found}) == 1
    assert scene.count(tables.handoffs, action_name="pay.back") == 1


def test_what_is_unknown_is_undone_once_it_is_settled_that_it_ran(scene):
    lost = scene.report(scene.running(), Status.UNKNOWN)
    with pytest.raises(CannotUndo, match="unknown"):
        ask(scene, lost)
    scene.transact(settle, lost.id, Settlement(ran=True, note="It is in the list."), ANN)
    assert ask(scene, lost).handoff.undoes == lost.id


def test_what_did_not_run_is_not_undone(scene):
    waits = scene.ask("other")
    for one in (waits, scene.approved(), scene.report(scene.running("third"), Status.FAILED)):
        with pytest.raises(CannotUndo, match=one.status.value):
            ask(scene, one)
    lost = scene.report(scene.running("fourth"), Status.UNKNOWN)
    scene.transact(settle, lost.id, Settlement(ran=False, note="It is not."), ANN)
    with pytest.raises(CannotUndo):
        ask(scene, lost)


def test_what_the_policy_names_nothing_for_is_not_undone(scene, ran):
    scene.publish(POLICY)
    with pytest.raises(CannotUndo, match="names nothing"):
        ask(scene, ran)
    assert scene.read(inbox.look, ANN, ran.id).undo is None


def test_what_policy_no_longer_takes_is_said_and_counts_against_nobody(scene, ran):
    strict = UNDO.replace("note: {type: string}}", "note: {type: string, maxLength: 3}}")
    scene.publish(POLICY.replace("\n  finance.payout:", strict, 1))
    with pytest.raises(SubmissionInvalid) as caught:
        ask(scene, ran)
    assert caught.value.problems[0].pointer == "/action/args/note"
    assert scene.read(undone_by, ran) is None


def test_only_who_may_decide_may_undo(scene, ran):
    for one in (person("olga", team="support"), person("vera", role=Role.VIEWER)):
        with pytest.raises(NotAnApprover):
            ask(scene, ran, by=one)
    with pytest.raises(NotFound):
        scene.transact(undo, "ho_nothing", ANN)
    ann = scene.user("own")
    asked = scene.ask("own", submission(on_behalf_of=ann.email))
    done = scene.report(scene.redeem(scene.decide(asked, by=BOB)))
    with pytest.raises(OwnRequest):
        ask(scene, done, by=ann)


def test_what_is_asked_in_the_place_of_somebody_is_decided_neither_by_them_nor_in_their_place(
    scene, ran
):
    ann = scene.user("own")
    kim, lou = (scene.user(name, team="support") for name in ("kim", "lou"))
    away(scene, ann, kim)
    fresh = ask(scene, ran, by=today(scene, kim)).handoff
    assert fresh.requesters == (kim.id, ann.id)
    away(scene, ann, lou)
    for one in (ann, kim, lou):
        with pytest.raises((OwnRequest, NotAnApprover)):
            scene.decide(fresh, by=today(scene, one))
    assert scene.decide(fresh, by=BOB).status is Status.APPROVED
