"""Weighing: whoever has earned a level is proposed, once, and the owner team is told."""

import threading

import pytest
from structlog.testing import capture_logs

from tests.worker.office import POLICY, office
from tests.worker.test_jobs import work_all_off
from webapp.domain.decision import Membership, Role
from webapp.domain.handoff import Face
from webapp.services import accounts, levels, policies
from worker.weighing import Weighing

LADDER = POLICY.replace(
    "{start: standard, max: standard}", "{start: low_risk, max: standard, promote: {decided: 1}}"
)


@pytest.fixture
def desk(sqlite_database):
    with office(sqlite_database) as there:
        there.desk.transact(lambda work: policies.publish(work, LADDER, "ana"))
        yield there


def weigh(desk) -> int:
    return Weighing(desk=desk.desk, stopping=threading.Event()).weigh()


def told(desk) -> list[tuple[str, str, str]]:
    with capture_logs() as lines:
        work_all_off(desk)
    return [(one["event"], one["agent"], one["level"]) for one in lines if "level" in one]


def test_nobody_is_proposed_without_evidence(desk):
    desk.ask()
    assert weigh(desk) == 0


def test_who_has_earned_it_is_proposed_and_told_of_once(desk):
    desk.approve(desk.ask())
    assert (weigh(desk), weigh(desk)) == (1, 0)
    assert told(desk) == [("has earned a level, promote it or not", "refunder", "standard")]


def test_a_step_is_told_too(desk):
    def promote(work):
        ada = Membership(team="payments", role=Role.ADMIN)
        admin = accounts.add_user(work, "ada@example.org", ada, "hash").person(Face.API)
        return levels.set_level(work, "refunder", "standard", "Fine.", admin)

    desk.desk.transact(promote)
    assert told(desk) == [("was promoted", "refunder", "standard")]


def test_before_the_first_policy_there_is_nothing_to_weigh(sqlite_database):
    with office(sqlite_database) as there:
        assert weigh(there) == 0
