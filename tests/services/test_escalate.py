"""Reminders, escalations and absences on a database: queues, rights and the record follow."""

from datetime import date, timedelta

import pytest

from tests.makers import ANN, HOUR, POLICY, SURE, pay, submission
from tests.services.scene import Scene
from webapp.domain.decision import Role
from webapp.domain.errors import NotAnApprover, NotFound, SubmissionInvalid
from webapp.domain.handoff import Face, Status, Verb
from webapp.domain.message import Topic
from webapp.domain.stop import Scope
from webapp.services import absences, accounts, alerts, availability, inbox, resumption, stops
from webapp.services.escalate import go_on_if_due
from webapp.services.expire import end_if_due
from webapp.store import tables

ESCALATING = POLICY.replace(
    "deadline: {after: 2h, then: expire}",
    "deadline: {after: 2h, remind: 20m, escalate: [{after: 1h, to: leads}]}",
)


@pytest.fixture
def lea(scene):
    scene.publish(ESCALATING)
    return scene.user("lea", team="leads")


def go_on(scene, handoff, topic=Topic.ESCALATE):
    return scene.transact(go_on_if_due, topic, handoff.id)


def waits(scene, person):
    return [one.id for one in scene.read(inbox.queue, person, 10).waiting]


def due(scene, topic):
    return [row.due_at for row in scene.rows(tables.outbox, "id") if row.topic == topic.value]


def away(scene, person, delegate=None, days=3):
    until = (scene.world.now() + timedelta(days=days)).date()
    other = delegate.email if delegate else None
    return scene.transact(absences.go_away, person.email, until, other, by=person.email)


def back(scene, person):
    return scene.transact(absences.come_back, person.email)


def today(scene, person):
    """The person as recognised now."""
    found = scene.read(accounts.user_named, person.email)
    return found.person(Face.API)


# --------------------------------------------------------------------------------------------------
# Escalation


def test_the_queue_of_the_next_team_gets_it_when_it_escalates(scene, lea):
    asked = scene.ask()
    with pytest.raises(NotAnApprover):
        scene.decide(asked, by=lea)
    scene.world.pass_time(hours=1)
    assert waits(scene, lea) == []
    after = go_on(scene, asked)
    assert waits(scene, lea) == waits(scene, ANN) == [asked.id]
    assert scene.queue() == [
        ("leads", asked.id, after.deadline_at),
        ("payments", asked.id, after.deadline_at),
    ]
    assert scene.decide(after, by=lea).status is Status.APPROVED
    assert scene.queue() == []
    assert scene.events(asked) == ["submitted", "escalated", "approved"]


def test_a_message_that_was_overtaken_does_nothing(scene, lea):
    asked = scene.ask()
    scene.world.pass_time(minutes=30)
    revised = scene.revise(asked)
    scene.world.pass_time(minutes=30)
    assert go_on(scene, revised) is None
    scene.world.pass_time(minutes=30)
    assert go_on(scene, revised).escalated == ("leads",)
    assert go_on(scene, revised) is None
    denied = scene.decide(scene.now(asked), Verb.DENY, by=lea)
    scene.world.pass_time(hours=1)
    assert (go_on(scene, denied), go_on(scene, denied, Topic.REMIND)) == (None, None)


def test_people_are_reminded_once_and_told(scene, lea):
    asked = scene.ask()
    scene.world.pass_time(minutes=40)
    assert go_on(scene, asked, Topic.REMIND).reminded
    assert go_on(scene, asked, Topic.REMIND) is None
    assert len(due(scene, Topic.NOTIFY)) == 2
    assert scene.events(asked) == ["submitted", "reminded"]


def test_it_expires_when_its_time_is_up_however_often_it_escalated(scene, lea):
    asked = scene.ask()
    scene.world.pass_time(hours=1)
    go_on(scene, asked)
    scene.world.pass_time(hours=1)
    assert scene.transact(end_if_due, Topic.EXPIRE, asked.id).status is Status.EXPIRED
    assert waits(scene, lea) == []


