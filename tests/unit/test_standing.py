"""What a standing approval covers, and everything that it leaves to people."""

from dataclasses import fields, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st

from tests.makers import (
    ANN,
    BOB,
    HOUR,
    NOW,
    UNSURE,
    counters,
    decision,
    drafted,
    routed,
    submission,
)
from webapp.domain import lifecycle
from webapp.domain.action import Action
from webapp.domain.handoff import Face, Kind, Status, Verb
from webapp.domain.policy_document import parse
from webapp.domain.routing import route
from webapp.domain.standing import (
    ANSWERED,
    Scope,
    approve,
    given,
    given_with,
    refusal,
    takes,
    unanswerable,
    vote_refusal,
    wish_of,
    wish_refusal,
)
from webapp.domain.standing_terms import StandingWish
from webapp.domain.standing_words import backtest, sentence
from webapp.domain.uses import SCALE
from webapp.domain.verdict import Reason, Risk, Route

TEXT = """
agents:
  payer: {owner: payments, autonomy: {start: standard, max: standard}}
actions:
  credit:
    title: Credit a customer
    risk: medium
    args:
      type: object
      properties:
        order: {type: string}
        to: {}
        amount: {}
        currency: {type: string}
        lines: {type: array}
    tiers: {auto: 0.9, review: 0.2}
    rules:
      - {when: {to: mars}, risk: high, because: Far away}
      - {when: {to: bob}, route: review, because: Bob is new}
      - {when: {order: dear}, route: review, because: Dear orders are looked at one by one}
    standing:
      max_for: 8h
      max_uses: 20
      max_total: "2000 EUR"
      vary: [/order, /lines/0]
      amount: {arg: /amount, currency: /currency}
  plain: {risk: low, args: {}, standing: {max_for: 1h, max_uses: 2}}
  bare: {risk: low, args: {}}
"""
RULES = parse(TEXT, number=1)
OF = RULES.action_type("credit")
WISH = StandingWish(lasts=2 * HOUR, uses=5)
ARGS = {"order": "1", "to": "cus_77", "amount": "129.00", "currency": "EUR", "lines": ["a", "b"]}
BERLIN = ZoneInfo("Europe/Berlin")


def asked(name="credit", said=None, requesters=(), **args):
    """A handoff as it stands after its submission under TEXT."""
    action = Action(name=name, args={**ARGS, **args})
    sent = submission(action, confidence=UNSURE)
    made = replace(drafted(sent, RULES), requesters=requesters)
    verdict = said or route(made, RULES, counters())
    return lifecycle.submit(made, routed(made, verdict), sent, made_by(made)).after


def made_by(handoff):
    return lifecycle.agent_of(handoff)


def agreed(handoff, *people, wish=WISH):
    for one in people or (ANN,):
        said = decision(handoff, standing=wish)
        handoff = lifecycle.decide(handoff, said, one, NOW).after
    return handoff


def standing(handoff=None, **changed):
    after = agreed(handoff or asked())
    return replace(given(after, OF, OF.standing, WISH, NOW), **changed)


def covers(handoff, **changed):
    return takes(standing(**changed), handoff, OF) is not None


def with_reasons(handoff, *codes, **changed):
    reasons = tuple(Reason(code=c, route=Route.REVIEW, message="Because.") for c in codes)
    return replace(handoff, verdict=replace(handoff.verdict, reasons=reasons, **changed))


# ---- what is alike


def test_the_very_same_is_covered_and_takes_its_amount():
    assert takes(standing(), asked(), OF) == 129 * SCALE


@pytest.mark.parametrize(
    "args",
    [{"order": "2"}, {"amount": "128.99"}, {"amount": 0}, {"lines": ["x", "b"]}, {"amount": 129}],
)
def test_args_that_vary_are_free_and_less_money_is_fine(args):
    assert covers(asked(**args))


@pytest.mark.parametrize(
    "args",
    [
        {"amount": "129.01"},
        {"amount": "-1"},
        {"amount": "1e1"},
        {"amount": None},
        {"amount": True},
        {"currency": "USD"},
        {"to": "cus_78"},
        {"to": None},
        {"lines": ["a", "c"]},
        {"lines": ["a", "b", "c"]},
        {"lines": []},
        {"more": 1},
    ],
)
def test_any_other_difference_is_left_to_people(args):
    assert not covers(asked(**args))


def test_an_arg_that_is_absent_is_another_than_one_that_is_there():
    action = asked().action
    less = {name: value for name, value in action.args.items() if name != "order"}
    handoff = replace(asked(), action=Action(name="credit", args=less))
    assert not covers(handoff)


