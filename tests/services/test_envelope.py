"""Envelopes at work: what is counted is counted exactly, for whom it says, and given back when nothing began."""

from contextlib import suppress
from functools import partial

import pytest

from tests.makers import ANN, SURE, UNSURE, decision, submission
from tests.services.scene import Scene, together
from webapp.domain.action import Action
from webapp.domain.errors import EditRefused, LimitReached, LostRace
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.uses import plain
from webapp.services.allowances import allowances
from webapp.services.decide import decide
from webapp.services.expire import end_if_due
from webapp.services.limits import uses_now
from webapp.services.policies import standing
from webapp.services.report import report
from webapp.services.submit import submit
from webapp.services.withdraw import withdraw
from webapp.work import unit_of_work

POLICY = """\
timezone: Europe/Berlin
agents:
  payer:
    owner: payments
    autonomy: {start: standard, max: standard}
    usage: {tokens_per_day: 100, money_per_day: "2 EUR"}
  spender: {owner: payments, autonomy: {start: standard, max: standard}}
actions:
  pay:
    risk: low
    target: /order
    tiers: {auto: 0.9}
    envelope:
      amount: {arg: /amount, currency: /currency, each: "500 EUR", per_day: "1000 EUR"}
      rate: 30/hour
      total: {intent: {ever: "600 EUR"}}
      outside: OUTSIDE
  greet:
    risk: low
    tiers: {auto: 0.9}
    envelope:
      counterparty: {arg: /to, new: review}
"""
GOES_ON = {"intent_id": "in_1"}


@pytest.fixture
def desk(store, world):
    made = Scene(store, world, POLICY.replace("OUTSIDE", "review"))
    yield made
    assert made.faults() == []


@pytest.fixture
def firm(store, world):
    made = Scene(store, world, POLICY.replace("OUTSIDE", "block"))
    yield made
    assert made.faults() == []


LOOKING_ALIKE = """\
agents: {payer: {owner: payments, autonomy: {start: standard}}}
actions:
  pay:
    risk: low
    target: /order
    tiers: {auto: 0.9}
    envelope:
      counterparty: {arg: /to, allow: ["cus_*", "CUS_*", " *"]}
      total: {WHOSE: {day: "1 runs"}}
"""


@pytest.mark.parametrize("whose", ["counterparty", "target"])
def test_one_who_only_looks_different_counts_together(store, world, whose):
    desk = Scene(store, world, LOOKING_ALIKE.replace("WHOSE", whose))
    names = ["cus_77", "CUS_77", " cus_77", "cus_77\u200b", "cus_7\uff17", "cus_78"]
    routes = []
    for name in names:
        args = {"order": name, "to": name}
        asked = submission(Action(name="pay", args=args), confidence=SURE)
        routes.append(desk.submit(name.encode().hex(), asked).handoff.status)
    fits = [Status.APPROVED, *[Status.PENDING] * 4, Status.APPROVED]
    assert routes == fits


def ask(desk, key, amount="100.00", by=None, confidence=SURE, **given):
    args = {"amount": amount, "currency": "EUR", "order": key}
    asked = submission(Action(name="pay", args=args), confidence=confidence, **given)
    return desk.submit(key, asked, by=by).handoff


def greet(desk, key, to="Zoë", by=None, confidence=SURE):
    asked = submission(Action(name="greet", args={"to": to}), confidence=confidence)
    return desk.submit(key, asked, by=by).handoff


def limits(desk, agent=None):
    """How much has been used of each limit, by the end of its path."""
    agent = agent or desk.payer
    named = [(agent.id, agent.name, agent.owner)]

    def look(work):
        return allowances(work, standing(work).policy, named)[agent.id]

    return {
        one.limit.path.removeprefix("actions.pay.envelope."): one.used and plain(one.used)
        for one in desk.read(look)
    }


def spent(desk):
    return limits(desk)["amount.per_day"] or "0"


def codes(handoff):
    return [one.code for one in handoff.verdict.reasons]


def test_twenty_parts_of_499_do_not_make_ten_thousand(desk):
    found = [ask(desk, str(n), "499.00") for n in range(20)]
    assert [one.status for one in found].count(Status.APPROVED) == 2
    assert spent(desk) == "998"
    assert codes(found[-1]) == ["amount_exhausted"]


def test_parts_of_one_intent_add_up_also_where_the_day_has_room(desk):
    found = [ask(desk, str(n), "400.00", **GOES_ON) for n in range(2)]
    assert [one.status for one in found] == [Status.APPROVED, Status.PENDING]
    assert codes(found[1]) == ["total_reached"]


def test_two_agents_draw_on_the_same_day_and_never_pass_it_by_a_cent(desk):
    def spend(who, by):
        return [ask(desk, f"{who}:{n}", "33.34", by=by).status for n in range(5)]

    agents = [desk.payer, desk.spender] * 4
    jobs = [partial(spend, n, by) for n, by in enumerate(agents)]
    found = [status for some in together(*jobs) for status in some]
    assert found.count(Status.APPROVED) == 29  # 30 would be 1000.20
    assert spent(desk) == "966.86"


