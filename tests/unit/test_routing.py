"""What route() promises of every handoff, policy and counters, whatever they are."""

import inspect
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.makers import DAY, NOW, SURE, counters, drafted, pay, policy, question, submission
from tests.unit.drawn_cases import (
    LEVELS,
    confidences,
    handoffs,
    policies,
    rules,
    task_names,
)
from tests.unit.loop_cases import loops
from webapp.domain import case, gate, policy_limits, routing, shadow
from webapp.domain.action import Action
from webapp.domain.case import Counters, draws
from webapp.domain.handoff import Handoff
from webapp.domain.ladder import below, level_in_force, rungs
from webapp.domain.policy import OBSERVE, ActionType, Policy
from webapp.domain.routing import CHECKS, route
from webapp.domain.rules import Judged, Standing, judge
from webapp.domain.stop import Scope, Stop
from webapp.domain.task_type import Admitted
from webapp.domain.uses import SCALE
from webapp.domain.verdict import Risk, Route, Tier, Verdict

TEXT = (Path(__file__).parents[2] / "docs" / "reasons.md").read_text(encoding="utf-8")
# the routes that the documentation gives for each code
REASONS = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", TEXT, re.MULTILINE))
STOP = Stop(id="st_1", scope=Scope.GLOBAL, name=None, reason="It loops", by="ann", at=NOW)
admitted = st.builds(
    Admitted, type=task_names, since=st.sampled_from([None, NOW, NOW - 6 * DAY, NOW - 7 * DAY])
)


def spent(units):
    """What routing is told where the agent has spent `units` of its budget for the day."""
    handoff = replace(drafted(submission()), agent="spender")
    return {draw.key.text: units * SCALE for draw in draws(handoff, policy(), NOW)}


@st.composite
def counted(draw):
    return Counters(
        at=NOW,
        level=draw(st.sampled_from([None, *LEVELS, "a level that is gone"])),
        used=draw(st.none() | st.integers(0, 150).map(spent)),
        stops=draw(st.sampled_from([(), (), (STOP,)])),
        loops=draw(st.none() | loops()),
        task=draw(st.none() | admitted),
    )


def is_looser(one: Verdict, other: Verdict) -> bool:
    """Say whether `one` lets more through than `other` in any respect."""
    return (
        one.judged.rank < other.judged.rank
        or one.risk.rank < other.risk.rank
        or one.quorum < other.quorum
        or (other.observed and not one.observed)
    )


def standing_at(rules: Policy, used: Counters) -> str:
    """The level that the policy lets the agent stand at."""
    return level_in_force(rules.levels, rules.grant("payer", "payments"), used.level)


cases = given(handoffs(), policies(), counted())


@cases
def test_the_same_inputs_give_the_same_verdict(handoff, rules, used):
    assert route(handoff, rules, used) == route(replace(handoff), rules, replace(used))


@cases
def test_the_strictest_reason_wins_and_all_are_kept(handoff, rules, used):
    found = route(handoff, rules, used)
    assert found.reasons
    given = [reason for reason in found.reasons if reason.code != "observed"]
    assert found.judged.rank == max(reason.route.rank for reason in given)
    assert found.route is (Route.REVIEW if found.observed else found.judged)


@cases
def test_verdict_and_counters_survive_json(handoff, rules, used):
    found = route(handoff, rules, used)
    assert Verdict.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert Counters.from_json(json.loads(json.dumps(used.to_json()))) == used


@given(handoffs(), policies(), counted(), st.integers(0, 100))
def test_more_use_never_loosens(handoff, rules, used, more):
    before = used.used or spent(0)
    less = replace(used, used=before)
    after = replace(used, used={key: value + more * SCALE for key, value in before.items()})
    assert not is_looser(route(handoff, rules, after), route(handoff, rules, less))


@given(handoffs(), policies(), counted(), confidences)
def test_lower_confidence_never_loosens(handoff, rules, used, lower):
    sure = replace(handoff, confidence=max(handoff.confidence or 0, lower or 0))
    unsure = replace(handoff, confidence=min(sure.confidence, lower or 0))
    assert not is_looser(route(unsure, rules, used), route(sure, rules, used))


