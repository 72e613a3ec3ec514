"""Standing approvals at work: given by people, used exactly, ended by whatever speaks against them."""

import pytest

from tests.makers import HOUR, UNSURE, submission
from tests.services.scene import Scene, together
from tests.services.test_escalate import away
from webapp.domain.action import Action
from webapp.domain.decision import Membership, Role
from webapp.domain.errors import Conflict, NotAnApprover, NotFound, SubmissionInvalid
from webapp.domain.handoff import SYSTEM, Face, Status, Verb
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.standing_terms import StandingWish
from webapp.domain.stop import Scope
from webapp.domain.uses import SCALE
from webapp.services import accounts, standing_approvals
from webapp.services.levels import set_level
from webapp.services.stops import stop
from webapp.services.withdraw import withdraw
from webapp.store import standing_approvals as store
from webapp.store import tables
from webapp.store.engine_tables import labels
from webapp.store.engine_tables import standing_approvals as table

TEXT = """
timezone: Europe/Berlin
agents:
  payer: {owner: payments, autonomy: {start: standard, max: standard}}
  spender: {owner: payments, autonomy: {start: standard, max: standard}}
actions:
  credit:
    title: Credit a customer
    risk: medium
    args:
      type: object
      required: [order, to, amount]
      properties: {order: {type: string}, to: {type: string}, amount: {type: string}}
    tiers: {auto: 0.9, review: 0.2}
    rules: [{when: {to: mars}, risk: critical, because: Far away}]
    approvals: {from: [payments], count: 1, when_critical: 2}
    standing: {max_for: 8h, max_uses: 20, max_total: "100 EUR", vary: [/order], amount: {arg: /amount, currency: EUR}}
"""
TWO = TEXT.replace("count: 1", "count: 2")
WISH = StandingWish(lasts=2 * HOUR, uses=20)


@pytest.fixture
def scene(store, world):
    made = Scene(store, world, TEXT)
    made.ann, made.bob = made.user("ann"), made.user("bob")
    yield made
    assert made.faults() == []


def ask(scene, order="1", amount="10.00", to="carl", by=None, key=None, **given):
    action = Action(name="credit", args={"order": order, "to": to, "amount": amount})
    return scene.submit(key or f"credit:{order}", submission(action, **given), by).handoff


def give(scene, order="first", wish=WISH, by=None, **given):
    """Approve a handoff, and similar ones with it."""
    handoff = ask(scene, order, **given)
    return scene.decide(handoff, by=by or scene.ann, standing=wish)


def only(scene):
    [row] = scene.rows(table, "id")
    return row


def ended(scene):
    return only(scene).ended_because


# ---- giving and using


def test_what_is_similar_is_approved_at_once_and_people_are_not_asked(scene):
    first = give(scene)
    second = ask(scene, "2")
    assert (second.status, second.verdict.route.value) == (Status.APPROVED, "review")
    assert (second.decided.via, second.decided.by) == (Face.STANDING, "ann@example.org")
    assert second.decided.standing == only(scene).id
    assert scene.events(second) == ["submitted", "approved"]
    assert scene.queue() == []
    assert (only(scene).uses, only(scene).handoff_id) == (1, first.id)
    assert [
        row.topic for row in scene.rows(tables.outbox, "id") if row.handoff_id == second.id
    ] == ["approval.lapse"]
    assert scene.redeem(second).status is Status.RUNNING


def test_the_first_one_is_no_use_of_it(scene):
    give(scene)
    assert (only(scene).uses, only(scene).total) == (0, 0)


def test_the_same_ask_again_is_not_counted_again(scene):
    give(scene)
    for _ in range(3):
        ask(scene, "2")
    together(*[lambda: ask(scene, "3")] * 8)
    assert only(scene).uses == 2


def test_what_is_not_similar_waits_for_people(scene):
    give(scene)
    assert ask(scene, "2", amount="10.01").status is Status.PENDING
    assert ask(scene, "3", to="dora").status is Status.PENDING
    assert ask(scene, "4", to="mars").status is Status.PENDING
    assert ask(scene, "5", by=scene.spender).status is Status.PENDING
    assert only(scene).uses == 0


