"""The console: one calm line about what needs people, without anybody's words in it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.worker.office import office
from tests.worlds import BEGINNING
from webapp.domain.alert import Alert, AlertKind
from webapp.domain.handoff import Status
from webapp.domain.run_errors import OutcomeConflict
from webapp.gateways.console import Console, needed

CONSOLE = Console(public_url="https://desk.example.org")


@pytest.fixture
def desk(sqlite_database):
    with office(sqlite_database) as there:
        yield there


def test_the_line_says_what_waits_for_whom_until_when_and_where(desk):
    asked = desk.ask()
    with capture_logs() as lines:
        CONSOLE.tell(asked)
    assert lines == [
        {
            "event": "waits for a decision",
            "log_level": "info",
            "handoff": asked.id,
            "agent": "refunder",
            "asks_for": "payments.refund",
            "risk": "medium",
            "teams": ["payments"],
            "until": (desk.world.now() + timedelta(hours=2)).isoformat(),
            "link": f"https://desk.example.org/handoffs/{asked.id}",
        }
    ]


def test_no_words_and_no_values_of_the_agents_stand_in_the_line(desk):
    with capture_logs() as lines:
        CONSOLE.tell(desk.ask())
    assert not {"Refund an order", "1.00", "é"} & set(json.dumps(lines).split('"'))


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DENIED, Status.WITHDRAWN])
def test_nothing_is_said_where_nobody_is_needed_any_more(desk, status):
    with capture_logs() as lines:
        CONSOLE.tell(replace(desk.ask(), status=status))
    assert lines == []


@pytest.mark.parametrize(
    ("status", "need"),
    [
        (Status.PENDING, "waits for a decision"),
        (Status.EXPIRED, "expired, nothing ran"),
        (Status.UNKNOWN, "nobody knows whether it ran, look and settle it"),
    ],
)
def test_each_need_has_its_words(desk, status, need):
    assert needed(replace(desk.ask(), status=status)) == need


def test_a_second_outcome_is_for_people_to_compare(desk):
    running = desk.redeem(desk.approve(desk.ask()))
    desk.report(running, Status.SUCCEEDED)
    with pytest.raises(OutcomeConflict):
        desk.report(running, Status.FAILED)
    assert needed(desk.now(running)) == "reported a second outcome, compare both"


@pytest.mark.parametrize(
    ("kind", "detail", "says"),
    [
        (AlertKind.INVALID, {"faults": []}, "payer sent 5 submissions that could not be stored."),
        (
            AlertKind.ASKS_TOO_MUCH,
            {"limit": 20, "of": "waiting at once"},
            "payer asks too much: 20 waiting at once is as much as it may.",
        ),
        (
            AlertKind.SILENT,
            {"seen": 3, "at_least": 20, "period": "day"},
            "payer has gone quiet: 3 handoffs, where at least 20 are expected in each day.",
        ),
    ],
)
def test_an_alert_is_one_line_that_says_of_whom_and_where(kind, detail, says):
    with capture_logs() as lines:
        CONSOLE.warn(alert(kind, detail))
    assert lines == [
        {
            "event": says,
            "log_level": "warning",
            "agent": "payer",
            "teams": ["payments"],
            "link": "https://desk.example.org/agents",
        }
    ]


def test_nothing_is_said_of_an_alert_that_somebody_has_settled():
    with capture_logs() as lines:
        CONSOLE.warn(alert(AlertKind.INVALID, {"faults": []}, settled_at=BEGINNING))
    assert lines == []


def alert(kind, detail, **given):
    return Alert(
        id="al_1",
        kind=kind,
        agent_id="ag_1",
        agent="payer",
        owner="payments",
        opened_at=BEGINNING,
        last_at=BEGINNING,
        count=5,
        detail=detail,
        **given,
    )
