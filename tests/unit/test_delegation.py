"""Whoever is away is stood in for: what the delegate may do, how it is recorded, and who is told."""

from dataclasses import replace

import pytest

from tests.makers import ANN, BOB, DAY, NOW, decided, decision, person, submitted, verdict
from webapp.domain import lifecycle
from webapp.domain.absence import Absence, Named
from webapp.domain.account import User
from webapp.domain.decision import (
    Absent,
    Membership,
    Role,
    agreed_as,
    in_place_of,
    right_refusal,
    sees,
)
from webapp.domain.errors import Conflict, NotAnApprover, OwnRequest
from webapp.domain.handoff import Status, Verb
from webapp.domain.recipients import nobody_can, to_tell
from webapp.domain.standing import giver_refusal

TEAMS = ("payments",)
BOB_AWAY = Absent(id=BOB.id, email=BOB.email, name=BOB.name, teams=TEAMS)
# Kim belongs to another team and stands in for Bob
KIM = replace(person("kim", team="support"), stands_in_for=(BOB_AWAY,))


def test_a_delegate_decides_where_the_absent_one_may_and_both_are_named():
    after = decided(submitted(), Verb.APPROVE, KIM)
    assert after.status is Status.APPROVED
    assert (after.decided.by, after.decided.in_place_of) == (KIM.email, BOB.email)
    assert after.votes[0].whose == "kim@example.org for bob@example.org"
    event = lifecycle.decide(submitted(), decision(submitted()), KIM, NOW).event
    assert event.actor.name == KIM.email
    assert event.data["in_place_of"] == BOB.email


def test_what_a_delegate_takes_back_is_recorded_for_both():
    back = lifecycle.revoke(decided(submitted(), Verb.APPROVE, KIM), KIM, NOW)
    assert back.event.data == {"in_place_of": BOB.email}
    own = lifecycle.revoke(decided(submitted(), Verb.APPROVE, ANN), ANN, NOW)
    assert own.event.data == {}


def test_a_delegate_has_the_rights_of_an_approver_and_nothing_else():
    of_admin = replace(KIM, stands_in_for=(replace(BOB_AWAY, teams=("payments", "*")),))
    assert Membership(team="payments", role=Role.APPROVER) in KIM.rights
    assert not of_admin.administers(("payments", "platform"))
    assert sees(KIM, submitted())
    gone = replace(KIM, stands_in_for=())
    assert not sees(gone, submitted())
    assert isinstance(right_refusal(gone, submitted()), NotAnApprover)


def test_a_right_held_for_somebody_is_not_handed_on():
    """Lou stands in for Kim: with what is Kim's own, not with what Kim holds for Bob."""
    kims_own = Absent(id=KIM.id, email=KIM.email, name=KIM.name, teams=("support",))
    lou = replace(person("lou", team="legal"), stands_in_for=(kims_own,))
    assert isinstance(right_refusal(lou, submitted()), NotAnApprover)


@pytest.mark.parametrize("requester", [KIM.id, BOB.id])
def test_nobody_decides_what_they_or_the_absent_one_asked_for(requester):
    asked = replace(submitted(), requesters=(requester,))
    assert isinstance(right_refusal(KIM, asked), OwnRequest)


def test_of_two_absent_ones_the_requester_is_passed_over():
    ann_away = Absent(id=ANN.id, email=ANN.email, name=ANN.name, teams=TEAMS)
    kim = replace(KIM, stands_in_for=(BOB_AWAY, ann_away))
    asked = replace(submitted(), requesters=(BOB.id,))
    assert in_place_of(kim, asked) == ann_away


@pytest.mark.parametrize("order", [(BOB, ANN), (ANN, BOB)])
def test_of_two_absent_ones_the_one_who_has_agreed_is_passed_over(order):
    away = [Absent(id=one.id, email=one.email, name=one.name, teams=TEAMS) for one in order]
    kim = replace(KIM, stands_in_for=tuple(away))
    half = decided(submitted(said=verdict(quorum=2)), Verb.APPROVE, ANN)
    whole = decided(half, Verb.APPROVE, kim)
    assert [vote.whose for vote in whole.votes] == [ANN.email, f"{KIM.email} for {BOB.email}"]
    with pytest.raises(Conflict):
        decided(decided(submitted(said=verdict(quorum=3)), Verb.APPROVE, kim), Verb.APPROVE, kim)


def test_who_may_decide_anyway_decides_in_their_own_name():
    ann = replace(ANN, stands_in_for=(BOB_AWAY,))
    assert in_place_of(ann, submitted()) is None
    half = decided(submitted(said=verdict(quorum=2)), Verb.APPROVE, ann)
    assert half.votes[0].in_place_of is None
    with pytest.raises(Conflict, match="You have agreed"):
        decided(half, Verb.APPROVE, ann)