def test_it_ends_when_its_time_is_over(scene):
    give(scene)
    scene.world.pass_time(hours=1, minutes=59)
    assert ask(scene, "2").status is Status.APPROVED
    scene.world.pass_time(minutes=1)
    assert ask(scene, "3").status is Status.PENDING


def test_eight_at_once_never_pass_its_uses(scene):
    give(scene, wish=StandingWish(lasts=HOUR, uses=5))
    made = together(
        *[lambda n=n: [ask(scene, f"{n}:{k}", "1.00") for k in range(3)] for n in range(8)]
    )
    found = [one.status for some in made for one in some]
    assert (found.count(Status.APPROVED), only(scene).uses) == (5, 5)


def test_eight_at_once_never_pass_its_total_by_a_cent(scene):
    give(scene, amount="33.34")
    made = together(
        *[lambda n=n: [ask(scene, f"{n}:{k}", "33.34") for k in range(2)] for n in range(8)]
    )
    found = [one.status for some in made for one in some]
    assert found.count(Status.APPROVED) == 2
    assert only(scene).total == int(66.68 * SCALE)
    assert ask(scene, "rest", "33.32").status is Status.APPROVED
    assert ask(scene, "cent", "0.01").status is Status.PENDING


def test_a_use_stays_used(scene):
    give(scene)
    scene.transact(withdraw, scene.payer, ask(scene, "2").id)
    assert (only(scene).uses, only(scene).ended_at) == (1, None)


def test_where_several_are_open_another_one_answers(scene):
    give(scene, "a", wish=StandingWish(lasts=HOUR, uses=1))
    give(scene, "b", wish=StandingWish(lasts=HOUR, uses=1), amount="20.00")
    assert [ask(scene, str(n)).status.value for n in range(3)] == [
        "approved",
        "approved",
        "pending",
    ]


def test_what_it_approved_is_looked_at_afterwards_like_what_ran_unasked(scene):
    scene.publish(TEXT.replace("    standing:", "    audit_sample: 1\n    standing:"))
    first = give(scene)
    second = ask(scene, "2")
    assert [row.handoff_id for row in scene.rows(labels)] == [second.id] != [first.id]


# ---- who may give one


def test_with_two_needed_it_begins_when_the_second_has_given_the_same(scene):
    scene.publish(TWO)
    handoff = ask(scene, "first")
    scene.decide(handoff, by=scene.ann, standing=WISH)
    assert scene.count(table) == 0
    with pytest.raises(SubmissionInvalid, match="give the very same"):
        scene.decide(handoff, by=scene.bob, standing=StandingWish(lasts=HOUR, uses=1))
    scene.decide(handoff, by=scene.bob, standing=WISH)
    second = ask(scene, "2")
    assert [vote.by for vote in second.votes] == ["ann@example.org", "bob@example.org"]


def test_who_agrees_to_this_one_alone_gives_none(scene):
    scene.publish(TWO)
    handoff = ask(scene, "first")
    scene.decide(handoff, by=scene.ann, standing=WISH)
    assert scene.decide(handoff, by=scene.bob).status is Status.APPROVED
    assert scene.count(table) == 0


def test_the_same_decision_again_gives_no_second_one(scene):
    handoff = give(scene)
    scene.decide(handoff, by=scene.ann, standing=WISH)
    assert scene.count(table) == 1
    with pytest.raises(Conflict):
        scene.decide(handoff, by=scene.ann)


@pytest.mark.parametrize(
    ("lasts", "uses"), [(9 * HOUR, 1), (HOUR, 21)], ids=["for too long", "too often"]
)
def test_nobody_gives_more_than_the_policy_allows(scene, lasts, uses):
    with pytest.raises(SubmissionInvalid) as refused:
        give(scene, wish=StandingWish(lasts=lasts, uses=uses))
    assert refused.value.problems[0].pointer == "/standing"
    assert scene.count(table) == 0


def test_nobody_gives_one_with_what_it_could_not_answer(scene):
    with pytest.raises(SubmissionInvalid, match="one by one"):
        give(scene, to="mars")


def test_nobody_gives_one_with_anything_but_an_approval(scene):
    with pytest.raises(SubmissionInvalid, match="Only an approval"):
        scene.decide(ask(scene), Verb.DENY, by=scene.ann, standing=WISH)


