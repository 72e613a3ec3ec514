"""One backoff for everything that is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.message import Topic
from webapp.domain.retry import USUAL, patience

attempts, jitters = st.integers(1, 1000), st.floats(0, 1, exclude_max=True)
patiences = st.sampled_from(list(Topic)).map(patience)


@given(patiences, attempts, jitters)
def test_a_pause_is_never_shorter_than_half_and_never_longer_than_the_longest(one, attempt, jitter):
    full = one.delay(attempt, 0.0)
    assert full / 2 <= one.delay(attempt, jitter) <= full <= one.longest
    assert one.delay(attempt, jitter) >= one.first / 2


@given(patiences, attempts, jitters)
def test_pauses_grow(one, attempt, jitter):
    assert one.delay(attempt + 1, jitter) >= one.delay(attempt, jitter)


def test_the_first_pauses_double_from_two_seconds():
    assert [USUAL.delay(n, 0.0).total_seconds() for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert USUAL.delay(99, 0.0) == timedelta(minutes=10)


@pytest.mark.parametrize("topic", Topic)
def test_it_is_given_up_in_the_end(topic):
    one = patience(topic)
    assert [one.ends(n) for n in (1, one.attempts - 1, one.attempts)] == [False, False, True]
