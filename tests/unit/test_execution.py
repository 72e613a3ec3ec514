"""Redeeming a permit once, reporting once, and what time does to both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.makers import (
    ANN,
    BOB,
    DAY,
    MINUTE,
    NOW,
    approved,
    decided,
    in_state,
    outcome,
    pay,
    routed,
    running,
    submission,
    submitted,
    verdict,
)
from webapp.domain import execution, lifecycle
from webapp.domain.handoff import Status, Verb
from webapp.domain.history import EventType
from webapp.domain.run_errors import (
    AlreadyRedeemed,
    FingerprintMismatch,
    NotRunning,
    OutcomeConflict,
    PermitExpired,
    PermitUnusable,
    TooEarly,
)
from webapp.domain.verdict import Route

SURE = submission(confidence=1)
SOON = timedelta(seconds=30)


def redeemed(handoff, *, permit=None, fingerprint=None, key="once", now=NOW):
    permit = permit or (handoff.permit.id if handoff.permit else "pm_1_9")
    return execution.redeem(handoff, permit, fingerprint or handoff.fingerprint, key, now)


def patient():
    """An approval whose permit may be redeemed from half a minute on."""
    asked = submitted()
    return approved(replace(asked, terms=replace(asked.terms, not_before=SOON)))


# --------------------------------------------------------------------------------------------------
# Redeeming


def test_redeeming_begins_the_one_execution_and_uses_the_permit_up():
    permit = approved().permit.id
    begun = redeemed(approved()).after
    assert (begun.status, begun.permit) == (Status.RUNNING, None)
    assert begun.execution.permit_id == permit
    assert begun.execution.run_until == NOW + 15 * MINUTE


@pytest.mark.parametrize(
    "status", [Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN]
)
def test_what_was_redeemed_is_not_redeemed_again(status):
    ran = in_state(status)
    with pytest.raises(AlreadyRedeemed) as caught:
        redeemed(ran, permit=ran.execution.permit_id, key="another")
    assert caught.value.extra == {"redeemed_at": "2026-03-02T09:00:00Z"}


def test_the_permit_of_an_approval_that_was_taken_back_is_void_for_ever():
    first = approved()
    again = decided(lifecycle.revoke(first, ANN, NOW).after, Verb.APPROVE, BOB)
    with pytest.raises(PermitUnusable):
        redeemed(again, permit=first.permit.id)
    assert redeemed(again).after.status is Status.RUNNING


def test_a_permit_ends_with_the_approval_whether_the_worker_has_looked_or_not():
    late = NOW + DAY
    with pytest.raises(PermitExpired):
        redeemed(approved(), now=late)
    swept = execution.lapse(approved(), late).after
    with pytest.raises(PermitExpired):
        redeemed(swept, permit=approved().permit.id, now=late)
    assert redeemed(approved(), now=late - MINUTE).after.status is Status.RUNNING


def test_a_permit_may_have_to_wait():
    with pytest.raises(TooEarly) as caught:
        redeemed(patient())
    assert caught.value.extra == {"not_before": "2026-03-02T09:00:30Z"}
    assert redeemed(patient(), now=NOW + SOON).after.status is Status.RUNNING


def test_another_action_than_the_approved_one_is_refused():
    with pytest.raises(FingerprintMismatch):
        redeemed(approved(), fingerprint=pay(amount="11.00").fingerprint())


@pytest.mark.parametrize("amount", [1, 1.0])
def test_numbers_that_json_holds_equal_are_the_same_action(amount):
    asked = approved(submitted(submission(pay(amount=1))))
    assert redeemed(asked, fingerprint=pay(amount=amount).fingerprint())


def test_the_most_telling_refusal_comes_first():
    wrong = pay(amount="11.00").fingerprint()
    ran = running()
    with pytest.raises(AlreadyRedeemed):
        redeemed(ran, permit=ran.execution.permit_id, fingerprint=wrong, now=NOW + 9 * DAY)
    with pytest.raises(PermitExpired):
        redeemed(patient(), fingerprint=wrong, now=NOW + 9 * DAY)
    with pytest.raises(TooEarly):
        redeemed(patient(), fingerprint=wrong)


def test_only_the_redeemer_s_own_attempt_may_ask_again_and_only_while_it_may_run():
    ran = redeemed(approved(), key="once").after
    permit, print_ = ran.execution.permit_id, ran.fingerprint

    def same(permit=permit, print_=print_, key="once", now=NOW, handoff=ran):
        return execution.is_same_redemption(handoff, permit, print_, key, now)

    assert same()
    assert not same(key="other")
    assert not same(key=None)
    assert not same(permit="pm_1_9")
    assert not same(print_="sha256:0")
    assert not same(now=NOW + 15 * MINUTE)
    assert not same(handoff=outcome(ran).after)


def test_an_attempt_without_a_key_cannot_ask_again():
    ran = redeemed(approved(), key=None).after
    assert not execution.is_same_redemption(
        ran, ran.execution.permit_id, ran.fingerprint, None, NOW
    )


# --------------------------------------------------------------------------------------------------
# A stricter policy


@pytest.mark.parametrize(
    ("asked", "quorum", "stricter"),
    [
        (Route.AUTO, 1, False),
        (Route.AUTO, 2, True),  # without the doubt it would run unasked; with it, two must agree
        (Route.REVIEW, 1, False),
        (Route.REVIEW, 2, True),
        (Route.BLOCK, 1, True),
    ],
)
def test_an_approval_holds_until_policy_blocks_or_wants_more_people(asked, quorum, stricter):
    assert lifecycle.is_stricter(approved(), verdict(asked, quorum=quorum)) is stricter


@pytest.mark.parametrize(
    ("teams", "stricter"),
    [(("payments",), False), (("finance", "payments"), False), (("finance",), True)],
)
def test_an_approval_holds_only_while_its_approvers_team_may_still_give_it(teams, stricter):
    for asked in (Route.AUTO, Route.REVIEW):
        assert lifecycle.is_stricter(approved(), verdict(asked, teams=teams)) is stricter


def test_what_ran_unasked_needs_people_as_soon_as_policy_wants_any():
    assert lifecycle.is_stricter(submitted(SURE), verdict(Route.REVIEW))
    assert not lifecycle.is_stricter(submitted(SURE), verdict(Route.AUTO, quorum=2))


def test_a_recalled_approval_waits_again_under_the_new_verdict():
    found = verdict(quorum=2, policy=2)
    back = lifecycle.recall(approved(), routed(approved(), found), NOW + MINUTE).after
    assert (back.status, back.votes, back.permit) == (Status.PENDING, (), None)
    assert (back.verdict, back.decided) == (found, None)
    assert back.deadline_at == NOW + MINUTE + back.patience


# --------------------------------------------------------------------------------------------------
# Reporting


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN])
def test_the_report_ends_the_execution(status):
    step = outcome(running(), status)
    assert (step.after.status, step.after.outcome.status) == (status, status)
    assert step.after.outcome.by == "payer"
    assert bool(step.messages) is (status is Status.UNKNOWN)


def test_there_is_nothing_to_report_before_the_permit_was_redeemed():
    for status in (Status.PENDING, Status.APPROVED, Status.DENIED, Status.EXPIRED):
        with pytest.raises(NotRunning):
            outcome(in_state(status))


def test_another_report_is_kept_as_a_claim_and_changes_nothing():
    done = outcome(running()).after
    step = outcome(done, Status.FAILED)
    assert step.event.type is EventType.CLAIMED
    assert (step.after.status, step.after.outcome, step.after.version) == (
        Status.SUCCEEDED,
        done.outcome,
        done.version,
    )
    assert isinstance(execution.report_conflict(done, "another digest"), OutcomeConflict)
    assert step.messages  # a person is told


def test_a_report_after_the_run_was_given_up_is_a_claim_and_no_conflict():
    lost = execution.overrun(running(), NOW + 15 * MINUTE).after
    step = outcome(lost)
    assert (step.event.type, step.after.status) == (EventType.CLAIMED, Status.UNKNOWN)
    assert step.after.outcome.by == "Handrail"
    assert execution.report_conflict(lost, "any digest") is None


def test_the_same_report_is_no_conflict():
    done = outcome(running()).after
    assert execution.report_conflict(done, done.outcome.digest) is None
    assert execution.report_conflict(running(), "any digest") is None


# --------------------------------------------------------------------------------------------------
# Time


def test_an_approval_lapses_at_its_end_and_not_before():
    assert execution.lapse(approved(), NOW + DAY - MINUTE) is None
    lapsed = execution.lapse(approved(), NOW + DAY).after
    assert (lapsed.status, lapsed.permit) == (Status.EXPIRED, None)


def test_a_run_is_given_up_at_its_end_and_not_before():
    assert execution.overrun(running(), NOW + 14 * MINUTE) is None
    lost = execution.overrun(running(), NOW + 15 * MINUTE).after
    assert (lost.status, lost.outcome.status) == (Status.UNKNOWN, Status.UNKNOWN)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.APPROVED, Status.RUNNING}))
def test_time_does_nothing_to_what_neither_may_run_nor_runs(status):
    for end in (execution.lapse, execution.overrun):
        assert end(in_state(status), NOW + 99 * DAY) is None
