"""The ladder: which level is in force, and which is the next one up or down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.ladder import above, below, level_in_force, rungs
from webapp.domain.policy import DEFAULT_LEVELS, Grant
from webapp.domain.verdict import Risk

LEVELS = DEFAULT_LEVELS
names = st.sampled_from(tuple(LEVELS))


def grant(start: str = "read_only", most: str = "standard") -> Grant:
    return Grant(name="payer", owner=None, start=start, max=most)


@pytest.mark.parametrize(
    ("earned", "stands_at"),
    [
        (None, "read_only"),
        ("low_risk", "low_risk"),
        ("supervised", "supervised"),
        ("standard", "standard"),
        ("trusted", "standard"),
        ("a level that is gone", "supervised"),
    ],
)
def test_an_agent_stands_at_what_it_earned_within_the_policy(earned, stands_at):
    assert level_in_force(LEVELS, grant(), earned) == stands_at


@given(names, names, st.none() | names)
def test_nothing_earned_is_ever_above_the_maximum(start, most, earned):
    found = level_in_force(LEVELS, grant(start, most), earned)
    order = rungs(LEVELS)
    assert earned is None or order.index(found) <= order.index(most)


def test_levels_are_ordered_by_what_they_may_run_unasked():
    mixed = {
        "bold": Risk.HIGH,
        "supervised": None,
        "calm": Risk.LOW,
        "watched": None,
        "observe": None,
    }
    assert rungs(mixed) == ("observe", "supervised", "watched", "calm", "bold")


@given(names, names, names)
def test_a_step_up_is_one_rung_and_never_above_the_maximum(level, start, most):
    up, order = above(LEVELS, grant(start, most), level), rungs(LEVELS)
    assert up is None or order.index(up) == order.index(level) + 1 <= order.index(most)
    assert up is not None or order.index(level) >= order.index(most)


@given(names)
def test_a_step_down_is_one_rung_and_never_below_supervised(level):
    down, order = below(LEVELS, level), rungs(LEVELS)
    assert down is None or order.index(down) == order.index(level) - 1
    assert down != "observe"
    assert (down is None) == (level in {"observe", "supervised"})


def test_from_a_level_that_the_policy_does_not_know_no_step_leads_on():
    assert above(LEVELS, grant(), "gone") is None
    assert below(LEVELS, "gone") is None
