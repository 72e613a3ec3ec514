"""Who may decide, what a decision is bound to, and what counts as the same one."""

from dataclasses import replace
from functools import partial

import pytest

from tests.makers import (
    ANN,
    BOB,
    EVE,
    HOUR,
    NOW,
    approved,
    decided,
    decision,
    edit,
    pay,
    person,
    policy,
    redemption,
    revision,
    submission,
    submitted,
    verdict,
)
from webapp.domain import lifecycle
from webapp.domain.action import Action
from webapp.domain.decision import (
    VERB_ALIASES,
    Membership,
    Role,
    binding_refusal,
    is_same_decision,
    require_right_to_resume,
    require_right_to_rotate,
    require_right_to_stop,
    right_refusal,
    sees,
)
from webapp.domain.errors import (
    AlreadyDecided,
    Conflict,
    Forbidden,
    NotAnApprover,
    NotPending,
    OwnRequest,
    StaleRevision,
    VerbNotAllowed,
)
from webapp.domain.handoff import Status, Verb
from webapp.domain.verdict import Route

CRITICAL = submission(pay(to="bank"))


def said(body):
    return lambda _sequence: body


# --------------------------------------------------------------------------------------------------
# Rights


@pytest.mark.parametrize(
    ("team", "role", "may_decide", "may_see"),
    [
        ("payments", Role.APPROVER, True, True),
        ("payments", Role.ADMIN, True, True),
        ("payments", Role.VIEWER, False, True),
        ("payments", Role.AUDITOR, False, True),
        ("support", Role.ADMIN, False, False),
        ("support", Role.AUDITOR, False, True),
        ("*", Role.APPROVER, True, True),
        ("*", Role.VIEWER, False, True),
        ("*", Role.AUDITOR, False, True),
    ],
)
def test_who_may_decide_and_who_may_see(team, role, may_decide, may_see):
    who = person(team=team, role=role)
    assert (right_refusal(who, submitted()) is None) is may_decide
    assert sees(who, submitted()) is may_see


def test_the_owner_team_sees_what_another_team_decides():
    asked = submitted(submission(Action(name="finance.payout", args={})))
    assert sees(ANN, asked)
    assert isinstance(right_refusal(ANN, asked), NotAnApprover)
    assert right_refusal(person(team="finance"), asked) is None


def test_nobody_decides_or_takes_back_what_they_asked_for():
    own = replace(submitted(), requesters=(ANN.id,))
    for verb in (Verb.APPROVE, Verb.DENY, Verb.REQUEST_CHANGES):
        with pytest.raises(OwnRequest):
            lifecycle.decide(own, decision(own, verb), ANN, NOW)
    with pytest.raises(OwnRequest):
        edit(own, pay(amount="1.00"))


def test_rights_come_before_everything_else_that_could_be_told():
    done = decided(submitted(), Verb.DENY)
    with pytest.raises(NotAnApprover):
        lifecycle.decide(done, decision(done), person(team="support"), NOW)


def test_people_of_several_teams_may_decide_for_each_of_them():
    both = replace(ANN, memberships=(*EVE.memberships, Membership(team="x", role=Role.VIEWER)))
    assert both.teams == ("payments", "x")
    assert both.deciding_teams == ("payments",)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_only_looks_neither_stops_nor_resumes(role):
    for right in (
        require_right_to_stop,
        partial(require_right_to_resume, wardens={"payments"}),
        partial(require_right_to_rotate, owner="payments"),
    ):
        with pytest.raises(Forbidden):
            right(person(role=role))


def test_approvers_stop_and_admins_resume():
    require_right_to_stop(person(role=Role.APPROVER))
    require_right_to_resume(person(role=Role.ADMIN), {"payments"})
    with pytest.raises(Forbidden):
        require_right_to_resume(person(role=Role.APPROVER), {"payments"})


def test_an_admin_of_another_team_neither_resumes_nor_rotates_keys():
    stranger = person(team="support", role=Role.ADMIN)
    with pytest.raises(Forbidden, match="payments or every team"):
        require_right_to_resume(stranger, {"payments"})
    with pytest.raises(Forbidden):
        require_right_to_rotate(stranger, "payments")
    everywhere = person(team="*", role=Role.ADMIN)
    require_right_to_resume(everywhere, set())
    require_right_to_rotate(everywhere, "payments")


# --------------------------------------------------------------------------------------------------
# Binding


@pytest.mark.parametrize(
    "other", [{"revision": 2}, {"fingerprint": "sha256:0"}, {"fingerprint": None}]
)
def test_a_decision_is_bound_to_what_was_shown(other):
    asked = submitted()
    shown = replace(decision(asked), **other)
    assert isinstance(binding_refusal(shown, asked), StaleRevision)


