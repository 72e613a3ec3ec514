"""Decide many handoffs without waking anybody, then publish their wake-ups at an even pace.

A process of its own, beside the web processes: reads a job as JSON on one line, answers `ready` when all
is decided, publishes once it reads another line, and writes when (`perf_counter`) each was published.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, cast

from webapp.config import read
from webapp.desk import Desk, open_desk
from webapp.domain.decision import Decision, Person
from webapp.domain.handoff import Face, Verb
from webapp.gateways.lane import Lane
from webapp.gateways.wakeups import Wakeups
from webapp.services import accounts
from webapp.services.decide import decide
from webapp.world import RealWorld


class Silent:
    """Stand in for wake-ups and lane: nobody is told."""

    def publish(self, changed: Mapping[str, str]) -> None:
        """Keep it."""

    def announce(self, added: Mapping[str, str]) -> None:
        """Keep it."""

    def ring(self) -> None:
        """Wake no relay."""


def main() -> None:
    """Do the job."""
    job = json.loads(sys.stdin.readline())
    desk = open_desk(read(json.loads(Path(job["settings"]).read_text())), RealWorld())
    silent = replace(desk, wakeups=cast("Wakeups", Silent()), lane=cast("Lane", Silent()))
    person = silent.read(lambda work: accounts.identify(work, job["token"], Face.API))
    agents = {one["id"]: decided(silent, one, cast("Person", person)) for one in job["chosen"]}
    say("ready")
    sys.stdin.readline()
    say(json.dumps(published(desk.wakeups, agents, job["seconds"])))
    desk.wakeups.close()
    desk.store.engine.dispose()


def decided(desk: Desk, asked: dict[str, Any], person: Person) -> str:
    """Approve what was asked and give its agent."""
    decision = Decision(
        verb=Verb.APPROVE, revision=asked["revision"], fingerprint=asked["fingerprint"]
    )
    return desk.transact(lambda work: decide(work, asked["id"], decision, person)).agent_id


def published(wakeups: Wakeups, agents: Mapping[str, str], seconds: float) -> dict[str, float]:
    """Publish each, evenly over so many seconds, and give when."""
    begins, times = perf_counter(), {}
    for number, (handoff_id, agent_id) in enumerate(agents.items()):
        sleep(max(0.0, begins + number * seconds / len(agents) - perf_counter()))
        times[handoff_id] = perf_counter()
        wakeups.publish({handoff_id: agent_id})
    return times


def say(line: str) -> None:
    """Answer who started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
