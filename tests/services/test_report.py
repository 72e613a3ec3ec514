"""Reporting: the first word counts, every other one is kept for a person to look at."""

import json
from contextlib import suppress

import pytest

from tests.services.scene import together
from webapp.domain.errors import NotFound
from webapp.domain.handoff import Status
from webapp.domain.message import Topic
from webapp.domain.run_errors import NotRunning, OutcomeConflict
from webapp.services.deliver import deliver, instruction, runnable
from webapp.services.expire import end_if_due
from webapp.services.report import MOST_CLAIMS, report
from webapp.store import tables

ENDS = [Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN]


def claims(scene):
    rows = {row.sequence: row for row in scene.rows(tables.payloads)}
    found = [row.sequence for row in scene.rows(tables.events, "id") if row.type == "claimed"]
    return [json.loads(rows[sequence].body) for sequence in found]


@pytest.mark.parametrize("status", ENDS)
def test_a_report_ends_the_execution(scene, status):
    done = scene.report(scene.running(), status, detail="paid", usage={"tokens": 3})
    found = scene.read(deliver, done)
    assert (done.status, runnable(done), scene.now(done)) == (status, None, done)
    assert found.reported == {"status": status.value, "detail": "paid", "usage": {"tokens": 3}}
    assert "not run the action again" in instruction(done)


def test_the_same_report_again_changes_nothing(scene):
    done = scene.report(scene.running(), effect={"n": 1})
    assert scene.report(done, effect={"n": 1.0}) == done
    assert len(scene.events(done)) == 4


def test_a_contradiction_is_refused_kept_once_and_changes_nothing(scene):
    done = scene.report(scene.running())
    for _ in range(3):
        with pytest.raises(OutcomeConflict):
            scene.report(done, Status.FAILED, detail="or not")
    after = scene.now(done)
    assert (after.status, after.outcome, after.version) == (done.status, done.outcome, done.version)
    assert claims(scene) == [{"status": "failed", "detail": "or not"}]
    assert scene.count(tables.outbox, topic=Topic.NOTIFY.value) == 2  # once at first, once for this


def test_different_contradictions_are_all_kept(scene):
    done = scene.report(scene.running())
    for detail in ("one", "two"):
        with pytest.raises(OutcomeConflict):
            scene.report(done, Status.FAILED, detail=detail)
    assert [claim["detail"] for claim in claims(scene)] == ["one", "two"]


@pytest.mark.parametrize("late", [True, False])
def test_no_agent_fills_the_history_with_ever_new_outcomes_of_one_run(scene, late):
    ran = scene.running()
    if late:
        scene.world.pass_time(minutes=15)
    done = scene.report(ran)
    for n in range(3 * MOST_CLAIMS):
        with suppress(OutcomeConflict):
            scene.report(done, Status.FAILED, detail=str(n))
    assert len(claims(scene)) == MOST_CLAIMS
    with pytest.raises(OutcomeConflict):
        scene.report(done, Status.FAILED, detail="one more")


@pytest.mark.parametrize("swept", [True, False])
def test_a_late_report_is_kept_as_a_claim_whether_the_run_was_swept_or_not(scene, swept):
    ran = scene.running()
    scene.world.pass_time(minutes=15)
    if swept:
        scene.transact(end_if_due, Topic.OVERRUN, ran.id)
    done = scene.report(ran)
    assert (done.status, done.outcome.by) == (Status.UNKNOWN, "Handrail")
    assert scene.report(ran) == done
    assert scene.events(ran)[3:] == ["overran", "claimed"]
    assert claims(scene) == [{"status": "succeeded"}]


def test_a_report_in_time_is_an_outcome(scene):
    ran = scene.running()
    scene.world.pass_time(minutes=14)
    assert scene.report(ran).status is Status.SUCCEEDED


def test_nothing_is_reported_before_it_was_redeemed(scene):
    for handoff in (scene.ask(), scene.approved("pay:2")):
        with pytest.raises(NotRunning):
            scene.report(handoff)


def test_another_agent_reports_nothing(scene):
    ran = scene.running()
    with pytest.raises(NotFound):
        scene.transact(report, scene.spender, ran.id, Status.FAILED, {"status": "failed"})


def test_of_two_reports_at_once_one_is_the_outcome(scene):
    for n in range(10):
        ran = scene.running(f"pay:{n}")
        found = together(*[lambda end=end, ran=ran: scene.report(ran, end) for end in ENDS])
        (won,) = [one for one in found if not isinstance(one, OutcomeConflict)]
        assert scene.now(ran).outcome == won.outcome
