"""Levels of autonomy: what is recorded reaches the next routing, however the agent arrives."""

import pytest
from sqlalchemy import delete, insert

from tests.makers import NOW, SURE, submission
from tests.worker.office import office
from webapp.domain.action import Action
from webapp.domain.handoff import Status
from webapp.services import accounts
from webapp.services.submit import arrive, submit
from webapp.store.engine_tables import autonomy

REFUND = Action(name="payments.refund", args={"amount": "1.00"})


def record(transact, agent, level):
    """Note a level behind everybody's back."""
    found = {"level": level, "since": NOW, "sequence": 1, "head": "0" * 64}

    def note(work):
        work.write(delete(autonomy))
        work.write(insert(autonomy), {"agent_id": agent.id, **found})

    transact(note)


@pytest.fixture
def levels(scene):
    """Forget the levels noted behind the history's back, so that the history fits again."""
    yield scene
    scene.transact(lambda work: work.write(delete(autonomy)))


@pytest.mark.parametrize(
    ("level", "status"),
    [
        ("standard", Status.APPROVED),
        ("trusted", Status.APPROVED),
        ("low_risk", Status.PENDING),
        ("supervised", Status.PENDING),
        ("gone", Status.PENDING),
    ],
)
def test_the_recorded_level_decides_what_runs_unasked(levels, level, status):
    record(levels.transact, levels.payer, level)
    assert levels.ask("pay:1", submission(confidence=SURE)).status is status


def test_a_demotion_holds_for_the_very_next_ask_of_an_agent_that_was_just_here(database_url):
    with office(database_url) as there:
        desk = there.desk
        key = desk.transact(lambda work: accounts.add_key(work, "refunder")).secret
        sure = submission(REFUND, confidence=SURE)

        def ask(name):
            def use_case(work):
                agent, standing = arrive(work, key)
                return submit(work, agent, name, sure, standing).handoff

            return desk.transact(use_case).status

        assert ask("refund:1") is Status.APPROVED
        assert ask("refund:2") is Status.APPROVED  # on PostgreSQL the level is taken on trust now
        record(desk.transact, there.agent, "supervised")
        assert ask("refund:3") is Status.PENDING
        record(desk.transact, there.agent, "standard")
        assert ask("refund:4") is Status.APPROVED
