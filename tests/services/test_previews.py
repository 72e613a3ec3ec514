"""Previews: people decide on the world as they saw it, and nothing begins in another one."""

from datetime import timedelta

import pytest

from tests.makers import ANN, BOB, EVE, POLICY, SURE, pay, submission
from webapp.domain.errors import NotAnApprover, NotPending, PreviewPending, StalePreview
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Reach, Topic
from webapp.domain.preview import Pictured
from webapp.domain.run_errors import (
    LookFirst,
    PolicyChanged,
    Stopped,
    StoppedSince,
    WorldChanged,
)
from webapp.domain.stop import Scope
from webapp.services import outbox, previews, stops
from webapp.services.previews import Fresh
from webapp.services.redeem import redeem
from webapp.store import handoffs, tables
from webapp.store import outbox as outbox_rows
from webapp.store.engine_tables import holds

LOOK = """    preview: {url: 'https://bank.internal/accounts/{to}', only: [/status, /balance]}
  finance.payout:"""
SHOWN = POLICY.replace("  finance.payout:", LOOK)
OPEN = Pictured(before={"/status": "open", "/balance": 10})
CLOSED = Pictured(before={"/status": "closed", "/balance": 10})
FAILED = Pictured(before={}, problem="bank.internal cannot be reached.")


@pytest.fixture
def shown(scene):
    scene.publish(SHOWN)
    return scene


def topics(scene):
    return [row.topic for row in scene.rows(tables.outbox, "id")]


def attempt(scene):
    """The attempt of the message by which the world is looked at."""
    scene.world.pass_time(minutes=1)  # leases have ended
    leased = scene.transact(outbox.lease, Reach.OUTSIDE, 100, timedelta(seconds=1))
    for one in leased:
        message = scene.read(outbox.claim, one)
        if message and message.topic is Topic.PREVIEW:
            return one
    raise AssertionError("nothing is to be looked at")


def look(scene, handoff, picture=OPEN):
    """Have the world looked at, and see this."""
    scene.transact(previews.record, attempt(scene), handoff, picture)
    return scene.now(handoff)


def asked(scene, key="pay:1", picture=OPEN, **given):
    return look(scene, scene.ask(key, submission(**given)), picture)


def again(scene, handoff, picture=OPEN):
    """Redeem a permit with what was seen just now."""
    fresh = Fresh(permit=handoff.permit.id, picture=picture)
    return scene.transact(
        redeem, scene.payer, handoff.permit.id, handoff.action, "once", fresh=fresh
    )


def body(scene, handoff):
    return scene.read(handoffs.content, handoff.id, handoff.preview.sequence).body


def test_what_waits_for_people_is_looked_up(shown):
    handoff = shown.ask()
    assert handoff.preview is None
    assert topics(shown).count("handoff.preview") == 1
    seen = look(shown, handoff)
    assert seen.preview.digest == OPEN.digest
    assert body(shown, seen) == OPEN.to_json()
    assert shown.events(seen) == ["submitted", "previewed"]
    assert (seen.version, topics(shown).count("handoff.preview")) == (handoff.version, 0)


def test_what_runs_unasked_is_not(shown):
    done = shown.ask(asked=submission(confidence=SURE))
    assert done.status is Status.APPROVED
    assert "handoff.preview" not in topics(shown)
    assert shown.redeem(done).status is Status.RUNNING


def test_nobody_agrees_before_they_see_it_and_anybody_denies(shown):
    handoff = shown.ask()
    with pytest.raises(PreviewPending):
        shown.decide(handoff)
    with pytest.raises(PreviewPending):
        shown.decide(handoff, Verb.EDIT, args=pay(amount="5.00").args)
    assert shown.decide(handoff, Verb.DENY).status is Status.DENIED


def test_a_decision_is_about_the_world_that_was_shown(shown):
    seen = asked(shown)
    for preview in (None, CLOSED.digest, ""):
        with pytest.raises(StalePreview) as caught:
            shown.decide(seen, preview=preview)
        assert caught.value.extra == {"preview": OPEN.digest}
    assert shown.decide(seen, Verb.REQUEST_CHANGES, preview=None).status is (
        Status.CHANGES_REQUESTED
    )


def test_without_a_preview_nobody_can_have_seen_one(scene):
    with pytest.raises(StalePreview):
        scene.decide(scene.ask(), preview=OPEN.digest)


def test_after_it_has_failed_people_decide_knowingly_and_nothing_is_compared(shown):
    seen = asked(shown, picture=FAILED)
    assert shown.events(seen) == ["submitted", "preview_failed"]
    assert body(shown, seen) == {"problem": FAILED.problem}
    with pytest.raises(StalePreview):
        shown.decide(seen, preview=None)
    assert shown.redeem(shown.decide(seen)).status is Status.RUNNING