def test_nobody_gives_one_under_an_older_policy(scene):
    handoff = ask(scene)
    scene.publish(TEXT)
    with pytest.raises(SubmissionInvalid, match="policy has changed"):
        scene.decide(handoff, by=scene.ann, standing=WISH)


def test_nobody_gives_one_under_a_stop(scene):
    handoff = ask(scene)
    scene.transact(stop, Scope.GLOBAL, None, "Stop", "ann")
    with pytest.raises(SubmissionInvalid, match="stop is in force"):
        scene.decide(handoff, by=scene.ann, standing=WISH)


def test_who_gave_it_is_asked_about_what_they_ask_for_themselves(scene):
    give(scene)
    assert ask(scene, "2", on_behalf_of="ann@example.org").status is Status.PENDING
    assert ended(scene) is None
    assert ask(scene, "3", on_behalf_of="bob@example.org").status is Status.APPROVED


# ---- what ends one


def test_a_denial_of_that_action_of_that_agent_ends_it(scene):
    give(scene)
    scene.decide(ask(scene, "other", by=scene.spender), Verb.DENY, by=scene.bob)
    assert ended(scene) is None
    denied = scene.decide(ask(scene, "2", to="dora"), Verb.DENY, by=scene.bob)
    assert ended(scene) == f"bob@example.org denied {denied.id}"
    assert ask(scene, "3").status is Status.PENDING


@pytest.mark.parametrize("outcome", [Status.FAILED, Status.UNKNOWN])
@pytest.mark.parametrize("which", ["first", "similar"])
def test_a_run_that_failed_or_may_have_ends_it(scene, outcome, which):
    first = give(scene)
    handoff = first if which == "first" else ask(scene, "2")
    scene.report(scene.redeem(handoff), outcome)
    assert ended(scene) == f"{handoff.id} ended {outcome.value}"
    assert ask(scene, "3").status is Status.PENDING


@pytest.mark.parametrize("which", ["first", "similar"])
def test_a_success_that_is_contradicted_ends_it(scene, which):
    expecting = {"said": {"expected_effect": {"/credited": True}}}
    first = give(scene, **expecting)
    handoff = first if which == "first" else ask(scene, "2", **expecting)
    scene.report(scene.redeem(handoff), effect={"credited": False})
    assert ended(scene) == f"{handoff.id} was reported as done and is not"
    assert ask(scene, "3").status is Status.PENDING


def test_a_run_that_succeeded_ends_nothing(scene):
    give(scene)
    scene.report(scene.redeem(ask(scene, "2")))
    assert ended(scene) is None


@pytest.mark.parametrize("which", ["first", "similar"])
def test_taking_an_approval_back_ends_it(scene, which):
    first = give(scene)
    scene.revoke(first if which == "first" else ask(scene, "2"), by=scene.ann)
    assert "was taken back" in ended(scene)


@pytest.mark.parametrize(
    ("scope", "name", "ends"),
    [
        (Scope.GLOBAL, None, True),
        (Scope.AGENT, "payer", True),
        (Scope.AGENT, "spender", False),
        (Scope.ACTION, "credit", True),
        (Scope.ACTION, "credit.*", False),
        (Scope.ACTION, "payments.*", False),
    ],
)
def test_a_stop_that_covers_it_ends_it(scene, scope, name, ends):
    give(scene)
    scene.transact(stop, scope, name, "It loops", "ann")
    assert (ended(scene) is not None) is ends


def test_a_published_policy_ends_it(scene):
    give(scene)
    assert scene.publish(TEXT) == 2
    assert ended(scene) == "policy 2 was published"
    assert ask(scene, "2").status is Status.PENDING


def test_a_demotion_ends_all_of_the_agent(scene):
    give(scene)
    scene.transact(set_level, "spender", "low_risk", "It errs", SYSTEM)
    assert ended(scene) is None
    scene.transact(set_level, "payer", "low_risk", "It errs", SYSTEM)
    assert ended(scene) == "payer was demoted to low_risk"


def lose_role(scene):
    scene.transact(
        accounts.set_role, "ann@example.org", Membership(team="payments", role=Role.VIEWER)
    )


def lose_account(scene):
    scene.transact(accounts.disable_user, "ann@example.org")


def keep_but_in_place_of_another(scene):
    lose_role(scene)
    away(scene, scene.bob, scene.ann)