@pytest.mark.parametrize(("first", "second"), [(KIM, BOB), (BOB, KIM)], ids=["after", "before"])
def test_the_absent_one_and_their_delegate_count_as_one(first, second):
    half = decided(submitted(said=verdict(quorum=2)), Verb.APPROVE, first)
    assert half.status is Status.PENDING
    with pytest.raises(Conflict, match="agreed to this revision already"):
        decided(half, Verb.APPROVE, second)
    assert decided(half, Verb.APPROVE, ANN).status is Status.APPROVED


def test_nothing_is_approved_in_advance_in_somebodys_place_or_by_escalation_alone():
    assert "in the place of" in giver_refusal(submitted(), KIM)
    assert giver_refusal(submitted(), ANN) is None
    leads = person("lea", team="leads")
    escalated = replace(submitted(), escalated=("leads",))
    assert "asked first" in giver_refusal(escalated, leads)
    assert giver_refusal(escalated, ANN) is None


# --------------------------------------------------------------------------------------------------
# Whom to tell, and whether anybody can decide


def user(name="ann", team="payments", role=Role.APPROVER, **given):
    usual = {
        "id": f"us_{name}",
        "email": f"{name}@example.org",
        "name": name.capitalize(),
        "password_hash": "hash",
        "epoch": 0,
        "created_at": NOW,
        "disabled_at": None,
        "memberships": (Membership(team=team, role=role),),
    }
    return User(**{**usual, **given})


def away(name, delegate=None):
    def named(who):
        return Named(id=f"us_{who}", email=f"{who}@example.org", name=who.capitalize())

    whose = named(delegate) if delegate else None
    return Absence(
        id=f"ab_{name}", who=named(name), delegate=whose, began_at=NOW, ends_at=NOW + DAY
    )


def told(handoff, *users):
    return [(one.user.email.partition("@")[0], one.in_place_of) for one in to_tell(handoff, users)]


ON_LEAVE = user("bob", away=away("bob", "kim"))
STAND_IN = user("kim", team="support", stands_in_for=(BOB_AWAY,))


def test_told_are_those_who_can_decide_and_the_delegate_of_who_is_away():
    assert told(submitted(), user(), ON_LEAVE, STAND_IN) == [("ann", None), ("kim", BOB_AWAY)]


def test_who_has_agreed_who_asked_and_who_is_disabled_is_not_told():
    half = decided(submitted(said=verdict(quorum=2)), Verb.APPROVE, ANN)
    half = replace(half, requesters=("us_eve",))
    gone = user("dan", disabled_at=NOW)
    assert told(half, user(), user("eve"), gone, user("bob")) == [("bob", None)]


def test_the_pair_of_one_who_has_agreed_is_not_told():
    half = decided(submitted(said=verdict(quorum=2)), Verb.APPROVE, BOB)
    assert told(half, ON_LEAVE, STAND_IN) == []
    assert agreed_as(STAND_IN.person(ANN.face), half) == "bob@example.org has"


def test_who_decides_for_every_team_is_told_only_where_the_teams_own_cannot():
    root = user("root", team="*", role=Role.ADMIN)
    assert told(submitted(), user(), root) == [("ann", None)]
    assert told(submitted(), user("bob", away=away("bob")), root) == [("root", None)]


def test_escalated_teams_are_told_too():
    escalated = replace(submitted(), escalated=("leads",))
    assert told(escalated, user(), user("lea", team="leads")) == [("ann", None), ("lea", None)]


def test_enough_people_are_no_alarm():
    assert nobody_can(submitted(), [user()]) is None
    assert nobody_can(submitted(), [ON_LEAVE, STAND_IN]) is None
    assert nobody_can(decided(submitted(), Verb.DENY), []) is None


@pytest.mark.parametrize(
    ("users", "why"),
    [
        ([], "payments has no approver"),
        ([user("bob", away=away("bob"))], "bob@example.org is away"),
        ([user("dan", disabled_at=NOW)], "dan@example.org is disabled"),
        ([user("eve")], "eve@example.org asked for it"),
        ([ON_LEAVE], "bob@example.org is away and kim@example.org cannot"),
    ],
)
def test_nobody_who_can_decide_is_an_alarm_that_says_why(users, why):
    asked = replace(submitted(), requesters=("us_eve",))
    assert nobody_can(asked, users) == f"Nobody can decide this now: {why}."


def test_fewer_than_must_agree_are_an_alarm_too():
    asked = submitted(said=verdict(quorum=2))
    assert nobody_can(asked, [user(), user("bob")]) is None
    said = nobody_can(asked, [user(), user("bob", away=away("bob"))])
    assert said == (
        "It needs 2 more people, and only ann@example.org can decide now: bob@example.org is away."
    )


def test_a_long_list_of_reasons_is_cut():
    many = [user(f"u{n}", away=away(f"u{n}")) for n in range(9)]
    assert nobody_can(submitted(), many).endswith("u5@example.org is away, and 3 more.")