def test_a_new_look_that_differs_voids_what_was_agreed_before(shown):
    half = shown.decide(asked(shown, action=pay(to="bank")), by=ANN)
    assert len(half.votes) == 1
    shown.transact(previews.look_again, half.id, BOB)
    same = look(shown, half)
    assert same.votes == half.votes
    shown.transact(previews.look_again, half.id, BOB)
    other = look(shown, half, CLOSED)
    assert other.votes == ()
    assert "notification.console" in topics(shown)
    with pytest.raises(StalePreview):
        shown.decide(half, by=BOB)
    shown.decide(other, by=BOB)
    assert shown.decide(shown.now(other), by=ANN).status is Status.APPROVED


def test_looking_again_is_for_those_who_may_decide_and_is_asked_once(shown):
    seen = asked(shown)
    for _ in range(2):
        shown.transact(previews.look_again, seen.id, ANN)
    assert topics(shown).count("handoff.preview") == 1
    with pytest.raises(NotAnApprover):
        shown.transact(previews.look_again, seen.id, shown.user("eve", "support"))
    done = shown.decide(seen)
    with pytest.raises(NotPending):
        shown.transact(previews.look_again, done.id, ANN)


def test_what_was_given_up_is_looked_at_again_when_somebody_asks(shown):
    handoff = shown.ask()
    shown.transact(outbox_rows.give_up, attempt(shown), "It fails each time.")
    shown.transact(previews.look_again, handoff.id, ANN)
    assert look(shown, handoff).preview.digest == OPEN.digest


def test_there_is_nothing_to_look_at_where_policy_shows_nothing(scene):
    with pytest.raises(NotPending):
        scene.transact(previews.look_again, scene.ask().id, ANN)


def test_a_look_that_comes_late_changes_nothing(shown):
    handoff = shown.ask()
    late = attempt(shown)
    revised = shown.revise(handoff)
    shown.transact(previews.record, late, handoff, OPEN)
    assert shown.now(handoff) == revised
    seen = look(shown, revised)
    shown.decide(seen, Verb.DENY)
    shown.transact(previews.record, late, seen, CLOSED)
    assert shown.now(seen).preview.digest == OPEN.digest


def test_a_revision_is_looked_up_anew(shown):
    seen = asked(shown)
    revised = shown.revise(seen)
    assert revised.preview is None
    with pytest.raises(PreviewPending):
        shown.decide(revised)
    assert shown.decide(look(shown, revised)).status is Status.APPROVED


def test_an_approval_that_is_taken_back_is_looked_up_anew(shown):
    back = shown.revoke(shown.decide(asked(shown)))
    assert back.preview is None
    assert look(shown, back).preview.digest == OPEN.digest


def test_an_edit_to_what_is_looked_up_alike_is_approved_at_once(shown):
    done = shown.decide(asked(shown), Verb.EDIT, args=pay(amount="5.00").args)
    assert (done.status, done.preview.digest) == (Status.APPROVED, OPEN.digest)
    assert again(shown, done).status is Status.RUNNING


def test_an_edit_to_something_else_is_shown_before_it_is_approved(shown):
    edited = shown.decide(asked(shown), Verb.EDIT, args=pay(to="dora").args)
    assert (edited.status, edited.votes, edited.preview) == (Status.PENDING, (), None)
    with pytest.raises(PreviewPending):
        shown.decide(edited)
    done = shown.decide(look(shown, edited, CLOSED))
    assert (done.status, done.decided.verb) == (Status.APPROVED, Verb.EDIT)
    assert again(shown, done, CLOSED).status is Status.RUNNING


# --------------------------------------------------------------------------------------------------
# Before it begins


def test_nothing_begins_before_the_world_was_looked_at_again(shown):
    done = shown.decide(asked(shown))
    with pytest.raises(LookFirst) as caught:
        shown.redeem(done)
    assert caught.value.handoff == done
    assert shown.now(done) == done
    assert again(shown, done).status is Status.RUNNING


def test_what_was_seen_for_another_approval_does_not_count(shown):
    done = shown.decide(asked(shown))
    old = Fresh(permit="pm_other", picture=OPEN)
    with pytest.raises(LookFirst):
        shown.transact(redeem, shown.payer, done.permit.id, done.action, "once", fresh=old)


def test_a_lost_answer_is_given_again_without_a_look(shown):
    ran = again(shown, shown.decide(asked(shown)))
    permit = ran.execution.permit_id
    assert shown.transact(redeem, shown.payer, permit, ran.action, "once") == ran


