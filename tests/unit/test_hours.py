"""Hours follow the clock and the calendar of their time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.hours import Hours, read_opening

BERLIN, ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def hours(*texts, holidays=()):
    openings = tuple(read_opening(text) for text in texts)
    days = frozenset(date.fromisoformat(day) for day in holidays)
    return Hours(path="h", openings=openings, holidays=days)


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


OFFICE = hours("Mon-Fri 08:00-18:00 Europe/Berlin", holidays=["2026-12-25"])


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        ("2026-11-20 07:59:59", False),
        ("2026-11-20 08:00", True),
        ("2026-11-20 17:59:59", True),
        ("2026-11-20 18:00", False),
        ("2026-11-21 12:00", False),  # a Saturday
        ("2026-12-24 12:00", True),
        ("2026-12-25 12:00", False),
        ("2026-07-01 08:00", True),  # summer time
    ],
)
def test_what_is_within_hours_is_said_by_the_clock_on_the_wall(moment, within):
    assert OFFICE.cover(at(moment), ZONE) is within


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20 07:00", "2026-11-20 08:00"),
        ("2026-11-20 19:00", "2026-11-23 08:00"),
        ("2026-12-24 19:00", "2026-12-28 08:00"),
    ],
)
def test_the_next_opening_leaves_out_weekends_and_holidays(moment, opens):
    assert OFFICE.open_at(at(moment), ZONE) == at(opens)


def test_hours_without_a_zone_are_those_of_the_policy():
    assert hours("Fri 08:00-09:00").cover(at("2026-11-20 08:30"), BERLIN)
    assert not hours("Fri 08:00-09:00").cover(at("2026-11-20 08:30"), ZONE)


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),
        ("2026-11-21 05:59", True),
        ("2026-11-21 06:00", False),
        ("2026-11-21 23:00", False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment, within):
    assert hours("Fri 22:00-06:00").cover(at(moment), BERLIN) is within


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon-Fri 08:00-18:00", {0, 1, 2, 3, 4}),
        ("Fri-Mon 08:00-18:00", {4, 5, 6, 0}),
        ("Mon,Wed 08:00-24:00", {0, 2}),
        ("Sun 00:00-24:00 UTC", {6}),
    ],
)
def test_days_are_a_day_a_range_or_a_list(text, days):
    assert read_opening(text).days == days


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mon", "08:00-18:00", "Mon-Fri", "Foo 08:00-18:00", "Mon 8-18", "Mon 08:00-08:00"),
        *("Mon 25:00-26:00", "Mon 24:00-06:00", "Mon 08:60-09:00", "Mon 08:00-18:00 Mars/Base"),
        *("Mon 08:00-18:00 ../etc/passwd", "Mon, 08:00-18:00", "Mon 08:00-18:00 "),
    ],
)
def test_what_means_nothing_is_not_read(text):
    assert read_opening(text) is None


def test_hours_that_never_come_have_no_next_opening():
    every_day = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(800)]
    assert hours("Mon-Sun 08:00-18:00", holidays=every_day).open_at(at("2026-06-01"), ZONE) is None


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_hours_are_on_when_they_open(moment):
    opens = OFFICE.open_at(moment.replace(tzinfo=UTC), ZONE)
    assert OFFICE.cover(opens, ZONE)
    assert not OFFICE.cover(opens - timedelta(microseconds=1), ZONE)
