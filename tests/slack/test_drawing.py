"""What stands in Slack follows how handoffs stand, whatever goes wrong on the way."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.worker.office import ANA, POLICY
from webapp.domain.alert import AlertKind
from webapp.domain.channel import Channel, Medium, quiet_hours
from webapp.domain.decision import Decision, Membership, Person, Role
from webapp.domain.handoff import Face, Source, Status, Verb
from webapp.domain.step import tell
from webapp.domain.stop import Scope
from webapp.domain.verdict import Risk
from webapp.domain.verifying import Finding
from webapp.services import absences, alerts, notices, policies, stops
from webapp.services.decide import decide, revoke
from webapp.services.verify import keep
from webapp.services.withdraw import withdraw
from webapp.store import alerts as alert_store
from webapp.store.handoffs import post


def deny(desk, handoff, note="Twice"):
    said = Decision(
        verb=Verb.DENY, revision=handoff.revision, fingerprint=handoff.fingerprint, note=note
    )
    return desk.transact(decide, handoff.id, said, ANA)


def open_alerts(desk):
    return [one for one in desk.read(alerts.open_for, ADMIN) if one.kind is AlertKind.UNTOLD]


ADMIN = Person(
    id="us_adm",
    email="adm@example.org",
    name="Adm",
    memberships=(Membership(team="*", role=Role.ADMIN),),
    face=Face.API,
)


def test_what_waits_is_told_in_its_teams_channel(desk):
    handoff, message = desk.asked()
    assert set(message.buttons()) == {"approve", "edit", "ask", "deny", "open"}
    assert message.buttons()["open"]["url"].endswith(f"/handoffs/{handoff.id}")
    assert len(desk.told()) == 1


def test_what_people_see_of_the_world_only_in_handrail_is_not_decided_in_slack(desk):
    look = "    preview: {url: 'https://bank.invalid/orders'}\n    approvals:"
    desk.transact(policies.publish, POLICY.replace("    approvals:", look), "test")
    _, message = desk.asked()
    assert set(message.buttons()) == {"open"}
    assert "What it would change is shown in Handrail" in message.words()


def test_a_decision_from_anywhere_redraws_the_message_without_its_buttons(desk):
    handoff, message = desk.asked()
    deny(desk, handoff)
    desk.work()
    assert set(message.buttons()) == {"open"}
    assert "ana@example.org denied this" in message.words()
    assert "“Twice”" in message.words()
    assert len(desk.told()) == 1


def test_what_became_of_it_is_said_once_in_the_thread(desk):
    handoff, message = desk.asked()
    deny(desk, handoff)
    desk.work()
    desk.later(minutes=5)
    [said] = desk.answers(message)
    assert "ana@example.org denied this" in said.words()


def test_what_is_decided_while_its_message_is_being_sent_is_redrawn_afterwards(desk):
    handoff = desk.office.ask()
    [drawing] = desk.transact(notices.plan, handoff.id).drawings
    deny(desk, handoff)
    desk.work()
    desk.transact(notices.drawn, drawing, desk.channel, desk.slack_took(drawing))
    desk.later(seconds=10)
    [message] = desk.told()
    assert "ana@example.org denied this" in message.words()


def test_expiry_and_withdrawal_redraw_too(desk):
    _, message = desk.asked()
    desk.later(hours=2)
    assert set(message.buttons()) == {"open"}
    assert "Time ran out" in message.words()
    other, second = desk.asked()
    desk.transact(withdraw, desk.office.agent, other.id)
    desk.work()
    assert "took it back" in second.words()


def test_a_success_that_is_contradicted_is_redrawn_and_said_once_in_the_thread(desk):
    handoff, message = desk.asked()
    ran = desk.office.redeem(desk.office.approve(handoff))
    done = desk.office.report(ran, Status.SUCCEEDED)
    desk.work()
    before = len(desk.answers(message))
    desk.transact(keep, done, Finding(holds=False, by=Source.LOOK))
    desk.work()
    desk.later(minutes=5)
    assert "it was reported as done, and is not as expected" in message.words()
    said = desk.answers(message)
    assert len(said) == before + 1
    assert "not as expected" in said[-1].words()


def test_an_approval_that_is_taken_back_has_its_buttons_again(desk):
    handoff, message = desk.asked()
    desk.office.approve(handoff)
    desk.work()
    assert set(message.buttons()) == {"open"}
    desk.transact(revoke, handoff.id, ANA)
    desk.work()
    assert "approve" in message.buttons()


def test_a_stop_is_said_in_the_message_and_gone_when_it_is_lifted(desk):
    _, message = desk.asked()
    made = desk.transact(stops.stop, Scope.GLOBAL, None, "It loops", "ana@example.org")
    desk.work()
    assert "A stop of" in message.words()
    desk.transact(stops.resume, made.id, "ana@example.org")
    desk.work()
    assert "A stop of" not in message.words()


def test_drawing_again_changes_nothing(desk):
    handoff, _ = desk.asked()
    before = len(desk.slack.state.calls)
    desk.transact(lambda work: post(work, tell(handoff.id, work.now)))
    desk.work()
    assert len(desk.slack.state.calls) == before


@pytest.mark.parametrize("fault", ["http:503", "429:7", "internal_error", "after"])
def test_what_slack_cannot_take_now_is_told_later_and_once_actionable(desk, fault):
    desk.slack.fail("chat.postMessage", fault)
    desk.office.ask()
    desk.work()
    desk.later(seconds=10)
    told = desk.told()
    assert len(told) == (2 if fault == "after" else 1)
    names = [one.buttons()["approve"]["value"] for one in told]
    assert len(set(names)) == len(names)
    assert open_alerts(desk) == []


def test_retry_after_is_respected(desk):
    desk.slack.fail("chat.postMessage", "429:60")
    desk.office.ask()
    desk.work()
    desk.later(seconds=59)
    assert desk.told() == []
    desk.later(seconds=2)
    assert len(desk.told()) == 1


def test_a_channel_that_is_gone_is_said_to_admins_and_people_are_told_directly(desk):
    desk.slack.state.archived.add(desk.channel)
    desk.link("ana@example.org")
    desk.office.ask()
    desk.work()
    [direct] = desk.slack.messages()
    assert direct.channel.startswith("D")
    assert "approve" in direct.buttons()
    [alert] = open_alerts(desk)
    assert "is_archived" in alert.says


def test_a_token_that_slack_refuses_is_one_alert_that_ends_when_it_works_again(desk):
    desk.slack.fail("chat.postMessage", "invalid_auth", "invalid_auth")
    desk.office.ask()
    desk.work()
    [alert] = open_alerts(desk)
    assert "invalid_auth" in alert.says
    desk.slack.heal()
    desk.add_channel("payments", "#refunds")
    desk.office.ask()
    desk.work()
    assert desk.read(alert_store.newest, "slack", AlertKind.UNTOLD).settled_at


def test_a_message_that_somebody_deleted_is_sent_anew_while_it_asks(desk):
    handoff, message = desk.asked()
    desk.slack.state.messages.clear()
    approve_and_revoke(desk, handoff)
    desk.work()
    [fresh] = desk.told()
    assert fresh.ts != message.ts
    assert "approve" in fresh.buttons()


def approve_and_revoke(desk, handoff):
    desk.office.approve(handoff)
    desk.transact(revoke, handoff.id, ANA)


def test_a_message_that_somebody_deleted_is_not_sent_anew_when_nobody_is_asked(desk):
    handoff, _ = desk.asked()
    desk.slack.state.messages.clear()
    deny(desk, handoff)
    desk.work()
    assert desk.told() == []


def test_like_with_like_is_one_message_with_a_count(desk):
    first, message = desk.asked()
    for _ in range(39):
        desk.office.ask()
    desk.work()
    desk.later(seconds=5)
    assert len(desk.told()) == 1
    assert "+ 39 more like this wait behind it" in message.words()
    deny(desk, first)
    desk.work()
    desk.later(seconds=5)
    _, second = desk.told()
    assert "+ 38 more like this wait behind it" in second.words()
    assert "approve" in second.buttons()


def test_what_is_decided_elsewhere_while_it_waits_behind_is_never_told(desk):
    _, message = desk.asked()
    behind = desk.office.ask()
    desk.work()
    deny(desk, behind)
    desk.work()
    desk.later(seconds=5)
    assert len(desk.told()) == 1
    assert "more like this" not in message.words()


def test_low_risk_may_be_gathered(desk):
    channel = Channel(
        id="ch_1", team="payments", medium=Medium.SLACK, address="#x", digest=timedelta(hours=1)
    )
    at = datetime(2026, 11, 27, 9, 20, tzinfo=UTC)
    assert (channel.gathers(Risk.LOW), channel.gathers(Risk.MEDIUM)) == (True, False)
    assert channel.next_digest(at) == datetime(2026, 11, 27, 10, tzinfo=UTC)


def test_quiet_hours_hold_back_all_but_high_risk():
    channel = Channel(
        id="ch_1",
        team="payments",
        medium=Medium.SLACK,
        address="#x",
        quiet="22:00-07:00 Europe/Berlin",
    )
    night = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert channel.held_until(Risk.MEDIUM, night) == datetime(2026, 11, 28, 6, tzinfo=UTC)
    assert channel.held_until(Risk.HIGH, night) is None
    assert channel.held_until(Risk.MEDIUM, night.replace(hour=12)) is None
    assert quiet_hours("at night") is None


def test_what_quiet_hours_hold_back_is_told_when_they_are_over(desk):
    other = desk.slack.add_channel("night")
    here = desk.office.world.now()
    ends = here + timedelta(hours=1)
    desk.add_channel("payments", "#night", quiet=f"{here:%H:%M}-{ends:%H:%M} UTC")
    desk.asked()
    assert (len(desk.told()), desk.told(other)) == (1, [])
    desk.later(minutes=61)
    assert len(desk.told(other)) == 1


def test_a_channel_for_high_risk_hears_of_nothing_else(desk):
    other = desk.slack.add_channel("alarm")
    desk.add_channel("payments", "#alarm", least_risk=Risk.HIGH)
    desk.asked()
    assert desk.told(other) == []


COURSE = POLICY.replace(
    "deadline: {after: 2h, then: expire}",
    "deadline: {after: 2h, remind: 10m, escalate: [{after: 1h, to: leads}], then: expire}",
)


def test_people_are_reminded_in_the_thread_and_directly_and_the_next_team_in_its_channel(desk):
    leads = desk.slack.add_channel("leads")
    desk.add_channel("leads", "#leads")
    user = desk.link("ana@example.org")
    desk.transact(policies.publish, COURSE, "ana@example.org")
    _, message = desk.asked()
    assert (desk.answers(message), desk.told(leads)) == ([], [])
    desk.later(minutes=50)
    [said] = desk.answers(message)
    assert "Still waits for a decision" in said.words()
    assert len(desk.slack.messages(f"D{user.id[1:]}")) == 1
    desk.later(minutes=10)
    [escalated] = desk.told(leads)
    assert "approve" in escalated.buttons()
    desk.later(minutes=50)
    assert len(desk.answers(message)) == 2


def test_who_is_away_is_not_told_directly(desk):
    desk.link("ana@example.org", direct="all")
    until = (desk.office.world.now() + timedelta(days=3)).date()
    desk.transact(absences.go_away, "ana@example.org", until, None, "ana@example.org")
    desk.asked()
    assert len(desk.slack.messages()) == 1


def test_who_wants_it_is_told_directly(desk):
    user = desk.link("ana@example.org", direct="all")
    _, message = desk.asked()
    [direct] = desk.slack.messages(f"D{user.id[1:]}")
    assert set(direct.buttons()) == set(message.buttons())