def test_where_the_world_has_moved_the_approval_is_taken_back_with_the_difference(shown):
    done = shown.decide(asked(shown))
    with pytest.raises(WorldChanged) as caught:
        again(shown, done, CLOSED)
    moved = [{"pointer": "/status", "was": "open", "is": "closed"}]
    assert caught.value.extra == {"differences": moved}
    assert 'was "open" and is "closed"' in caught.value.detail
    back = shown.now(done)
    assert (back.status, back.votes, back.permit) == (Status.PENDING, (), None)
    assert shown.events(back) == ["submitted", "previewed", "approved", "recalled"]
    assert back.preview.digest == CLOSED.digest
    assert body(shown, back) == {**CLOSED.to_json(), "changed": moved}
    assert "handoff.preview" not in topics(shown)
    assert shown.queue() == [("payments", back.id, back.deadline_at)]


def test_people_approve_again_what_they_see_now(shown):
    done = shown.decide(asked(shown))
    with pytest.raises(WorldChanged):
        again(shown, done, CLOSED)
    with pytest.raises(StalePreview):
        shown.decide(shown.now(done), preview=OPEN.digest)
    anew = shown.decide(shown.now(done))
    assert again(shown, anew, CLOSED).status is Status.RUNNING


def test_what_was_shown_can_be_erased_and_is_still_compared(shown):
    done = shown.decide(asked(shown))
    shown.transact(lambda work: work.write(tables.payloads.delete()))
    assert again(shown, done).status is Status.RUNNING
    other = shown.decide(asked(shown, "pay:2"))
    shown.transact(lambda work: work.write(tables.payloads.delete()))
    with pytest.raises(WorldChanged) as caught:
        again(shown, other, CLOSED)
    assert all("was" not in one for one in caught.value.extra["differences"])


def test_what_a_limit_held_is_given_back_when_the_world_has_moved(scene):
    once = "    envelope: {total: {counterparty: {day: '1 runs'}}, counterparty: {arg: /to}}\n"
    scene.publish(SHOWN.replace("    tiers:", f"{once}    tiers:", 1))
    done = scene.decide(asked(scene))
    held = scene.count(holds)
    assert held
    with pytest.raises(WorldChanged):
        again(scene, done, CLOSED)
    assert scene.count(holds) == 0
    assert scene.decide(scene.now(done)).status is Status.APPROVED
    assert scene.count(holds) == held


def test_a_stop_and_a_stricter_policy_are_told_before_anything_is_looked_at(shown):
    done = shown.decide(asked(shown))
    shown.world.pass_time(minutes=1)
    stop = shown.transact(stops.stop, Scope.GLOBAL, None, "Bank is down", "ann@example.org")
    with pytest.raises(Stopped):
        shown.redeem(done)
    shown.transact(stops.resume, stop.id, "ann@example.org")
    shown.world.pass_time(minutes=1)
    other = shown.decide(asked(shown, "pay:2"))
    shown.publish(SHOWN.replace("count: 1, when_critical", "count: 2, when_critical"))
    with pytest.raises(PolicyChanged):
        again(shown, other, CLOSED)


def test_a_policy_that_shows_something_else_takes_the_approval_back_and_is_looked_up(shown):
    done = shown.decide(asked(shown))
    shown.publish(SHOWN.replace("/accounts/", "/holders/"))
    with pytest.raises(PolicyChanged):
        again(shown, done)
    back = shown.now(done)
    assert (back.status, back.preview) == (Status.PENDING, None)
    assert "/holders/" in back.terms.preview.look.url
    assert shown.decide(look(shown, back, CLOSED)).status is Status.APPROVED


def test_a_policy_that_shows_something_where_nothing_was_shown_asks_people_again(scene):
    done = scene.approved()
    scene.publish(SHOWN)
    with pytest.raises(PolicyChanged):
        scene.redeem(done)
    with pytest.raises(PreviewPending):
        scene.decide(scene.now(done))


def test_what_is_only_observed_is_neither_looked_up_nor_waited_for(scene):
    scene.publish(SHOWN.replace("    title: Pay\n", "    title: Pay\n    observe: true\n"))
    handoff = scene.ask()
    assert "handoff.preview" not in topics(scene)
    assert scene.decide(handoff, by=EVE).status is Status.ANSWERED


def test_what_a_stop_made_void_is_looked_up_anew(shown):
    done = shown.decide(asked(shown))
    shown.world.pass_time(minutes=1)
    stop = shown.transact(stops.stop, Scope.GLOBAL, None, "Bank is down", "ann@example.org")
    shown.world.pass_time(minutes=1)
    shown.transact(stops.resume, stop.id, "ann@example.org")
    with pytest.raises(StoppedSince):
        again(shown, done)
    back = shown.now(done)
    assert (back.status, back.preview) == (Status.PENDING, None)
    assert shown.decide(look(shown, back)).status is Status.APPROVED