def test_under_a_stop_nobody_is_reminded_or_asked_until_it_is_lifted(scene, lea):
    asked = scene.ask()
    scene.world.pass_time(minutes=30)
    held = scene.transact(stops.stop, Scope.GLOBAL, None, "drill", "ann@example.org")
    scene.world.pass_time(minutes=30)
    assert (go_on(scene, asked), go_on(scene, asked, Topic.REMIND)) == (None, None)
    scene.transact(stops.resume, held.id, "ann@example.org")
    scene.transact(resumption.take_up, held.id, asked.id)
    assert go_on(scene, asked) is None
    # half an hour was lost, so it is due half an hour later
    assert scene.world.now() + timedelta(minutes=30) in due(scene, Topic.ESCALATE)
    scene.world.pass_time(minutes=30)
    assert go_on(scene, asked).escalated == ("leads",)


def test_what_was_approved_by_an_escalated_team_runs_and_is_taken_back_by_it(scene, lea):
    asked = scene.ask()
    scene.world.pass_time(hours=1)
    done = scene.decide(go_on(scene, asked), by=lea)
    again = scene.revoke(done, by=lea)
    assert again.escalated == ("leads",)
    assert scene.redeem(scene.decide(again, by=lea)).status is Status.RUNNING


def test_what_runs_unasked_has_nothing_to_escalate(scene, lea):
    scene.ask(asked=submission(confidence=SURE))
    assert due(scene, Topic.ESCALATE) == due(scene, Topic.REMIND) == []


# --------------------------------------------------------------------------------------------------
# Absences


@pytest.fixture
def kim(scene):
    """Somebody of another team."""
    return scene.user("kim", team="support")


@pytest.fixture
def bob(scene):
    return scene.user("bob")


def test_a_delegate_decides_what_waits_for_who_is_away(scene, bob, kim):
    asked = scene.ask()
    away(scene, bob, kim)
    kim = today(scene, kim)
    assert waits(scene, kim) == [asked.id]
    done = scene.decide(asked, by=kim)
    assert (done.decided.by, done.decided.in_place_of) == (kim.email, bob.email)
    assert scene.now(asked).votes[0].in_place_of_id == bob.id


def test_the_right_ends_with_the_absence_at_the_click(scene, bob, kim):
    asked = scene.ask()
    away(scene, bob, kim)
    assert back(scene, bob)
    assert not back(scene, bob)
    with pytest.raises(NotAnApprover):
        scene.decide(asked, by=today(scene, kim))


def test_an_absence_ends_by_itself_at_the_end_of_its_last_day(scene, bob, kim):
    gone = away(scene, bob, kim, days=1)
    assert gone.ends_at.isoformat() == "2026-03-03T23:00:00+00:00"  # midnight in Berlin
    scene.world.pass_time(hours=37)
    assert today(scene, kim).stands_in_for
    scene.world.pass_time(hours=1)
    assert not today(scene, kim).stands_in_for
    away(scene, bob)


def test_the_account_of_who_is_away_must_not_be_disabled(scene, bob, kim):
    away(scene, bob, kim)
    scene.transact(accounts.disable_user, bob.email)
    assert not today(scene, kim).stands_in_for


def test_a_token_carries_the_rights_of_the_moment(scene, bob, kim):
    token = scene.transact(accounts.add_token, kim.email)
    assert not scene.read(accounts.identify, token.secret, Face.API).stands_in_for
    away(scene, bob, kim)
    [absent] = scene.read(accounts.identify, token.secret, Face.API).stands_in_for
    assert (absent.email, absent.teams) == (bob.email, ("payments",))


@pytest.mark.parametrize(
    ("until", "pointer"),
    [("2026-03-01", "/until"), ("2026-05-02", "/until"), ("2026-09-01", "/until")],
)
def test_an_absence_is_to_come_and_of_sixty_days_at_most(scene, bob, until, pointer):
    with pytest.raises(SubmissionInvalid) as refused:
        scene.transact(absences.go_away, bob.email, date.fromisoformat(until), None, "test")
    assert refused.value.problems[0].pointer == pointer


def test_the_delegate_is_somebody_else_who_is_there(scene, bob, kim):
    for other in (bob.email, "nobody@example.org"):
        with pytest.raises(SubmissionInvalid):
            scene.transact(absences.go_away, bob.email, date(2026, 3, 9), other, "test")
    away(scene, kim, bob)
    with pytest.raises(SubmissionInvalid, match="is away, too"):
        away(scene, bob, kim)
    with pytest.raises(NotFound):
        scene.transact(absences.go_away, "nobody@example.org", date(2026, 3, 9), None, "test")