def test_args_are_compared_as_canonical_json():
    given_to_one = standing(asked(to=1))
    assert takes(given_to_one, asked(to=1.0), OF) is not None
    assert takes(given_to_one, asked(to=True), OF) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"agent_id": "ag_other"},
        {"vouched": True},
        {"allowed": (Verb.DENY,)},
        {"kind": Kind.QUESTION},
    ],
)
def test_another_agent_or_what_people_made_is_left_to_people(changed):
    assert not covers(replace(asked(), **changed))


def test_another_action_is_left_to_people():
    assert not covers(asked("plain"))


def test_it_holds_under_the_policy_that_it_was_given_under_and_no_other():
    handoff = asked()
    assert not covers(replace(handoff, verdict=replace(handoff.verdict, policy=2)))


def test_nobody_approves_in_advance_what_they_ask_for():
    assert not covers(asked(requesters=(ANN.id,)))
    assert covers(asked(requesters=(BOB.id,)))


def test_it_counts_for_no_more_people_than_gave_it():
    handoff = asked()
    assert not covers(replace(handoff, verdict=replace(handoff.verdict, quorum=2)))


def test_the_total_is_never_passed_by_a_cent():
    most = 2000 * SCALE
    assert covers(asked(), total=most - 129 * SCALE)
    assert not covers(asked(), total=most - 129 * SCALE + 1)


# ---- what a person must see


@pytest.mark.parametrize("code", sorted(ANSWERED - {"rule"}))
def test_what_a_person_answered_by_giving_it_is_answered(code):
    assert covers(with_reasons(asked(), code))


@pytest.mark.parametrize(
    "code",
    ["stopped", "budget_exhausted", "irreversible", "critical_risk", "risk_raised", "asked_back", "observed",
     "action_not_granted", "unknown_action", "confidence_too_low", "a_reason_of_tomorrow"],
)  # fmt: skip
def test_any_other_reason_reaches_people(code):
    assert not covers(with_reasons(asked(), "confidence_below_auto", code))


@settings(deadline=None)
@whatever(st.lists(st.sampled_from([*sorted(ANSWERED), "stopped", "outside", "loop"]), min_size=1))
def test_one_reason_more_never_makes_it_cover_more(codes):
    handoff = with_reasons(asked(), *codes)
    assert covers(handoff) is (set(codes) <= ANSWERED - {"rule"})


@pytest.mark.parametrize("asked_route", [Route.AUTO, Route.BLOCK])
def test_only_what_policy_puts_before_people_is_answered(asked_route):
    assert not covers(with_reasons(asked(), "rule", route=asked_route))


def test_what_is_observed_is_never_answered():
    assert not covers(with_reasons(asked(), "rule", observed=True))


@pytest.mark.parametrize("risk", [Risk.HIGH, Risk.CRITICAL])
def test_a_risk_that_was_raised_is_never_answered(risk):
    assert not covers(with_reasons(asked(), "rule", risk=risk))
    assert unanswerable(asked(to="mars"), OF, Risk.HIGH)


def test_a_rule_that_asks_for_people_is_answered_where_it_fired_for_the_first_one_too():
    assert takes(standing(asked(to="bob")), asked(to="bob", order="9"), OF) is not None


@pytest.mark.parametrize("first", ["1", "dear"])
def test_a_rule_that_nobody_has_answered_reaches_people_whatever_may_vary(first):
    assert (takes(standing(asked(order=first)), asked(order="dear"), OF) is None) is (first == "1")


def test_what_was_given_before_rules_were_noted_answers_none():
    scope = standing(asked(to="bob")).scope
    told = {name: value for name, value in scope.to_json().items() if name != "rules"}
    assert not covers(asked(to="bob"), scope=Scope.from_json(told))


def test_what_cannot_be_undone_is_never_answered():
    handoff = asked()
    assert takes(standing(), handoff, replace_type(reversible=False)) is None


def replace_type(**changed):
    return replace_fields(OF, **changed)


def replace_fields(of, **changed):
    named = {one.name: getattr(of, one.name) for one in fields(of) if one.init}
    return type(of)(**{**named, **changed})


# ---- giving one


def test_it_is_given_only_with_what_it_would_cover_itself():
    assert refusal(asked(), OF) is None
    assert "each of these" in refusal(with_reasons(asked(), "stopped"), OF)
    assert "no standing approvals" in refusal(asked("bare"), RULES.action_type("bare"))


def test_an_amount_that_cannot_be_read_bounds_nothing():
    assert "cannot be read" in refusal(asked(amount="much"), OF)
    assert "counted in EUR, not USD" in refusal(asked(currency="USD"), OF)


