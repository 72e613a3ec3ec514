"""Loops in routing: more of one never loosens, and what meets a bound never runs unasked."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import SURE, counters, drafted, policy, submission
from tests.unit.loop_cases import loop_stops, loops
from tests.unit.test_routing import counted, handoffs, is_looser, policies
from webapp.domain.case import Counters
from webapp.domain.loops import Loops, LoopStops, Within
from webapp.domain.routing import route
from webapp.domain.verdict import Route

WINDOW = timedelta(minutes=10)


@given(handoffs(), policies(), counted(), loops(), st.integers(0, 3))
def test_more_of_a_loop_never_loosens(handoff, rules, used, fewer, more):
    counts = {name: getattr(fewer, name) + more for name in ("same", "failures", "attempts")}
    further = replace(fewer, denied=(*fewer.denied, *(["ho_9"] * more)), **counts)
    before = route(handoff, rules, replace(used, loops=fewer))
    assert not is_looser(route(handoff, rules, replace(used, loops=further)), before)
    assert not is_looser(before, route(handoff, rules, replace(used, loops=None)))


@given(handoffs(), policies(), counted(), loop_stops(), loops())
def test_nothing_that_meets_a_bound_on_loops_runs_unasked(handoff, rules, used, stops, found):
    verdict = route(handoff, replace(rules, stop_loops=stops), replace(used, loops=found))
    same, failures = stops.same_fingerprint, stops.failures
    met = (
        same and found.same + 1 >= same.count,
        failures and found.failures >= failures.count,
        stops.attempts and found.attempts >= stops.attempts,
        stops.after_denied_intent and found.denied,
    )
    assert verdict.route is not Route.AUTO or not any(met)


def reasons(stops, found):
    rules = replace(policy(), stop_loops=stops)
    handoff = drafted(submission(confidence=SURE))
    verdict = route(handoff, rules, counters(loops=found))
    return [(one.code, one.route, one.rule) for one in verdict.reasons], verdict


def within(count):
    return Within(count=count, length=WINDOW)


@pytest.mark.parametrize(
    ("stops", "below", "met", "code", "key"),
    [
        (
            LoopStops(same_fingerprint=within(3)),
            Loops(same=1),
            Loops(same=2),
            "loop_repeated",
            "same_fingerprint",
        ),
        (
            LoopStops(failures=within(3)),
            Loops(failures=2),
            Loops(failures=3),
            "loop_failures",
            "failures",
        ),
        (
            LoopStops(attempts=5),
            Loops(attempts=4),
            Loops(attempts=5),
            "too_many_attempts",
            "attempts",
        ),
        (
            LoopStops(after_denied_intent=Route.REVIEW),
            Loops(),
            Loops(denied=("ho_7",)),
            "denied_before",
            "after_denied_intent",
        ),
    ],
)
def test_each_bound_is_met_at_exactly_its_number(stops, below, met, code, key):
    assert reasons(stops, below)[0] == [("within_policy", Route.AUTO, None)]
    assert reasons(stops, met)[0] == [(code, Route.REVIEW, f"stop_loops.{key}")]


def test_a_denial_blocks_only_where_the_policy_says_so_and_names_what_was_denied():
    found = Loops(denied=("ho_7", "ho_3"))
    [[_, asked, _]], verdict = reasons(LoopStops(after_denied_intent=Route.BLOCK), found)
    assert (asked, verdict.route) == (Route.BLOCK, Route.BLOCK)
    assert "ho_7, ho_3" in verdict.reasons[0].message


def test_what_the_policy_does_not_watch_gives_no_reason():
    everything = Loops(same=9, failures=9, attempts=9, denied=("ho_7",))
    for stops in (None, LoopStops()):
        assert reasons(stops, everything)[0] == [("within_policy", Route.AUTO, None)]


def test_what_nobody_has_counted_gives_no_reason():
    stops = LoopStops(same_fingerprint=within(2), attempts=1)
    assert reasons(stops, None)[0] == [("within_policy", Route.AUTO, None)]


def test_verdicts_from_before_loops_were_counted_are_read():
    stored = counters().to_json()
    del stored["loops"]
    assert Counters.from_json(stored).loops is None