def test_a_decision_about_an_earlier_revision_is_refused():
    asked = submitted()
    with pytest.raises(StaleRevision) as caught:
        lifecycle.decide(revision(asked).after, decision(asked), ANN, NOW)
    assert caught.value.extra["revision"] == 2


def test_only_what_the_agent_can_handle_is_decided():
    asked = submitted(submission(allowed=(Verb.APPROVE, Verb.DENY)))
    with pytest.raises(VerbNotAllowed):
        lifecycle.decide(asked, decision(asked, Verb.REQUEST_CHANGES), ANN, NOW)
    with pytest.raises(VerbNotAllowed):
        edit(asked, pay(amount="1.00"))


def test_what_policy_blocks_is_not_approved_but_can_be_denied():
    asked = replace(submitted(), verdict=verdict(Route.BLOCK))
    with pytest.raises(VerbNotAllowed):
        lifecycle.decide(asked, decision(asked), ANN, NOW)
    assert decided(asked, Verb.DENY).status is Status.DENIED
    assert edit(asked, pay(amount="1.00")).after.status is Status.APPROVED


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.REQUEST_CHANGES])
def test_the_loser_is_told_who_decided_and_when(verb):
    done = decided(submitted(), verb, ANN)
    with pytest.raises(AlreadyDecided, match=r"ann@example\.org") as caught:
        lifecycle.decide(done, decision(done), BOB, NOW)
    told = caught.value.extra["decision"]
    assert told == {
        "verb": verb.value,
        "by": "ann@example.org",
        "via": "api",
        "at": "2026-03-02T09:00:00Z",
    }


def test_what_nobody_decided_is_told_as_it_stands():
    gone = lifecycle.expire(submitted(), NOW + 2 * HOUR).after
    with pytest.raises(NotPending, match="expired"):
        lifecycle.decide(gone, decision(gone), ANN, NOW)


# --------------------------------------------------------------------------------------------------
# Quorum


def test_as_many_distinct_people_agree_as_the_policy_says():
    asked = submitted(CRITICAL)
    half = decided(asked, Verb.APPROVE, ANN)
    assert (half.status, half.permit, half.version) == (Status.PENDING, None, asked.version)
    whole = decided(half, Verb.APPROVE, BOB)
    assert [vote.by_id for vote in whole.votes] == [ANN.id, BOB.id]
    assert (whole.status, whole.decided.by) == (Status.APPROVED, BOB.email)


def test_nobody_agrees_twice():
    half = decided(submitted(CRITICAL), Verb.APPROVE, ANN)
    with pytest.raises(Conflict, match="somebody else"):
        lifecycle.decide(half, decision(half), ANN, NOW)


@pytest.mark.parametrize("verb", [Verb.DENY, Verb.REQUEST_CHANGES])
@pytest.mark.parametrize("who", [ANN, BOB])
def test_one_word_against_it_ends_the_round(verb, who):
    half = decided(submitted(CRITICAL), Verb.APPROVE, ANN)
    assert decided(half, verb, who).decided.by_id == who.id


# --------------------------------------------------------------------------------------------------
# Editing


def test_the_editor_s_vote_is_the_first_on_the_new_revision():
    half = decided(submitted(CRITICAL), Verb.APPROVE, BOB)
    edited = edit(half, pay(to="bank", amount="5.00")).after
    assert (edited.revision, edited.status) == (2, Status.PENDING)
    assert [vote.by_id for vote in edited.votes] == [ANN.id]


def test_an_edit_and_an_approval_of_one_person_are_one_vote():
    edited = edit(submitted(CRITICAL), pay(to="bank", amount="5.00")).after
    assert is_same_decision(edited, decision(edited), ANN, said({}))
    with pytest.raises(Conflict):
        lifecycle.decide(edited, decision(edited), ANN, NOW)


def test_while_others_must_agree_to_an_edit_nothing_is_decided():
    edited = edit(submitted(), pay(to="bank")).after
    assert (edited.status, edited.decided, edited.permit) == (Status.PENDING, None, None)
    assert lifecycle.expire(edited, NOW + 2 * HOUR).after.decided is None
    assert decided(edited, Verb.APPROVE, BOB).decided.verb is Verb.EDIT


def test_an_edit_of_higher_risk_needs_more_people_and_one_of_lower_risk_fewer():
    assert edit(submitted(), pay(to="bank")).after.verdict.quorum == 2
    calmed = edit(submitted(CRITICAL), pay(to="carl")).after
    assert (calmed.verdict.quorum, calmed.status) == (1, Status.APPROVED)