@cases
def test_a_missing_confidence_never_runs_unasked(handoff, rules, used):
    silent = replace(handoff, confidence=None, vouched=False)
    assert route(silent, rules, used).route is not Route.AUTO


@given(handoffs(), policies(), counted(), rules())
def test_another_rule_never_loosens(handoff, policy, used, rule):
    kinds = {n: replaced(kind, rules=(*kind.rules, rule)) for n, kind in policy.actions.items()}
    stricter = replace(policy, actions=kinds)
    assert not is_looser(route(handoff, stricter, used), route(handoff, policy, used))


@given(handoffs(), policies(), counted(), st.none() | st.sampled_from(Risk))
def test_a_lower_level_never_loosens(handoff, rules, used, cap):
    level = standing_at(rules, used)
    before = rules.levels[level]
    lower = None if cap is None or before is None else min(cap, before, key=lambda r: r.rank)
    stricter = replace(rules, levels={**rules.levels, level: lower})
    assert not is_looser(route(handoff, stricter, used), route(handoff, rules, used))


@given(handoffs(), policies(), counted())
def test_a_demotion_never_loosens(handoff, rules, used):
    down = below(rules.levels, standing_at(rules, used))
    demoted = replace(used, level=down or used.level)
    assert not is_looser(route(handoff, rules, demoted), route(handoff, rules, used))


@given(handoffs(), policies(), counted(), st.sampled_from(LEVELS))
def test_a_lower_maximum_never_loosens(handoff, rules, used, most):
    assume(most != OBSERVE and standing_at(rules, used) != OBSERVE)
    used = replace(used, level=used.level or "supervised")
    order = rungs(rules.levels)
    grants = {
        name: replace(grant, max=min(grant.max, most, key=order.index))
        for name, grant in rules.grants.items()
    }
    stricter = replace(rules, grants=grants)
    assert not is_looser(route(handoff, stricter, used), route(handoff, rules, used))


@cases
def test_a_stop_never_loosens_and_nothing_runs_unasked_under_it(handoff, rules, used):
    stopped = route(handoff, rules, replace(used, stops=(STOP,)))
    assert not is_looser(stopped, route(handoff, rules, replace(used, stops=())))
    assert stopped.route is not Route.AUTO


@cases
def test_a_task_that_is_not_admitted_never_loosens_and_naming_none_is_no_better(
    handoff, rules, used
):
    ticket = Admitted(type="ticket", since=NOW)
    admitted = route(replace(handoff, task_id="ho_9"), rules, replace(used, task=ticket))
    unknown = route(replace(handoff, task_id="ho_9"), rules, replace(used, task=None))
    silent = route(replace(handoff, task_id=None), rules, replace(used, task=None))
    assert not is_looser(unknown, admitted)
    assert not is_looser(silent, admitted)
    assert (unknown.route, unknown.quorum) == (silent.route, silent.quorum)


@cases
def test_a_task_that_has_ended_never_loosens(handoff, rules, used):
    named = replace(handoff, task_id="ho_9")
    tasks = [Admitted(type="ticket", since=since) for since in (NOW - 7 * DAY, NOW)]
    ended, fresh = (route(named, rules, replace(used, task=one)) for one in tasks)
    assert not is_looser(ended, fresh)


@cases
def test_what_needs_a_task_never_runs_unasked_without_one(handoff, rules, used):
    found = route(handoff, rules, replace(used, task=None))
    need = rules.action_type("pay").needs_task
    assert need is None or found.judged.rank >= need.route.rank


@cases
def test_asking_back_never_loosens(handoff, rules, used):
    fresh, asked = replace(handoff, asked_back=False), replace(handoff, asked_back=True)
    assert not is_looser(route(asked, rules, used), route(fresh, rules, used))
    assert route(asked, rules, used).route is not Route.AUTO