def test_a_rate_counts_each_agent_by_itself_and_by_the_clock(desk):
    for n in range(30):
        ask(desk, str(n), "1.00")
    assert codes(ask(desk, "31", "1.00")) == ["rate_reached"]
    assert ask(desk, "32", "1.00", by=desk.spender).status is Status.APPROVED
    desk.world.pass_time(hours=1)
    assert ask(desk, "33", "1.00").status is Status.APPROVED


def test_what_a_person_approves_counts_and_may_go_beyond_where_people_decide(desk):
    ask(desk, "1", "400.00")
    ask(desk, "2", "400.00")
    over = desk.decide(ask(desk, "3", "400.00"))
    assert (over.status, spent(desk)) == (Status.APPROVED, "1200")


def test_the_approver_sees_limit_used_and_left_as_they_stand_now(desk):
    waiting = ask(desk, "1", "400.00", confidence=UNSURE)
    ask(desk, "2", "300.00")
    day = next(u for u in desk.read(uses_now, waiting) if u.rule.endswith("per_day") and u.takes)
    assert [plain(n) for n in (day.most, day.used, day.takes, day.left)] == [
        *("1000", "300", "400", "300")
    ]


def test_a_firm_limit_is_one_for_people_as_well(firm):
    waiting = [ask(firm, str(n), "400.00", confidence=UNSURE) for n in range(3)]
    for one in waiting[:2]:
        firm.decide(one)
    with pytest.raises(LimitReached):
        firm.decide(waiting[2])
    with pytest.raises(EditRefused):
        edit(firm, waiting[2], "200.01")
    edit(firm, waiting[2], "200.00")
    assert spent(firm) == "1000"


def edit(desk, handoff, amount):
    args = {**handoff.action.args, "amount": amount}
    return desk.decide(handoff, Verb.EDIT, args=args)


def test_a_firm_rate_does_not_keep_people_from_approving(firm):
    waiting = ask(firm, "0", "1.00", confidence=UNSURE)
    for n in range(1, 31):
        ask(firm, str(n), "1.00")
    assert ask(firm, "31", "1.00").status is Status.BLOCKED
    assert firm.decide(waiting).status is Status.APPROVED


def test_two_people_who_approve_at_once_do_not_pass_a_firm_limit(firm):
    waiting = [ask(firm, str(n), "400.00", confidence=UNSURE) for n in range(4)]

    def approve(one):
        with suppress(LimitReached):
            firm.decide(one)

    together(*[partial(approve, one) for one in waiting])
    assert spent(firm) == "800"


def approve_as_the_desk_does(desk, one):
    """Approve without a lock first, and under one where somebody else was faster."""
    for may_trust in (True, False, False):
        with suppress(LostRace), unit_of_work(desk.store, may_trust=may_trust) as work:
            return decide(work, one.id, decision(one), ANN)
    raise LostRace


@pytest.mark.parametrize("outside", ["review", "block"])
def test_the_same_approval_many_times_at_once_counts_once_and_fails_for_nobody(
    store, world, outside
):
    desk = Scene(store, world, POLICY.replace("OUTSIDE", outside))
    for n in range(5):
        waiting = ask(desk, str(n), "190.00", confidence=UNSURE)
        found = together(*[partial(approve_as_the_desk_does, desk, waiting)] * 6)
        assert [one for one in found if isinstance(one, Exception)] == []
    assert spent(desk) == "950"


def lapse(desk, one):
    desk.world.pass_time(hours=24)
    desk.transact(end_if_due, Topic.LAPSE, one.id)


@pytest.mark.parametrize(
    "undo",
    [
        lapse,
        lambda desk, one: desk.revoke(one),
        lambda desk, one: desk.transact(withdraw, desk.payer, one.id),
    ],
    ids=["lapse", "revoke", "withdraw"],
)
def test_what_never_began_gives_all_of_its_shares_back(desk, undo):
    undo(desk, desk.decide(ask(desk, "1", "400.00", confidence=UNSURE)))
    again = ask(desk, "2", "400.00")
    assert [plain(one.used) for one in again.verdict.limits if one.takes] == ["0"] * 3


def test_a_run_that_its_agent_calls_failed_counts(desk):
    one = desk.decide(ask(desk, "1", "400.00", confidence=UNSURE))
    desk.report(desk.redeem(one), Status.FAILED)
    again = ask(desk, "2", "400.00")
    assert [plain(one.used) for one in again.verdict.limits if one.takes] == ["400", "1", "0"]


def test_what_waits_holds_nothing_and_what_is_denied_or_expires_leaves_nothing(desk):
    denied, expired = (ask(desk, str(n), "400.00", confidence=UNSURE) for n in range(2))
    desk.decide(denied, Verb.DENY)
    desk.world.pass_time(hours=24)
    desk.transact(end_if_due, Topic.EXPIRE, expired.id)
    assert spent(desk) == "0"


