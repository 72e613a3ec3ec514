"""Loops in routing: more of one never loosens, and what meets a bound never runs unasked."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.loop_cases import loop_stops, loops
from tests.unit.test_routing import counted, handoffs, is_looser, policies
from webapp.domain.routing import route
from webapp.domain.verdict import Route


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