def test_there_are_no_chains(scene, bob, kim):
    """Lou decides for Kim, who decides for Bob: Lou does not decide for Bob."""
    lou = scene.user("lou", team="legal")
    asked = scene.ask()
    away(scene, bob, kim)
    away(scene, kim, lou)
    with pytest.raises(NotAnApprover):
        scene.decide(asked, by=today(scene, lou))


def test_whoever_is_away_is_not_told_and_their_delegate_is(scene, bob, kim):
    eve = scene.user("eve")
    away(scene, bob, kim)
    found = scene.read(availability.recipients, scene.ask())
    assert [(one.user.email, one.in_place_of and one.in_place_of.email) for one in found] == [
        (eve.email, None),
        (kim.email, bob.email),
    ]


def test_what_one_page_shows_of_it(scene, bob, kim):
    away(scene, bob, kim)
    stood = scene.read(absences.standing_of, kim.id)
    assert (stood.absence, [one.email for one in stood.stands_in_for]) == (None, [bob.email])
    assert bob.email not in [one.email for one in stood.possible]
    assert stood.last_day - stood.first_day == timedelta(days=59)
    assert scene.read(absences.standing_of, bob.id).absence.delegate.email == kim.email


# --------------------------------------------------------------------------------------------------
# Nobody is there


def alarm(scene, handoff):
    why = scene.read(availability.why_nobody, handoff)
    if why:
        scene.transact(availability.raise_alarm, handoff, why)
    return why


def test_where_nobody_can_decide_the_owner_team_is_told_once_and_the_handoff_says_so(scene, bob):
    watcher = scene.user("vic", role=Role.VIEWER)
    asked = scene.ask()
    assert alarm(scene, asked) is None
    away(scene, bob)
    assert (
        alarm(scene, asked)
        == alarm(scene, asked)
        == ("Nobody can decide this now: bob@example.org is away.")
    )
    [found] = scene.read(alerts.open_for, watcher)
    assert found.count == 1
    assert found.says == "payer waits for payments, and not enough of them are there."
    assert found.detail["why"] == "Nobody can decide this now: bob@example.org is away."
    assert len(due(scene, Topic.ALERT)) == 1
    assert "bob@example.org is away" in scene.read(inbox.look, watcher, asked.id).nobody
    back(scene, bob)
    assert scene.read(inbox.look, watcher, asked.id).nobody is None


def test_a_team_without_approvers_and_a_quorum_that_cannot_be_met_are_alarms(scene, bob):
    critical = scene.ask(asked=submission(pay(to="bank")))
    assert "needs 2 more people" in alarm(scene, critical)
    payout = scene.ask("pay:2", submission(pay(to="carl", amount="11.00")))
    scene.transact(accounts.disable_user, bob.email)
    assert "bob@example.org is disabled" in alarm(scene, payout)


def test_history_fits_and_verdicts_are_derived_again_after_all_of_it(store, world):
    scene = Scene(store, world, ESCALATING)
    lea, bob = scene.user("lea", team="leads"), scene.user("bob")
    asked = scene.ask(asked=submission(pay(to="bank")))
    world.pass_time(minutes=40)
    go_on(scene, asked, Topic.REMIND)
    world.pass_time(minutes=20)
    go_on(scene, asked)
    away(scene, lea, bob)
    scene.decide(scene.now(asked), by=ANN)
    scene.decide(scene.now(asked), by=today(scene, bob))
    assert scene.now(asked).status is Status.APPROVED
    assert scene.now(asked).deadline_at is None
    assert world.now() - asked.submitted_at == HOUR
    assert scene.faults() == []


def test_somebody_who_stands_in_for_two_is_told_for_whoever_may_decide(scene, bob, kim):
    """Zoe belongs to another team; she is away, too, and has named the same delegate."""
    zoe = scene.user("zoe", team="legal")
    asked = scene.ask()
    away(scene, bob, kim)
    away(scene, zoe, kim)
    [found] = scene.read(availability.recipients, asked)
    assert (found.user.email, found.in_place_of.email) == (kim.email, bob.email)
