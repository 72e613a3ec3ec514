"""What time does before a handoff expires: people are reminded, and the next team is asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.makers import (
    ANN,
    MINUTE,
    NOW,
    POLICY,
    approved,
    counters,
    decided,
    decision,
    drafted,
    edit,
    errand,
    pay,
    person,
    policy,
    question,
    revision,
    routed,
    submission,
    submitted,
    verdict,
)
from webapp.domain import lifecycle
from webapp.domain.deadline import Deadline, Escalation
from webapp.domain.decision import right_refusal, sees
from webapp.domain.errors import NotAnApprover
from webapp.domain.escalation import clock, escalate, next_team, remind, reminds_at
from webapp.domain.handoff import Status, Verb
from webapp.domain.history import EventType
from webapp.domain.message import Topic
from webapp.domain.resumption import restart, thaw
from webapp.domain.routing import route
from webapp.domain.stop import Scope, Stop
from webapp.domain.verdict import Verdict

LEADS = person("lea", team="leads")
BOARD = person("bo", team="board")
STEPS = (
    Escalation(after=60 * MINUTE, to="leads"),
    Escalation(after=90 * MINUTE, to="board"),
)
COURSE = Deadline(after=120 * MINUTE, remind=20 * MINUTE, escalate=STEPS)


def waiting(asked=None, **said):
    """A handoff of two hours that goes to the leads after one, and to the board half an hour later."""
    return submitted(asked, verdict(**{"deadline": COURSE, **said}))


def at(minutes):
    return NOW + minutes * MINUTE


def escalated(handoff=None, minutes=60):
    return escalate(handoff or waiting(), at(minutes)).after


def dues(messages):
    return {message.topic: message.due_at for message in messages}


# --------------------------------------------------------------------------------------------------
# Whom it goes to, and when


def test_a_handoff_goes_to_each_team_in_turn_and_keeps_its_deadline():
    first = escalate(waiting(), at(60))
    second = escalate(first.after, at(90))
    assert (first.after.teams, second.after.teams) == (
        ("payments", "leads"),
        ("payments", "leads", "board"),
    )
    assert first.event.type is EventType.ESCALATED
    assert second.after.deadline_at == waiting().deadline_at == at(120)
    assert escalate(second.after, at(119)) is None


def test_the_event_says_whom_it_went_to_and_what_comes_next():
    first = escalate(waiting(), at(60))
    assert first.event.data == {
        "to": "leads",
        "teams": ["payments", "leads"],
        "deadline_at": "2026-03-02T11:00:00Z",
        "next": {"to": "board", "at": "2026-03-02T10:30:00Z"},
    }
    assert escalate(first.after, at(90)).event.data["next"] is None


def test_agents_are_not_woken_where_only_more_people_are_asked():
    assert escalated().version == waiting().version
    assert remind(waiting(), at(40)).after.version == waiting().version


def test_nothing_happens_before_its_time():
    assert escalate(waiting(), at(59)) is None
    assert remind(waiting(), at(39)) is None


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.REQUEST_CHANGES])
def test_what_was_decided_or_asked_back_goes_to_nobody_else(verb):
    over = decided(waiting(), verb)
    assert (escalate(over, at(60)), remind(over, at(40))) == (None, None)


def test_what_has_run_out_of_time_expires_and_goes_to_nobody_else():
    assert (escalate(waiting(), at(120)), remind(waiting(), at(120))) == (None, None)


def test_an_agent_that_waits_less_than_the_policy_lets_it_expires_before_anybody_else_is_asked():
    short = waiting(submission(expires_in=60 * MINUTE))
    assert next_team(short) is None
    assert set(dues(clock(short))) == {Topic.EXPIRE, Topic.REMIND}
    assert reminds_at(short) == at(40)
    assert escalate(short, at(60)) is None


# --------------------------------------------------------------------------------------------------
# Reminders


def test_people_are_reminded_before_each_moment_at_which_something_happens():
    first = escalated()
    second = escalate(first, at(90)).after
    assert [reminds_at(one) for one in (waiting(), first, second)] == [at(40), at(70), at(100)]


def test_people_are_reminded_once_of_the_same_thing():
    told = remind(waiting(), at(40))
    assert told.event.type is EventType.REMINDED
    assert dues(told.messages) == {Topic.NOTIFY: at(40)}
    assert remind(told.after, at(45)) is None
    assert reminds_at(escalate(told.after, at(60)).after) == at(70)


def test_nobody_is_reminded_of_what_they_were_told_just_now():
    hasty = replace(COURSE, remind=40 * MINUTE)
    told = waiting(deadline=hasty)
    assert reminds_at(told) == at(20)
    assert reminds_at(escalated(told)) is None


def test_a_reminder_that_comes_late_is_left_to_the_notice_of_the_escalation():
    assert remind(waiting(), at(61)) is None


def test_without_a_word_on_it_nobody_is_reminded_or_asked():
    plain = submitted()
    assert plain.verdict.deadline is None
    assert set(dues(clock(plain))) == {Topic.EXPIRE}


# --------------------------------------------------------------------------------------------------
# Messages


def test_a_round_begins_with_a_message_for_all_that_time_will_do_to_it():
    made = lifecycle.submit(
        drafted(submission()), routed(waiting(), waiting().verdict), submission(), ANN.actor()
    )
    assert dues(made.messages) == {
        Topic.EXPIRE: at(120),
        Topic.ESCALATE: at(60),
        Topic.REMIND: at(40),
        Topic.NOTIFY: NOW,
    }


def test_an_escalation_tells_people_and_sets_the_clock_for_the_next():
    step = escalate(waiting(), at(60))
    assert dues(step.messages) == {
        Topic.ESCALATE: at(90),
        Topic.REMIND: at(70),
        Topic.NOTIFY: at(60),
    }


def test_after_a_delay_the_next_team_is_asked_at_once_and_nobody_is_reminded_too_late():
    late = escalate(waiting(), at(95))
    assert dues(late.messages) == {Topic.ESCALATE: at(90), Topic.NOTIFY: at(95)}
    assert escalate(late.after, at(95)).after.escalated == ("leads", "board")


# --------------------------------------------------------------------------------------------------
# Who may decide


def test_a_team_may_decide_from_when_it_was_asked_and_the_first_ones_still_may():
    before, after = waiting(), escalated()
    assert isinstance(right_refusal(LEADS, before), NotAnApprover)
    assert not sees(LEADS, before)
    assert right_refusal(LEADS, after) is None
    assert sees(LEADS, after)
    assert right_refusal(ANN, after) is None
    assert isinstance(right_refusal(BOARD, after), NotAnApprover)


def test_the_verdict_stays_what_policy_said():
    assert escalated().verdict == waiting().verdict
    assert Verdict.from_json(waiting().verdict.to_json()) == waiting().verdict


def test_people_of_several_teams_make_a_quorum_together():
    half = decided(escalated(waiting(quorum=2)), Verb.APPROVE, ANN, at(61))
    assert decided(half, Verb.APPROVE, LEADS, at(62)).status is Status.APPROVED


def test_what_an_escalated_team_approved_is_recalled_where_policy_would_not_ask_it_any_more():
    by_leads = approved(escalated(), by=LEADS)
    assert not lifecycle.is_stricter(by_leads, waiting().verdict)
    assert lifecycle.is_stricter(by_leads, verdict())


# --------------------------------------------------------------------------------------------------
# Rounds


def test_a_revision_begins_again_with_those_asked_first():
    fresh = revision(escalated(), said=verdict(deadline=COURSE), now=at(70))
    assert (fresh.after.teams, fresh.after.reminded) == (("payments",), False)
    assert dues(fresh.messages)[Topic.ESCALATE] == at(130)
    assert escalate(fresh.after, at(90)) is None  # the message of the round before


def test_what_a_person_takes_back_stays_with_whom_it_was_put_before_and_has_a_fresh_deadline():
    back = lifecycle.revoke(approved(escalated(), by=LEADS), LEADS, at(70)).after
    assert (back.status, back.teams) == (Status.PENDING, ("payments", "leads"))
    assert (back.deadline_at, next_team(back).at) == (at(190), at(160))


def test_what_policy_recalls_begins_again_with_those_asked_first():
    stricter = routed(waiting(), verdict(quorum=2, deadline=COURSE))
    recalled = lifecycle.recall(approved(escalated(), by=LEADS), stricter, at(70)).after
    assert (recalled.teams, next_team(recalled).at) == (("payments",), at(130))


ESCALATING = POLICY.replace(
    "deadline: {after: 2h, then: expire}",
    "deadline: {after: 2h, remind: 20m, escalate: [{after: 1h, to: leads}]}",
)


def asked():
    rules = policy(ESCALATING)
    made = drafted(submission(), rules)
    found = route(made, rules, counters())
    return lifecycle.submit(made, routed(made, found), submission(), ANN.actor()).after


def test_somebody_of_an_escalated_team_edits_and_stays_with_it():
    edited = edit(escalated(asked()), pay(to="bank"), LEADS, at(70), policy(ESCALATING)).after
    assert (edited.status, edited.votes[0].by_id) == (Status.PENDING, LEADS.id)
    assert edited.teams == ("payments", "leads")
    assert right_refusal(LEADS, edited) is None
    assert edited.deadline_at == at(190)


def test_an_edit_to_what_policy_never_puts_before_a_team_is_refused_to_it():
    plain = policy()
    with pytest.raises(NotAnApprover):
        edit(escalated(asked()), pay(amount="8.00"), LEADS, at(70), plain)


def test_policy_puts_questions_and_tasks_before_others_too():
    course = "{after: 2h, escalate: [{after: 1h, to: leads}]}"
    text = POLICY.replace("deadline: 90m", f"deadline: {course}")
    text += f"tasks:\n  '*': {{inputs: {{required: [x]}}, deadline: {course}}}\n"
    for what in (question(), errand()):
        made = drafted(what, policy(text))
        found = route(made, policy(text), counters())
        assert found.deadline.teams == ("leads",)


def test_what_is_only_observed_is_worth_no_more_of_peoples_time():
    watched = ESCALATING.replace("risk: medium", "risk: medium\n    observe: true")
    found = route(drafted(submission()), policy(watched), counters())
    assert (found.observed, found.deadline) == (True, None)


# --------------------------------------------------------------------------------------------------
# Stops


def test_all_of_it_goes_on_from_where_it_stood_under_a_stop():
    stop = Stop(id="st_1", scope=Scope.GLOBAL, name=None, reason="drill", by="ann", at=at(30))
    thawed = thaw(waiting(), stop, at(50))
    assert dues(thawed.messages) == {
        Topic.EXPIRE: at(140),
        Topic.ESCALATE: at(80),
        Topic.REMIND: at(60),
    }
    assert escalate(thawed.after, at(60)) is None


def test_what_is_routed_afresh_after_a_stop_begins_again():
    anew = restart(escalated(), routed(waiting(), waiting().verdict), at(70))
    assert (anew.after.escalated, anew.after.deadline_at) == ((), at(190))


def test_a_deadline_is_read_as_it_was_written():
    assert Deadline.from_json(COURSE.to_json()) == COURSE
    with pytest.raises(ValueError, match="no duration"):
        Deadline.from_json({"after": "soon", "remind": None, "escalate": []})
    assert timedelta(hours=24) == Deadline().after


def test_a_decision_shown_before_an_escalation_still_counts():
    said = decision(waiting())
    after = lifecycle.decide(escalated(), said, ANN, at(61)).after
    assert after.status is Status.APPROVED