@pytest.mark.parametrize(
    ("lasts", "uses", "refused"),
    [(8, 20, False), (8.01, 20, True), (8, 21, True), (0, 1, True), (-1, 1, True), (1, 0, True)],
)
def test_a_wish_stays_within_the_policy(lasts, uses, refused):
    wish = StandingWish(lasts=timedelta(hours=lasts), uses=uses)
    assert bool(wish_refusal(wish, OF.standing)) is refused


def two_needed():
    handoff = asked()
    return replace(handoff, verdict=replace(handoff.verdict, quorum=2))


def test_all_who_agree_give_the_very_same_or_nobody_gives_one():
    one = agreed(two_needed())
    other = StandingWish(lasts=HOUR, uses=5)
    assert vote_refusal(one, WISH) is None
    assert "ann@example.org gave it for 2h and 5 times" in vote_refusal(one, other)
    alone = agreed(two_needed(), wish=None)
    assert "agreed to this one alone" in vote_refusal(alone, WISH)


def test_it_begins_with_the_last_vote_and_is_in_the_name_of_all():
    one = agreed(two_needed())
    assert (one.status, given_with(one)) == (Status.PENDING, None)
    both = agreed(one, BOB)
    assert wish_of(both) == WISH
    made = given(both, OF, OF.standing, WISH, NOW)
    assert [email for _, email in made.scope.by] == ["ann@example.org", "bob@example.org"]
    assert made.id == given_with(both) == "sa_1_3"


def test_who_agrees_to_this_one_alone_gives_nothing_in_advance():
    assert wish_of(agreed(agreed(two_needed()), BOB, wish=None)) is None
    assert given_with(agreed(asked(), wish=None)) is None


# ---- what is recorded


def test_the_decision_is_that_of_who_gave_it_said_in_advance():
    step = approve(asked(), standing(), NOW)
    said = step.after.decided
    assert (step.after.status, said.verb, said.via) == (
        Status.APPROVED,
        Verb.APPROVE,
        Face.STANDING,
    )
    assert (said.by_id, said.standing) == (ANN.id, "sa_1_2")
    assert step.event.data["standing"] == "sa_1_2"
    assert step.event.actor.face is Face.STANDING
    assert step.after.verdict.route is Route.REVIEW
    assert [vote.by_id for vote in step.after.votes] == [ANN.id]
    assert given_with(step.after) is None


def test_a_scope_is_stored_and_read_back_unchanged():
    scope = standing().scope
    assert Scope.from_json(scope.to_json()) == scope
    plain_scope = given(
        agreed(asked("plain")),
        RULES.action_type("plain"),
        RULES.action_type("plain").standing,
        WISH,
        NOW,
    ).scope
    assert Scope.from_json(plain_scope.to_json()) == plain_scope


@pytest.mark.parametrize(
    "changed",
    [{"ended_at": NOW}, {"ends_at": NOW}, {"uses": 5}],
)
def test_what_has_ended_or_is_used_up_is_not_open(changed):
    assert standing().is_open(NOW)
    assert not standing(**changed).is_open(NOW)


# ---- in words


def test_the_scope_is_one_sentence():
    assert sentence(standing().scope, NOW + 2 * HOUR, BERLIN) == (
        'Credit a customer: at most 129 EUR, to cus_77, lines [null,"b"], any order, any lines.0, by payer, '
        f"until {(NOW + 2 * HOUR).astimezone(BERLIN):%Y-%m-%d %H:%M} (Europe/Berlin), at most 5 times, 2000 EUR in all."
    )


def test_what_hides_in_an_arg_is_shown_and_what_is_long_is_cut():
    said = sentence(standing(asked(to="a\u202eb" + "c" * 100)).scope, NOW, BERLIN)
    assert "⟨U+202E⟩" in said
    assert "c" * 80 not in said


def test_the_backtest_tells_where_people_saw_it_otherwise():
    denied = lifecycle.decide(asked(), decision(asked(), Verb.DENY, note="No."), ANN, NOW).after
    failed = replace(agreed(asked(order="7"), wish=None), status=Status.FAILED)
    larger = asked(amount="500.00")
    changed = replace(
        larger, id="ho_9", vouched=True, decided=replace(agreed(asked()).decided, verb=Verb.EDIT)
    )
    proposed = {"ho_9": replace(changed, action=asked().action, vouched=False)}
    told = backtest(standing(), OF, [denied, failed, larger, changed], proposed)
    assert told.covered == 3
    assert (told.denied, told.changed, told.failed) == ((denied,), (changed,), (failed,))