def test_an_edit_is_routed_without_the_agent_s_confidence():
    unsure = submitted(submission(confidence=None))
    edited = edit(unsure, pay(amount="1.00")).after
    assert edited.status is Status.APPROVED
    assert [reason.code for reason in edited.verdict.reasons] == ["within_policy"]
    assert [vote.by_id for vote in edited.votes] == [ANN.id]


def test_nobody_edits_into_what_another_team_decides():
    with pytest.raises(NotAnApprover, match="finance"):
        edit(submitted(), Action(name="finance.payout", args={}))
    lead = replace(ANN, memberships=(*ANN.memberships, Membership(team="finance", role=Role.ADMIN)))
    moved = edit(submitted(), Action(name="finance.payout", args={}), lead).after
    assert (moved.status, moved.verdict.teams) == (Status.APPROVED, ("finance",))


def test_an_edit_into_another_action_takes_its_terms_and_never_more_time():
    rules = policy(policy.__wrapped__().text.replace("valid: 24h", "valid: 6h"), 2)
    payout = submitted(submission(Action(name="finance.payout", args={})))
    lead = person(team="*")
    edited = edit(payout, pay(), lead, rules=rules).after
    assert edited.permit.expires_at == NOW + 6 * HOUR
    assert edit(payout, pay(to="bank"), lead).after.deadline_at == NOW + HOUR


def test_after_an_edit_was_taken_back_the_edited_action_stands_and_is_voted_on_anew():
    edited = edit(submitted(), pay(amount="7.00")).after
    back = lifecycle.revoke(edited, ANN, NOW).after
    assert (back.status, back.votes, back.revision) == (Status.PENDING, (), 2)
    again = decided(back, Verb.APPROVE, ANN)
    assert (again.decided.verb, again.action) == (Verb.EDIT, pay(amount="7.00"))
    assert again.permit.id != edited.permit.id


# --------------------------------------------------------------------------------------------------
# The same again


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY, Verb.REQUEST_CHANGES])
def test_the_same_decision_of_the_same_person_is_recognised(verb):
    asked = submitted()
    again, done = decision(asked, verb, note="Because."), decided(asked, verb, ANN)
    assert is_same_decision(done, again, ANN, said({"note": "Because."}))
    assert not is_same_decision(done, again, BOB, said({"note": "Because."}))
    assert not is_same_decision(asked, again, ANN, said({}))


def test_another_question_or_answer_is_not_the_same():
    asked = decided(submitted(), Verb.REQUEST_CHANGES)
    other = decision(asked, Verb.REQUEST_CHANGES, note="And why?")
    assert not is_same_decision(asked, other, ANN, said({"note": "Because."}))
    answer = decision(asked, Verb.RESPOND, response={"n": True})
    answered = replace(asked, decided=replace(asked.decided, verb=Verb.RESPOND))
    assert is_same_decision(answered, answer, ANN, said({"response": {"n": True}}))
    assert not is_same_decision(answered, answer, ANN, said({"response": {"n": 1}}))


@pytest.mark.parametrize(
    ("amount", "chosen", "same"),
    [(7, None, True), (7.0, None, True), ("7.00", None, False), (7, "other", False)],
)
def test_the_same_edit_is_the_one_with_the_same_args(amount, chosen, same):
    edited = edit(submitted(), pay(amount=7)).after
    made = {"action": pay(amount=7).to_json()}
    again = decision(submitted(), Verb.EDIT, args=pay(amount=amount).args, interpretation=chosen)
    assert is_same_decision(edited, again, ANN, said(made)) is same
    assert not is_same_decision(edited, again, BOB, said(made))
    assert not is_same_decision(edited, again, ANN, said({}))


def test_who_agreed_and_then_spoke_against_it_has_not_said_the_same():
    half = decided(submitted(CRITICAL), Verb.APPROVE, ANN)
    asked = decided(half, Verb.REQUEST_CHANGES, ANN)
    assert is_same_decision(half, decision(half), ANN, said({}))
    assert not is_same_decision(asked, decision(half), ANN, said({}))


def test_an_approval_that_was_taken_back_or_used_is_told_apart():
    back = lifecycle.revoke(approved(), ANN, NOW).after
    assert not is_same_decision(back, decision(back), ANN, said({}))
    used = redemption(approved()).after
    assert is_same_decision(used, decision(used), ANN, said({}))


def test_aliases_stand_for_our_words():
    found = {word: verb.value for word, verb in VERB_ALIASES.items()}
    assert found == {
        "accept": "approve",
        "reject": "deny",
        "decline": "deny",
        "response": "respond",
    }
