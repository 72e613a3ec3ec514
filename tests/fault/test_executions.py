"""What Handrail runs itself runs once, whenever its worker is killed, and whatever it cannot know it does not claim."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.fault.plant import agent_key, plant
from tests.makers import submission
from tests.tool import LOOPBACK, Call, act, tool
from tests.waiting import until
from webapp.domain.action import Action
from webapp.domain.handoff import Agent, Face, Status
from webapp.services import accounts, submit
from webapp.store import handoffs

pytestmark = pytest.mark.fault

HANDOFFS = 60
# calls, of which the worker survives all but one: more than are under way at once, so that some come to their end
EVERY = 12
IN_FLIGHT = timedelta(seconds=10)
PATIENCE = 400
POLICY = """
timezone: UTC
agents:
  billing-agent: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  payments.refund:
    title: Refund
    risk: medium
    args: {{type: object, required: [order], properties: {{order: {{type: string}}}}}}
    permit: {{valid: 1h, run_within: 10m}}
    executor: {{http: {{url: "{url}", timeout: 10s}}}}
"""


@dataclass
class Faults:
    """Kill the worker at every twelfth call: before the effect, after it, or as soon as something runs."""

    running: object
    kills: list[tuple[datetime, datetime]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        # what a thread has started ends with it: so one thread starts all, and stays
        self._killer = ThreadPoolExecutor(1)

    def take(self, call: Call) -> None:
        """Answer a call, or see that nobody is there any more to hear the answer."""
        with self._lock:
            number, self._calls = self._calls, self._calls + 1
        if number % EVERY:
            act(call)
        elif number // EVERY % 2:
            self.kill("before the effect")
        else:
            call.tool.ledger.append(call.key)
            self.kill("after the effect")

    def kill(self, when: str) -> None:
        """Kill the worker, and note from when until when it was dying."""
        self._killer.submit(self._kill, when).result()

    def end(self) -> None:
        """End the thread that kills."""
        self._killer.shutdown()

    def _kill(self, when: str) -> None:
        began = datetime.now(UTC)
        self.running.kill("jobs")
        self.kills.append((began, datetime.now(UTC)))
        self.seen[when] += 1


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def aftermath(request, tmp_path_factory):
    """What is left after sixty executions under fault, on each database."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'handrail.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("executions")
    settings = {"HANDRAIL_ALLOW_NETWORKS": LOOPBACK}
    with tool() as asked, plant(folder, url, POLICY.format(url=asked.url), **settings) as running:
        faults = Faults(running)
        asked.usual = faults.take
        desk, key = running.desk, agent_key(running.desk)
        agent = desk.read(lambda work: accounts.identify(work, key, Face.API))
        begun = [ask(desk, agent, number) for number in range(HANDOFFS)]
        desk.lane.ring()
        kill_while_it_runs(desk, begun[HANDOFFS // 2], faults)
        until(lambda: all(one.is_final for one in now(desk, begun)), "every end", PATIENCE)
        yield asked, faults, now(desk, begun)
    faults.end()


def ask(desk, agent: Agent, number: int):
    wanted = submission(
        Action(name="payments.refund", args={"order": str(number)}), confidence=0.99
    )
    made = desk.transact(lambda work: submit.submit(work, agent, f"refund:{number}", wanted))
    assert made.handoff.status is Status.APPROVED
    return made.handoff


def now(desk, begun):
    return [desk.read(lambda work, one=one: handoffs.load(work, one.id)) for one in begun]


def kill_while_it_runs(desk, handoff, faults: Faults) -> None:
    """Kill the worker as soon as it has redeemed this permit, most likely before it has called."""
    until(lambda: now(desk, [handoff])[0].status is not Status.APPROVED, "a run", PATIENCE)
    faults.kill("as it began")


def test_the_worker_was_killed_before_the_effect_and_after_it(aftermath):
    _, faults, _ = aftermath
    assert faults.seen.keys() == {"before the effect", "after the effect", "as it began"}


def test_nothing_ran_twice(aftermath):
    asked, _, _ = aftermath
    assert max(Counter(asked.ledger).values()) == 1
    assert max(Counter(call.key for call in asked.heard).values()) == 1


def test_nothing_is_lost_and_what_is_said_to_have_succeeded_did_run(aftermath):
    asked, _, ended = aftermath
    assert {one.status for one in ended} == {Status.SUCCEEDED, Status.UNKNOWN}
    said = {one.execution.permit_id for one in ended if one.status is Status.SUCCEEDED}
    ran = set(asked.ledger)
    assert said <= ran <= {one.execution.permit_id for one in ended}


def test_unknown_is_only_what_was_running_when_the_worker_died(aftermath):
    _, faults, ended = aftermath
    unknown = [one.execution.redeemed_at for one in ended if one.status is Status.UNKNOWN]
    assert unknown
    assert [
        at
        for at in unknown
        if not any(began - IN_FLIGHT <= at <= over for began, over in faults.kills)
    ] == []