@cases
def test_nothing_is_freer_than_the_rules_that_fire(handoff, rules, used):
    found, kind = route(handoff, rules, used), rules.action_type("pay")
    fired = judged(rules, handoff).fired
    assert all(found.judged.rank >= rule.route.rank for rule in fired if rule.route)
    assert all(found.risk.rank >= rule.risk.rank for rule in fired if rule.risk)
    assert found.risk.rank >= kind.risk.rank


@cases
def test_no_claim_ever_loosens(handoff, rules, used):
    silent = replace(handoff, tags=(), on_behalf_of=None)
    assert not is_looser(route(handoff, rules, used), route(silent, rules, used))


@cases
def test_a_rule_that_cannot_be_decided_never_lets_anything_run(handoff, rules, used):
    found, failed = route(handoff, rules, used), judged(rules, handoff).failed
    assert found.route is not Route.AUTO or not failed
    assert all(found.risk.rank >= rule.risk.rank for rule, _ in failed if rule.risk)


@cases
def test_what_always_needs_people_never_runs_unasked(handoff, rules, used):
    kind, found = rules.action_type("pay"), route(handoff, rules, used)
    level = standing_at(rules, used)
    cap = rules.levels[rules.grant("payer", "payments").max if level == OBSERVE else level]
    needs_people = (
        not kind.known,
        not kind.unasked,  # so also what is irreversible, unless the policy says otherwise
        not rules.grant("payer", "payments").allows("pay"),
        found.risk is Risk.CRITICAL,
        cap is None or found.risk.rank > cap.rank,
    )
    assert found.judged is not Route.AUTO or not any(needs_people)


@cases
def test_somebody_can_always_decide(handoff, rules, used):
    found, kind = route(handoff, rules, used), rules.action_type("pay")
    critical = kind.approvals.when_critical or 0 if found.risk is Risk.CRITICAL else 0
    assert found.teams
    assert all(found.teams)
    assert found.quorum == (1 if found.observed else max(kind.approvals.count, critical))


@cases
def test_what_is_observed_goes_to_people_and_is_judged_as_if_it_were_not(handoff, rules, used):
    kinds = {n: replaced(kind, observe=False) for n, kind in rules.actions.items()}
    standing = standing_at(rules, used)
    level = rules.grant("payer", "payments").max if standing == OBSERVE else standing
    assume(level != OBSERVE)
    open_eyed = route(handoff, replace(rules, actions=kinds), replace(used, level=level))
    found = route(handoff, rules, used)
    observed = standing == OBSERVE or rules.action_type("pay").observe
    assert (found.observed, found.would) == (observed, open_eyed.route if observed else None)
    assert found.route is (Route.REVIEW if observed else open_eyed.route)
    assert [one for one in found.reasons if one.code != "observed"] == list(open_eyed.reasons)


@given(handoffs(), policies(), counted(), st.text(max_size=5), st.integers(1, 9))
def test_what_an_agent_claims_beside_its_action_changes_nothing(handoff, rules, used, word, n):
    claims = dict.fromkeys(("title", "intent_id", "run_id", "thread_id", "summary"), word)
    other = replace(handoff, **claims, requesters=(word,), revision=n, id=f"ho_{n}")
    assert route(other, rules, used) == route(handoff, rules, used)


@cases
def test_every_reason_asks_for_a_route_that_is_documented(handoff, rules, used):
    for reason in route(handoff, rules, used).reasons:
        assert reason.route.value in REASONS[reason.code]


def test_the_documented_reasons_are_exactly_those_that_the_code_gives():
    source = "".join(
        map(
            inspect.getsource,
            (routing, gate, *map(inspect.getmodule, CHECKS), case, shadow, policy_limits),
        )
    )
    given_by_code = {*re.findall(r'code="([a-z_]+)"', source), "rule", "risk_raised"}
    given_by_code |= set(re.findall(r'"(task_[a-z_]+)"', inspect.getsource(gate)))
    given_by_code |= set(re.findall(r'"([a-z]+_(?:exhausted|reached))"', source))
    assert set(REASONS) == given_by_code
    assert TEXT.count("\n| `") == len(REASONS)


