"""The transition table, and what holds of a handoff whatever happens to it."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.makers import (
    ANN,
    BOB,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    PAYER,
    approved,
    decided,
    decision,
    drafted,
    edit,
    in_state,
    outcome,
    pay,
    person,
    question,
    redemption,
    revision,
    routed,
    running,
    submission,
    submitted,
    verdict,
)
from webapp.domain import execution, lifecycle, previewing, verifying
from webapp.domain.deadline import Deadline, Escalation
from webapp.domain.errors import (
    AlreadyDecided,
    DeadlinePassed,
    HandrailError,
    NotPending,
    NotSampled,
    TooManyRevisions,
)
from webapp.domain.escalation import escalate, remind
from webapp.domain.handoff import WAITING, Source, Status, Verb
from webapp.domain.history import EventType
from webapp.domain.label import Label, label
from webapp.domain.lifecycle import TRANSITIONS
from webapp.domain.look import Look
from webapp.domain.message import Topic
from webapp.domain.preview import Pictured, Preview
from webapp.domain.run_errors import (
    AlreadyRedeemed,
    NotRunning,
    NotUnknown,
    NotVerifiable,
    PermitExpired,
    PermitUnusable,
)
from webapp.domain.untold import notice_failed
from webapp.domain.verdict import Route
from webapp.domain.verifying import Finding

S, E = Status, EventType
SUPPORT = person(team="support")
LATER = NOW + timedelta(days=40)


def decider(handoff):
    return ANN if handoff.action or handoff.task else SUPPORT


def said(verb):
    """Let an approver of whatever kind of handoff this is say something."""

    def step(handoff):
        what = decision(handoff, verb, note="Because.", response={"interpretation": "same"})
        handoff = replace(handoff, allowed=tuple(Verb))
        return lifecycle.decide(handoff, what, decider(handoff), NOW)

    return step


def agreed_by_one_of_two(handoff):
    return said(Verb.APPROVE)(replace(handoff, verdict=replace(handoff.verdict, quorum=2)))


def revised(route):
    return lambda handoff: revision(handoff, said=verdict(route))


def recalled(handoff):
    redemption(handoff)
    return lifecycle.recall(handoff, routed(handoff, verdict(quorum=2)), NOW)


def in_course(handoff):
    """Let policy remind of it and escalate it."""
    steps = (Escalation(after=HOUR, to="leads"),)
    course = Deadline(after=2 * HOUR, remind=30 * MINUTE, escalate=steps)
    return replace(handoff, verdict=replace(handoff.verdict, deadline=course))


def looked_up(**seen):
    """Have what people see of the world looked up."""
    preview = Preview(look=Look(url="https://bank.internal/"))

    def step(handoff):
        shown = replace(handoff, terms=replace(handoff.terms, preview=preview))
        return previewing.note(shown, Pictured(**{"before": {}, **seen}), NOW)

    return step


def reported(status):
    return lambda handoff: outcome(handoff, status)


def settled(handoff):
    said = execution.Settlement(ran=True, note="It is in the bank's list.")
    return execution.settle(handoff, said, decider(handoff), NOW)


def verified(holds):
    return lambda handoff: verifying.verified(handoff, Finding(holds=holds, by=Source.LOOK), NOW)


# how each event comes about, and where it leads
ATTEMPTS = [
    (E.REVISED, revised(Route.REVIEW), S.PENDING),
    (E.REVISED, revised(Route.AUTO), S.APPROVED),
    (E.REVISED, revised(Route.BLOCK), S.BLOCKED),
    (E.VOTED, agreed_by_one_of_two, S.PENDING),
    (E.APPROVED, said(Verb.APPROVE), S.APPROVED),
    (E.EDITED, lambda handoff: edit(handoff, pay(amount="8.00"), decider(handoff)), S.APPROVED),
    (E.EDITED, lambda handoff: edit(handoff, pay(to="bank"), decider(handoff)), S.PENDING),
    (E.DENIED, said(Verb.DENY), S.DENIED),
    (E.ANSWERED, said(Verb.RESPOND), S.ANSWERED),
    (E.CHANGES_REQUESTED, said(Verb.REQUEST_CHANGES), S.CHANGES_REQUESTED),
    (E.WITHDRAWN, lambda handoff: lifecycle.withdraw(handoff, PAYER.actor(), NOW), S.WITHDRAWN),
    (E.REVOKED, lambda handoff: lifecycle.revoke(handoff, decider(handoff), NOW), S.PENDING),
    (E.RECALLED, recalled, S.PENDING),
    (E.REDEEMED, redemption, S.RUNNING),
    (E.STARTED, lambda handoff: execution.started(handoff, "handrail-1", NOW), S.RUNNING),
    (E.EXPIRED, lambda handoff: lifecycle.expire(handoff, LATER), S.EXPIRED),
    (E.REMINDED, lambda handoff: remind(in_course(handoff), NOW + 40 * MINUTE), S.PENDING),
    (E.ESCALATED, lambda handoff: escalate(in_course(handoff), NOW + HOUR), S.PENDING),
    (E.LAPSED, lambda handoff: execution.lapse(handoff, LATER), S.EXPIRED),
    (E.OVERRAN, lambda handoff: execution.overrun(handoff, LATER), S.UNKNOWN),
    (E.SETTLED, settled, S.UNKNOWN),
    (E.PREVIEWED, looked_up(before={"/status": "open"}), S.PENDING),
    (E.PREVIEW_FAILED, looked_up(problem="Nobody is there."), S.PENDING),
    (E.VERIFIED, verified(holds=True), S.SUCCEEDED),
    (E.CONTRADICTED, verified(holds=False), S.SUCCEEDED),
    (E.UNVERIFIED, verified(holds=None), S.SUCCEEDED),
    (E.LABELLED, lambda handoff: label(handoff, Label.RIGHT, None, ANN), None),
    (E.NOTICE_FAILED, lambda handoff: notice_failed(handoff, "#refunds", "is_archived"), None),
    (E.REPORTED, reported(S.SUCCEEDED), S.SUCCEEDED),
    (E.REPORTED, reported(S.FAILED), S.FAILED),
    (E.REPORTED, reported(S.UNKNOWN), S.UNKNOWN),
]
BY_PEOPLE = {E.VOTED, E.APPROVED, E.EDITED, E.DENIED, E.ANSWERED, E.CHANGES_REQUESTED}
BY_TIME = {E.EXPIRED, E.LAPSED, E.OVERRAN, E.REMINDED, E.ESCALATED}
VERIFYING = {E.VERIFIED, E.CONTRADICTED, E.UNVERIFIED}
RAN = {S.RUNNING, S.SUCCEEDED, S.FAILED, S.UNKNOWN}


def refusal_of(status, event):
    """The error with which an event is refused to a handoff that stands so; None for what time does not do."""
    if event in BY_TIME:
        return None
    if event in BY_PEOPLE:
        return NotPending if in_state(status).decided is None else AlreadyDecided
    if event in {E.REDEEMED, E.RECALLED, E.REVOKED} and status in RAN:
        return AlreadyRedeemed
    if event in {E.REDEEMED, E.RECALLED}:
        return PermitExpired if status is S.EXPIRED else PermitUnusable
    if event in VERIFYING:
        return NotVerifiable
    if event in {E.LABELLED, E.SETTLED}:
        return NotSampled if event is E.LABELLED else NotUnknown
    return NotRunning if event in {E.REPORTED, E.STARTED} else NotPending


def allowed_by_table(status, event):
    claims = {E.REPORTED: E.CLAIMED} if status in RAN - {S.RUNNING} else {}
    return TRANSITIONS.get(status, {}).get(claims.get(event, event))


PAIRS = [(status, *attempt) for status in Status for attempt in ATTEMPTS]


@pytest.mark.parametrize(
    ("status", "event", "attempt", "leads_to"),
    [pair for pair in PAIRS if allowed_by_table(*pair[:2])],
    ids=lambda value: getattr(value, "value", ""),
)
def test_what_the_table_allows_leads_where_it_says(status, event, attempt, leads_to):
    before = in_state(status)
    step = attempt(before)
    claimed = step.event.type is E.CLAIMED
    assert step.event.type is (E.CLAIMED if claimed else event)
    stays = claimed or event in {E.LABELLED, E.NOTICE_FAILED}
    assert step.after.status is (status if stays else leads_to)
    assert step.after.status in allowed_by_table(status, event)
    assert step.after.sequence == before.sequence + 1


@pytest.mark.parametrize(
    ("status", "event", "attempt"),
    [pair[:3] for pair in PAIRS if not allowed_by_table(*pair[:2])],
    ids=lambda value: getattr(value, "value", ""),
)
def test_what_the_table_lacks_is_refused_with_the_right_error(status, event, attempt):
    before, error = in_state(status), refusal_of(status, event)
    if error is None:
        assert attempt(before) is None
    else:
        with pytest.raises(error) as caught:
            attempt(before)
        assert type(caught.value) is error


@pytest.mark.parametrize("asked", [Route.AUTO, Route.REVIEW, Route.BLOCK])
def test_a_submission_begins_where_the_verdict_sends_it(asked):
    begun = submitted(said=verdict(asked))
    wanted = {Route.AUTO: S.APPROVED, Route.REVIEW: S.PENDING, Route.BLOCK: S.BLOCKED}[asked]
    assert begun.status is wanted
    assert begun.status in TRANSITIONS[None][E.SUBMITTED]


def test_the_table_is_complete():
    tried = {(status, event) for status, event, _, _ in PAIRS if allowed_by_table(status, event)}
    claims = {(status, E.CLAIMED) for status in RAN - {S.RUNNING}}
    wanted = {(status, event) for status, row in TRANSITIONS.items() if status for event in row}
    # what a stop does is tried in test_resumption.py
    claims |= {(status, E.RESUMED) for status in (S.PENDING, S.CHANGES_REQUESTED, S.APPROVED)}
    assert (tried | claims) - {(status, E.REPORTED) for status in RAN - {S.RUNNING}} == wanted


# --------------------------------------------------------------------------------------------------
# Whatever happens

WALKS = [
    *((name, attempt) for name, attempt, _ in ATTEMPTS if name not in BY_TIME),
    (E.APPROVED, lambda h: lifecycle.decide(h, decision(h), BOB, NOW)),
    (E.EXPIRED, lambda h: lifecycle.expire(h, NOW + DAY)),
    (E.LAPSED, lambda h: execution.lapse(h, NOW + 2 * DAY)),
    (E.OVERRAN, lambda h: execution.overrun(h, NOW + HOUR)),
]
openings = st.sampled_from([submission(pay(to=to)) for to in ("carl", "bank")])


def walk(opening, choices):
    """Give every step of a life in which these things are tried one after the other."""
    standing, steps = submitted(opening), []
    for _, attempt in choices:
        try:
            step = attempt(standing)
        except HandrailError:
            continue
        if step:
            steps.append(step)
            standing = step.after
    return steps


walks = given(openings, st.lists(st.sampled_from(WALKS), max_size=12))


@settings(max_examples=200)
@walks
def test_invariants_hold_along_any_life(opening, choices):
    for step in walk(opening, choices):
        before, after = step.before, step.after
        moved = (before.status, before.revision) != (after.status, after.revision)
        assert after.sequence == before.sequence + 1
        assert after.version == before.version + moved
        assert after.status in TRANSITIONS[before.status][step.event.type]
        assert (after.permit is not None) is (after.status is S.APPROVED)
        assert (after.deadline_at is not None) is (after.status in WAITING)
        assert after.decided is None or after.status is not S.PENDING
        assert (after.execution is not None) is (after.status in RAN)
        assert after.revision - before.revision == (step.event.type in {E.REVISED, E.EDITED})


@settings(max_examples=200)
@walks
def test_people_agree_once_each_and_as_many_as_it_takes(opening, choices):
    for step in walk(opening, choices):
        after, voters = step.after, [vote.by_id for vote in step.after.votes]
        assert len(set(voters)) == len(voters)
        assert after.status is not S.PENDING or len(voters) < after.verdict.quorum
        by_people = after.verdict.route is not Route.AUTO or after.decided
        if after.status is S.APPROVED and by_people:
            assert len(voters) >= after.verdict.quorum


@walks
def test_no_two_approvals_share_a_permit(opening, choices):
    steps = walk(opening, choices)
    given_by = [step.after.permit.id for step in steps if step.after.permit]
    fresh = [permit for permit, _ in itertools.groupby(given_by)]
    assert len(set(fresh)) == len(fresh)


@walks
def test_what_waits_has_a_message_for_the_time_when_it_ends(opening, choices):
    for step in walk(opening, choices):
        after = step.after
        ends = {
            S.PENDING: (Topic.EXPIRE, after.deadline_at),
            S.APPROVED: (Topic.LAPSE, after.permit and after.permit.expires_at),
            S.RUNNING: (Topic.OVERRUN, after.execution and after.execution.run_until),
        }
        if after.version != step.before.version and after.status in ends:
            assert ends[after.status] in {(m.topic, m.due_at) for m in step.messages}


# --------------------------------------------------------------------------------------------------
# Deadlines and revisions


def test_the_deadline_is_the_policys_and_an_agent_may_only_shorten_it():
    shorter, longer = (submitted(submission(expires_in=n * HOUR)) for n in (1, 9))
    assert shorter.deadline_at == NOW + HOUR
    assert longer.deadline_at == NOW + 2 * HOUR == submitted().deadline_at


def test_the_clock_goes_on_while_changes_are_requested():
    asked = decided(submitted(), Verb.REQUEST_CHANGES, now=NOW + HOUR)
    assert asked.deadline_at == NOW + 2 * HOUR
    assert lifecycle.expire(asked, NOW + 2 * HOUR).after.status is S.EXPIRED


def test_a_revision_gets_a_fresh_deadline():
    asked = decided(submitted(), Verb.REQUEST_CHANGES)
    assert revision(asked, now=NOW + HOUR).after.deadline_at == NOW + 3 * HOUR


@pytest.mark.parametrize("status", [S.PENDING, S.CHANGES_REQUESTED])
def test_nothing_is_revised_or_decided_after_its_deadline(status):
    late = NOW + 2 * HOUR
    with pytest.raises(DeadlinePassed):
        revision(in_state(status), now=late)
    with pytest.raises(DeadlinePassed):
        lifecycle.decide(submitted(), decision(submitted()), ANN, late)
    assert lifecycle.expire(in_state(status), late - MINUTE) is None


def test_a_revision_voids_what_people_said_of_the_one_before():
    half = agreed_by_one_of_two(submitted()).after
    fresh = revision(half).after
    assert (fresh.votes, fresh.revision, fresh.version) == ((), 2, half.version + 1)
    assert fresh.fingerprint != half.fingerprint


def test_a_handoff_is_revised_ten_times_and_for_thirty_days():
    standing = submitted()
    for _ in range(lifecycle.MOST_REVISIONS):
        standing = revision(standing, said=verdict()).after
    with pytest.raises(TooManyRevisions):
        revision(standing)
    old = replace(submitted(), submitted_at=NOW - lifecycle.GREATEST_AGE - MINUTE)
    with pytest.raises(TooManyRevisions):
        revision(old)


def test_requesters_of_all_revisions_stay_requesters():
    asked = replace(submitted(), requesters=("us_ann",))
    content = replace(drafted(submission()), requesters=("us_bob",))
    assert lifecycle.as_revised(asked, content, NOW).requesters == ("us_ann", "us_bob")


def test_a_revision_stays_in_its_run_and_thread():
    asked = submitted(submission(run_id="run-1", thread_id="thread-1", intent_id="settle"))
    fresh = revision(asked).after
    assert (fresh.run_id, fresh.thread_id, fresh.intent_id) == ("run-1", "thread-1", "settle")


def test_after_a_person_asked_back_an_agent_cannot_talk_itself_free():
    asked = decided(submitted(), Verb.REQUEST_CHANGES)
    sure = revision(asked, submission(confidence=1.0)).after
    assert sure.status is S.PENDING
    assert "asked_back" in [reason.code for reason in sure.verdict.reasons]


def test_after_a_person_took_it_back_an_agent_cannot_talk_itself_free():
    unasked = submitted(submission(confidence=1.0))
    back = lifecycle.revoke(unasked, ANN, NOW).after
    assert unasked.status is S.APPROVED
    assert revision(back, submission(confidence=1.0)).after.status is S.PENDING


def test_an_approval_whose_time_is_over_is_not_taken_back():
    with pytest.raises(DeadlinePassed):
        lifecycle.revoke(approved(), ANN, NOW + DAY)


def test_a_question_is_answered_and_never_approved():
    answered = said(Verb.RESPOND)(submitted(question())).after
    assert (answered.status, answered.permit) == (S.ANSWERED, None)
    assert answered.decided.by == SUPPORT.email


def test_what_was_redeemed_or_answered_cannot_be_withdrawn_or_taken_back():
    answered = decided(submitted(question()), Verb.RESPOND, SUPPORT)
    for one in (running(), answered):
        with pytest.raises(NotPending):
            lifecycle.withdraw(one, PAYER.actor(), NOW)
    with pytest.raises(AlreadyRedeemed):
        lifecycle.revoke(running(), ANN, NOW)