@pytest.mark.parametrize("ended", [Status.SUCCEEDED, Status.UNKNOWN])
def test_what_ran_or_may_have_run_counts_for_good(desk, ended):
    desk.report(desk.redeem(ask(desk, "1", "400.00")), ended)
    assert spent(desk) == "400"


def test_the_same_ask_again_is_counted_once(desk):
    together(*[partial(ask, desk, "once")] * 6)
    ask(desk, "once")
    assert spent(desk) == "100"


def test_a_lower_limit_recalls_nothing_and_a_smaller_envelope_does(desk):
    one, two = ask(desk, "1", "400.00"), ask(desk, "2", "400.00")
    lower = POLICY.replace("OUTSIDE", "review").replace("1000 EUR", "500 EUR")
    desk.publish(lower)
    assert desk.redeem(one).status is Status.RUNNING
    desk.publish(lower.replace('each: "500 EUR"', 'each: "399 EUR"'))
    with pytest.raises(PolicyChanged):
        desk.redeem(two)
    assert spent(desk) == "400"


def test_hours_that_are_over_recall_nothing(desk):
    one = ask(desk, "1")
    hours = "hours: Mon-Fri 08:00-09:00\n      rate:"
    desk.publish(POLICY.replace("OUTSIDE", "block").replace("rate:", hours))
    assert codes(ask(desk, "2")) == ["outside_hours"]
    assert desk.redeem(one).status is Status.RUNNING


def test_a_counterparty_is_new_until_the_action_has_succeeded_with_it_for_anybody(desk):
    first = greet(desk, "1")
    assert codes(first) == ["counterparty_new"]
    running = desk.redeem(desk.decide(first))
    assert codes(greet(desk, "2")) == ["counterparty_new"]
    desk.report(running, Status.SUCCEEDED)
    assert greet(desk, "3", by=desk.spender).status is Status.APPROVED
    assert codes(greet(desk, "4", to="Zoe\u0308")) == ["counterparty_new"]


def test_a_run_that_failed_makes_nobody_known(desk):
    desk.report(desk.redeem(desk.decide(greet(desk, "1"))), Status.FAILED)
    assert codes(greet(desk, "2")) == ["counterparty_new"]


def used_up(desk, usage, key="1"):
    desk.report(desk.redeem(ask(desk, key, "1.00")), Status.SUCCEEDED, usage=usage)


@pytest.mark.parametrize(
    ("usage", "asked"),
    [
        ({"tokens": 99, "money": "1.99 EUR"}, Status.APPROVED),
        ({"tokens": 100}, Status.PENDING),
        ({"money": "2 EUR"}, Status.PENDING),
        ({"money": "0.01 USD"}, Status.PENDING),
        ({"tokens": {"in": 1, "out": 1}}, Status.PENDING),
        ({"tokens": -5}, Status.PENDING),
        ({"tokens": None, "seconds": 9, "calls": "many"}, Status.APPROVED),
        ({}, Status.APPROVED),
    ],
)
def test_usage_that_is_reported_counts_until_nothing_is_left(desk, usage, asked):
    used_up(desk, usage)
    assert ask(desk, "2", "1.00").status is asked


def test_usage_renews_with_the_day_and_is_the_agent_s_own(desk):
    used_up(desk, {"tokens": 100})
    assert codes(ask(desk, "2", "1.00")) == ["usage_exhausted"]
    assert ask(desk, "3", "1.00", by=desk.spender).status is Status.APPROVED
    desk.world.pass_time(hours=15)
    assert ask(desk, "4", "1.00").status is Status.APPROVED


def test_a_report_that_is_repeated_counts_once(desk):
    one = desk.redeem(ask(desk, "1", "1.00"))
    for _ in range(3):
        told = {"status": "succeeded", "usage": {"tokens": 40}}
        desk.transact(report, desk.payer, one.id, Status.SUCCEEDED, told)
    assert limits(desk)["agents.payer.usage.tokens_per_day"] == "40"


def test_an_agent_is_told_every_limit_with_what_is_left_and_when_it_renews(desk):
    ask(desk, "1", "400.00")
    told = desk.read(
        lambda work: allowances(work, standing(work).policy, [(desk.payer.id, "payer", "payments")])
    )[desk.payer.id]
    day = next(one for one in told if one.limit.path.endswith("amount.per_day"))
    assert (plain(day.used), plain(day.left)) == ("400", "600")
    assert day.renews_at.isoformat() == "2026-03-02T23:00:00+00:00"
    intent = next(one for one in told if one.limit.path.endswith("intent.ever"))
    assert (intent.used, intent.left) == (None, None)


def test_an_unlucky_transaction_takes_nothing(desk):
    class Crash(Exception):
        pass

    def crash(work):
        asked = submission(
            Action(name="pay", args={"amount": "5.00", "currency": "EUR"}), confidence=SURE
        )
        submit(work, desk.payer, "1", asked)
        raise Crash

    with suppress(Crash):
        desk.transact(crash)
    assert spent(desk) == "0"
