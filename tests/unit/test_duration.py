"""Durations are read and written as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.duration import parse_duration, write_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta()),
        ("366d", timedelta(days=366)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "30", "m", "30 m", "1h30m", "-5m", "1.5h", "30M", "367d", "9999999999s", "٣m", "5m\n"],
)
def test_anything_else_is_no_duration(text):
    assert parse_duration(text) is None


@given(st.integers(0, 366 * 86_400))
def test_a_written_duration_reads_back(seconds):
    length = timedelta(seconds=seconds)
    assert parse_duration(write_duration(length)) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [(timedelta(minutes=90), "90m"), (timedelta(hours=48), "2d"), (timedelta(), "0s")],
)
def test_a_duration_is_written_in_its_largest_whole_unit(length, text):
    assert write_duration(length) == text
