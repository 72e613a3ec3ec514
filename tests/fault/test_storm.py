"""What Handrail runs itself runs once and every agent learns of it, whatever dies, and whoever misbehaves.

`HANDRAIL_TEST_EXECUTIONS=500` makes the storm a long one.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from tests.fault.mortal import JOB_STEPS, RELAY_STEPS
from tests.fault.storm import AGENTS, SILENT, storm
from webapp.config import environment
from webapp.domain.handoff import Status
from webapp.domain.history import EventType
from webapp.store import events

pytestmark = pytest.mark.fault

EXECUTIONS = int(environment().get("HANDRAIL_TEST_EXECUTIONS", "60"))
TIMES = max(1, EXECUTIONS // 100)  # that a worker dies at each step


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def aftermath(request, tmp_path_factory):
    """What a storm leaves on each database."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'handrail.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("storm")
    with storm(folder, url, EXECUTIONS, TIMES) as left:
        yield left


def is_silent(aftermath, handoff) -> bool:
    return aftermath.orders[handoff.id] % 10 in SILENT


def test_workers_died_at_every_step_of_relay_and_job(aftermath):
    died = Counter(aftermath.plant.deaths)
    assert died == dict.fromkeys((*JOB_STEPS, *RELAY_STEPS), TIMES)


def test_work_went_on_while_redis_was_away_and_while_it_said_nothing(aftermath):
    assert set(aftermath.without_redis) == {"away", "stopped"}


def test_nothing_ran_twice(aftermath):
    assert max(Counter(aftermath.tool.ledger).values()) == 1
    assert max(Counter(call.key for call in aftermath.tool.heard).values()) == 1


def test_nothing_is_lost_and_what_is_said_to_have_succeeded_did_run(aftermath):
    assert len(aftermath.ended) == len(aftermath.orders) >= EXECUTIONS
    assert {one.status for one in aftermath.ended} == {Status.SUCCEEDED, Status.UNKNOWN}
    said = {one.execution.permit_id for one in aftermath.ended if one.status is Status.SUCCEEDED}
    assert said <= set(aftermath.tool.ledger)


def test_unknown_is_only_what_a_worker_died_over_or_of_what_the_tool_said_nothing(aftermath):
    unknown = {one.id for one in aftermath.ended if one.status is Status.UNKNOWN}
    silent = {one.id for one in aftermath.ended if is_silent(aftermath, one)}
    assert silent <= unknown
    assert unknown - silent <= aftermath.plant.left_running()


def test_every_success_is_looked_into_and_verified_once(aftermath):
    succeeded = [one for one in aftermath.ended if one.status is Status.SUCCEEDED]
    assert {one.verified.holds for one in succeeded} == {True}
    for one in succeeded:
        chain = aftermath.plant.desk.read(partial(events.of_handoff, handoff_id=one.id))
        assert [event.type for event in chain].count(EventType.VERIFIED) == 1


@pytest.mark.parametrize("agent", AGENTS)
def test_the_end_reached_every_agent(aftermath, agent):
    ends = {one.id: one.status.value for one in aftermath.ended if one.agent == agent}
    assert len(ends) >= EXECUTIONS // len(AGENTS)
    assert aftermath.told[agent] == ends


def test_an_endpoint_hears_each_end_under_one_name(aftermath):
    taken = {
        (post.json["data"]["id"], post.json["data"]["version"]) for post in aftermath.receiver.taken
    }
    assert len(taken) == len({post.id for post in aftermath.receiver.taken})