@pytest.mark.parametrize("lose", [lose_role, lose_account, keep_but_in_place_of_another])
def test_a_lost_role_ends_it_at_its_next_use(scene, lose):
    give(scene)
    lose(scene)
    assert ask(scene, "2").status is Status.PENDING
    assert ended(scene) == "ann@example.org may not decide this any more"


def test_what_it_approved_and_has_not_begun_goes_back_to_people(scene):
    give(scene)
    second = ask(scene, "2")
    scene.transact(standing_approvals.revoke, only(scene).id, scene.bob)
    with pytest.raises(PolicyChanged, match="took it back"):
        scene.redeem(second)
    now = scene.now(second)
    assert (now.status, now.decided) == (Status.PENDING, None)
    assert scene.redeem(scene.decide(now, by=scene.bob)).status is Status.RUNNING


def test_what_a_person_saw_stays_approved_when_it_ends(scene):
    first = give(scene)
    scene.transact(standing_approvals.revoke, only(scene).id, scene.bob)
    assert scene.redeem(first).status is Status.RUNNING


# ---- seeing them


def test_those_of_the_team_see_it_and_its_approvers_may_end_it(scene):
    give(scene)
    name = only(scene).id
    viewer, stranger = scene.user("vera", role=Role.VIEWER), scene.user("sam", team="sales")
    [told] = scene.read(standing_approvals.visible, viewer)
    assert (told.open, told.may_revoke) == (True, False)
    assert told.says.startswith("Credit a customer: at most 10 EUR, to carl, any order, by payer")
    assert scene.read(standing_approvals.visible, stranger) == []
    with pytest.raises(NotAnApprover):
        scene.transact(standing_approvals.revoke, name, viewer)
    with pytest.raises(NotFound):
        scene.transact(standing_approvals.revoke, name, stranger)
    assert ask(scene, "2").status is Status.APPROVED
    told = scene.transact(standing_approvals.revoke, name, scene.bob)
    assert (told.open, told.approval.ended_because) == (False, "bob@example.org took it back")
    assert scene.transact(standing_approvals.revoke, name, scene.ann) == told
    assert ask(scene, "3").status is Status.PENDING


def test_the_offer_says_what_it_covers_and_would_have_covered(scene):
    scene.decide(ask(scene, "old"), by=scene.ann)
    denied = scene.decide(ask(scene, "older"), Verb.DENY, by=scene.bob)
    edited = ask(scene, "edited")
    args = {**edited.action.args, "to": "dora"}
    changed = scene.decide(edited, Verb.EDIT, by=scene.bob, args=args)
    ask(scene, "more", "99.00")
    handoff = ask(scene, "first")
    offer = scene.read(standing_approvals.offer, scene.ann, handoff.id, WISH)
    assert offer.says.endswith("at most 20 times, 100 EUR in all.")
    assert (offer.problem, offer.cut, offer.tested.covered) == (None, False, 3)
    assert [one.id for one in offer.tested.denied] == [denied.id]
    assert [one.id for one in offer.tested.changed] == [changed.id]


def test_the_offer_looks_back_thirty_days(scene):
    ask(scene, "old")
    scene.world.pass_time(days=31)
    handoff = ask(scene, "first")
    assert scene.read(standing_approvals.offer, scene.ann, handoff.id, WISH).tested.covered == 0


def test_the_offer_says_what_is_wrong_with_the_wish(scene):
    handoff = ask(scene, "first")
    wish = StandingWish(lasts=HOUR, uses=99)
    assert "20 times" in scene.read(standing_approvals.offer, scene.ann, handoff.id, wish).problem


def test_the_database_itself_bounds_uses_and_total(scene):
    give(scene, wish=StandingWish(lasts=HOUR, uses=1))
    with pytest.raises(Exception, match=r"CHECK|check"):
        scene.transact(lambda work: [store.use(work, only(scene).id, 0) for _ in range(2)])
    assert only(scene).uses == 0


def test_sure_enough_still_runs_by_policy_and_uses_nothing(scene):
    give(scene)
    assert ask(scene, "2", confidence=0.99).decided is None
    assert ask(scene, "3", confidence=UNSURE).decided.standing == only(scene).id
    assert only(scene).uses == 1
