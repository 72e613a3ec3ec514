"""Jobs: each message is acted on at least once, and what time ends is ended exactly once."""

from dataclasses import replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from tests.worker.office import POLICY, office
from webapp.domain.handoff import Status
from webapp.domain.message import Attempt, Reach, Topic
from webapp.domain.stop import Scope
from webapp.services import accounts, expire, outbox, policies, stops
from webapp.store import tables
from worker.escalate import end
from worker.hands import Hands
from worker.jobs import HANDS, JOBS, perform, work_off
from worker.relay import LEASE


@pytest.fixture
def desk(database_url):
    with office(database_url) as there:
        yield there


class Broken:
    """A console that cannot be written to."""

    def tell(self, handoff) -> None:
        raise OSError("the disk is full\nof the words of " + handoff.title)


def leased(desk) -> list[Attempt]:
    return [
        attempt
        for reach in Reach
        for attempt in desk.desk.transact(
            partial(outbox.lease, reach=reach, limit=100, length=LEASE)
        )
    ]


def work_all_off(desk, hands: Hands | None = None) -> None:
    for attempt in leased(desk):
        work_off(hands or desk.hands, attempt)


def test_every_topic_is_somebodys_job():
    assert set(JOBS) == set(Topic)
    assert {topic for topic, job in JOBS.items() if job is end} == set(expire.ENDINGS)


def test_what_comes_before_the_deadline_is_reminded_of_escalated_and_told(desk):
    course = "{after: 2h, remind: 20m, escalate: [{after: 1h, to: leads}], then: expire}"
    text = POLICY.replace("{after: 2h, then: expire}", course)
    desk.desk.transact(lambda work: policies.publish(work, text, "ana@example.org"))
    asked = desk.ask()
    with capture_logs() as logs:
        for _ in range(4):
            work_all_off(desk)  # what is due, and the notices that follow
            work_all_off(desk)
            desk.world.pass_time(minutes=40)
    told = [(line["event"], line["teams"]) for line in logs if line.get("handoff") == asked.id]
    both = ["payments", "leads"]
    assert told == [
        ("waits for a decision", ["payments"]),
        ("still waits for a decision", ["payments"]),
        ("waits for a decision", both),
        ("expired, nothing ran", both),
    ]
    assert desk.topics() == []


def test_nobody_who_can_decide_is_an_alarm_for_people(desk):
    desk.desk.transact(lambda work: accounts.disable_user(work, "ana@example.org"))
    desk.ask()
    with capture_logs() as logs:
        work_all_off(desk)
        work_all_off(desk)
    [line] = [line for line in logs if "not enough of them are there" in line["event"]]
    assert (line["log_level"], line["teams"]) == ("warning", ["payments"])


def test_what_a_stop_held_back_is_taken_up_when_it_is_lifted(desk):
    made = desk.desk.transact(lambda work: stops.stop(work, Scope.GLOBAL, None, "It loops", "ann"))
    asked = desk.ask()
    desk.world.pass_time(minutes=10)
    desk.desk.transact(lambda work: stops.resume(work, made.id, "ann"))
    left = desk.now(asked).deadline_at - desk.world.now()
    work_all_off(desk)
    assert "stop.resume" not in desk.topics()
    assert desk.now(asked).deadline_at - desk.world.now() > left


def test_a_handoff_that_nobody_decided_expires_at_its_deadline(desk):
    asked = desk.ask()
    work_all_off(desk)
    assert desk.now(asked).status is Status.PENDING
    desk.world.pass_time(hours=2)
    work_all_off(desk)
    assert desk.now(asked).status is Status.EXPIRED
    assert desk.topics() == ["notification.console"]


def test_an_agent_that_falls_silent_is_told_of_and_the_next_round_is_posted(desk):
    expected = POLICY.replace("owner: payments", "owner: payments\n    expect: {at_least: 1/hour}")
    desk.desk.transact(lambda work: policies.publish(work, expected, "ana@example.org"))
    desk.world.pass_time(hours=1)
    work_all_off(desk)
    assert desk.topics() == ["agents.round", "notification.alert"]
    with capture_logs() as lines:
        work_all_off(desk)
    [line] = lines
    assert "has gone quiet" in line["event"]
    assert (line["agent"], line["teams"]) == ("refunder", ["payments"])
    assert desk.topics() == ["agents.round"]


def test_an_approval_that_nobody_redeemed_lapses(desk):
    approved = desk.approve(desk.ask())
    desk.world.pass_time(hours=24)
    work_all_off(desk)
    assert desk.now(approved).status is Status.EXPIRED


def test_a_run_that_reports_nothing_in_time_becomes_unknown(desk):
    running = desk.redeem(desk.approve(desk.ask()))
    desk.world.pass_time(minutes=15)
    work_all_off(desk)
    assert desk.now(running).status is Status.UNKNOWN


def test_a_deadline_that_was_overtaken_changes_nothing(desk):
    approved = desk.approve(desk.ask())
    desk.world.pass_time(hours=2)
    work_all_off(desk)
    assert desk.now(approved) == approved
    assert desk.topics() == ["approval.lapse"]


def test_an_attempt_that_is_made_twice_acts_once(desk):
    asked = desk.ask()
    desk.world.pass_time(hours=2)
    for attempt in leased(desk):
        work_off(desk.hands, attempt)
        work_off(desk.hands, attempt)
    assert desk.now(asked).sequence == 2
    assert desk.topics() == ["notification.console"]


def test_a_message_stays_where_the_clock_went_back_before_its_deadline(desk):
    asked = desk.ask()
    desk.world.pass_time(hours=2)
    attempts = leased(desk)
    desk.world.pass_time(seconds=-1)
    for attempt in attempts:
        work_off(desk.hands, attempt)
    assert desk.now(asked).status is Status.PENDING
    assert desk.topics() == ["handoff.expire"]


def test_what_fails_is_recorded_without_peoples_words_and_comes_again(desk):
    desk.ask()
    work_all_off(desk, replace(desk.hands, console=Broken()))
    failed = tables.outbox.c.error.is_not(None)
    row = desk.desk.read(lambda work: work.run(tables.outbox.select().where(failed)).one())
    assert (row.error, row.attempt) == ("OSError: the disk is full", 1)
    assert row.due_at > desk.world.now()


def test_a_message_of_an_unknown_topic_is_kept_as_failed(desk):
    desk.ask()
    unknown = tables.outbox.update().values(topic="from.a.later.version", due_at=desk.world.now())
    desk.desk.transact(lambda work: work.write(unknown))
    work_all_off(desk)
    assert len(desk.topics()) == 2


def test_rq_finds_its_job_by_name_with_the_hands_of_its_thread(desk):
    desk.ask()
    (told,) = leased(desk)
    HANDS.set(desk.hands)
    perform(told.id, told.number)
    assert desk.topics() == ["handoff.expire"]