@pytest.mark.parametrize(
    ("confidence", "tier", "asked"),
    [
        (None, None, Route.REVIEW),
        (0.19, Tier.LOW, Route.BLOCK),
        (0.2, Tier.MEDIUM, Route.REVIEW),
        (0.8999999, Tier.MEDIUM, Route.REVIEW),
        (0.9, Tier.HIGH, Route.AUTO),
        (1, Tier.HIGH, Route.AUTO),
    ],
)
def test_the_tiers_part_where_the_policy_says(confidence, tier, asked):
    found = route(drafted(submission(confidence=confidence)), policy(), counters())
    assert (found.tier, found.route) == (tier, asked)


def test_a_confidence_just_below_a_threshold_is_not_told_as_the_threshold():
    found = route(drafted(submission(confidence=0.8999999)), policy(), counters())
    assert found.reasons[0].message == "0.8999999 is below 0.9, needed to run pay unasked."


def test_a_person_who_vouches_takes_the_place_of_confidence():
    handoff = replace(drafted(submission(confidence=None)), vouched=True)
    assert route(handoff, policy(), counters()).route is Route.AUTO


def test_a_rule_raises_the_risk_and_with_it_the_quorum():
    found = route(drafted(submission(pay(to="bank"), confidence=SURE)), policy(), counters())
    assert (found.risk, found.quorum, found.route) == (Risk.CRITICAL, 2, Route.REVIEW)
    assert [one.code for one in found.reasons] == ["risk_raised", "critical_risk"]
    assert found.reasons[0].rule == "actions.pay.rules[0]"


@pytest.mark.parametrize(("used", "asked"), [(90, Route.AUTO), (91, Route.REVIEW)])
def test_the_budget_covers_what_fits_and_no_more(used, asked):
    handoff = replace(drafted(submission(confidence=SURE)), agent="spender")
    assert route(handoff, policy(), counters(used=spent(used))).route is asked


def test_an_action_that_the_policy_does_not_know_is_of_high_risk():
    unknown = drafted(submission(Action(name="pay.twice", args={}), confidence=SURE))
    found = route(unknown, policy(), counters())
    assert (found.route, found.risk) == (Route.REVIEW, Risk.HIGH)
    assert "unknown_action" in [one.code for one in found.reasons]


def test_a_question_goes_to_the_people_whom_the_policy_names():
    found = route(drafted(question()), policy(), counters(stops=(STOP,)))
    assert (found.route, found.teams, found.quorum) == (Route.REVIEW, ("support",), 1)


def test_a_budget_is_read_only_where_there_is_one_and_something_to_run():
    spender = replace(drafted(submission()), agent="spender")
    asked = replace(drafted(question()), agent="spender")
    found = [len(draws(one, policy(), NOW)) for one in (spender, asked, drafted(submission()))]
    assert found == [1, 0, 0]


def test_a_limit_that_nobody_has_counted_counts_as_used_up():
    handoff = replace(drafted(submission(confidence=SURE)), agent="spender")
    assert route(handoff, policy(), counters(used={})).route is Route.REVIEW


def test_a_verdict_says_how_each_limit_stands():
    handoff = replace(drafted(submission(confidence=SURE)), agent="spender")
    [use] = route(handoff, policy(), counters(used=spent(30))).limits
    assert (use.used, use.takes, use.left) == (30 * SCALE, 10 * SCALE, 60 * SCALE)
    assert use.renews_at > NOW


def judged(rules: Policy, handoff: Handoff) -> Judged:
    standing = Standing(owner="payments", level="a level", uses=None)
    kind = rules.action_type("pay")
    return judge(kind.rules, handoff, standing, kind.batches)


def replaced(kind: ActionType, **changes) -> ActionType:
    """Give the action type with other values; it is compared by identity, so it is made anew."""
    names = [one.name for one in fields(kind) if one.init]
    return ActionType(**{**{name: getattr(kind, name) for name in names}, **changes})
