"""One backoff for everything that is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.retry import FIRST, LONGEST, MOST_ATTEMPTS, delay, give_up

attempts, jitters = st.integers(1, 1000), st.floats(0, 1, exclude_max=True)


@given(attempts, jitters)
def test_a_pause_is_never_shorter_than_half_and_never_longer_than_the_longest(attempt, jitter):
    full = delay(attempt, 0.0)
    assert full / 2 <= delay(attempt, jitter) <= full <= LONGEST
    assert delay(attempt, jitter) >= FIRST / 2


@given(attempts, jitters)
def test_pauses_grow(attempt, jitter):
    assert delay(attempt + 1, jitter) >= delay(attempt, jitter)


def test_the_first_pauses_double_from_two_seconds():
    assert [delay(n, 0.0).total_seconds() for n in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert delay(99, 0.0) == timedelta(minutes=10)


def test_it_is_given_up_in_the_end():
    assert [give_up(n) for n in (1, MOST_ATTEMPTS - 1, MOST_ATTEMPTS)] == [False, False, True]
