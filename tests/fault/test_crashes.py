"""Nothing is lost, doubled or run unapproved, whatever is killed and whenever."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.fault.crew import ENDS, FATES, STEPS, Crew, Fate, Faults
from tests.fault.plant import VICTIMS, agent_key, approver_token, plant
from tests.waiting import until
from webapp.services.anchor import verify
from webapp.store.engine_tables import holds

pytestmark = pytest.mark.fault

HANDOFFS = 208
AGENTS = 8


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def aftermath(request, tmp_path_factory):
    """What is left after 208 handoffs under fault, on each database."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'handrail.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("crashes")
    with plant(folder, url) as running:
        faults = Faults(plant=running, every=4)
        key, token = agent_key(running.desk), approver_token(running.desk, "ada@example.org")
        crew = Crew(plant=running, faults=faults, key=key, token=token)
        with ThreadPoolExecutor(AGENTS) as agents:
            ended = list(agents.map(crew.work_on, range(HANDOFFS)))
        faults.settle()
        running.wait_for_page()
        yield running, crew, ended
        crew.end()


def test_every_process_was_killed_at_every_step(aftermath):
    _, crew, _ = aftermath
    assert set(crew.faults.seen) == {(step, victim) for step in STEPS for victim in VICTIMS}


def test_every_handoff_ends_as_it_was_decided(aftermath):
    _, _, ended = aftermath
    wrong = [(n, s) for n, _, s in ended if s != ENDS[FATES[n % len(FATES)]]]
    assert wrong == []


def test_no_handoff_is_lost_or_doubled(aftermath):
    _, crew, ended = aftermath
    stored = [handoff.id for handoff in crew.client.list()]
    assert Counter(stored) == Counter(handoff_id for _, handoff_id, _ in ended)


def test_what_is_said_to_have_succeeded_did_run(aftermath):
    _, crew, ended = aftermath
    ran = {json.loads(action)["args"]["order_id"] for _, action in crew.ledger}
    assert {str(number) for number, _, status in ended if status == "succeeded"} <= ran


def test_nothing_runs_twice(aftermath):
    _, crew, _ = aftermath
    assert max(Counter(permit for permit, _ in crew.ledger).values()) == 1


def test_only_what_was_approved_runs_and_as_approved(aftermath):
    _, crew, ended = aftermath
    amounts = {Fate.APPROVED: "40.00", Fate.EDITED: "10.00", Fate.ABANDONED: "40.00"}
    wanted = {str(n): amounts.get(FATES[n % len(FATES)]) for n, _, _ in ended}
    ran = [json.loads(action)["args"] for _, action in crew.ledger]
    assert {args["order_id"]: args["amount"] for args in ran}.items() <= wanted.items()


def test_limits_count_what_ran_to_the_cent_and_nothing_stays_reserved(aftermath):
    running, crew, ended = aftermath
    amounts = {Fate.APPROVED: 40, Fate.EDITED: 10}
    ran = sum(amounts.get(FATES[n % len(FATES)], 0) for n, _, _ in ended)
    told = {one["rule"]: one for one in crew.client.me()["limits"]}
    assert told["actions.payments.refund.envelope.total.action.ever"]["used"] == str(ran)
    count = select(func.count()).select_from(holds)
    assert running.desk.read(lambda work: work.run(count).scalar_one()) == 0


def test_the_history_verifies_and_all_of_it_is_anchored_in_the_end(aftermath):
    running, _, _ = aftermath
    until(lambda: running.desk.read(verify).unanchored == 0, "the last anchor")
    assert running.desk.read(verify).misfit is None
