"""The load generator, a process of its own: reads a job as JSON, puts load on a server, writes what it saw."""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from bench.crowd import crowd
from bench.handoffs import approval, long_poll, submission
from bench.pages import page
from bench.wire import Connection, Script, Unexpected, Wire, checked

Job = dict[str, Any]
Seen = dict[str, Any]


class Loop:
    """A measured stretch of time after a warm-up: only what begins in it counts."""

    def __init__(self, job: Job) -> None:
        self.wire = Wire("127.0.0.1", job["port"])
        self.begins = perf_counter() + job["warm"]
        self.ends = self.begins + job["seconds"]
        self.numbers = iter(range(job["first"], job["first"] + 10_000_000))

    def counts(self, at: float) -> bool:
        """Say whether what happened at that instant is measured."""
        return self.begins <= at < self.ends

    def goes_on(self) -> bool:
        """Say whether another round is to begin."""
        return perf_counter() < self.ends


def submit(job: Job) -> Seen:
    """Submit over and over on each connection; the times of answers are in milliseconds."""
    loop, took = Loop(job), []

    def client() -> Script:
        while loop.goes_on():
            number = next(loop.numbers)
            reply = checked((yield submission(number, f"refund:{number}", job["key"])), 201)
            if loop.counts(reply.got_at):
                took.append((reply.got_at - reply.sent_at) * 1000)

    for _ in range(job["connections"]):
        loop.wire.start(client())
    loop.wire.run(loop.ends + 10)
    return {"per_second": len(took) / job["seconds"], "took": took}


def resume(job: Job) -> Seen:
    """Have each agent submit, wait and be decided, over and over.

    Measured from sending the decision until the agent holds the answer.
    """
    loop, took = Loop(job), []
    decided_at: dict[str, float] = {}

    def agent(desk: Connection) -> Script:
        while loop.goes_on():
            number = next(loop.numbers)
            reply = checked((yield submission(number, f"refund:{number}", job["key"])), 201)
            asked = json.loads(reply.body)
            loop.wire.poke(desk, asked)
            reply = checked((yield long_poll(asked["id"], job["key"])), 200)
            if b'"approved"' not in reply.body[:400]:
                raise Unexpected("the agent was woken before it was decided")
            if loop.counts(reply.got_at):
                took.append((reply.got_at - decided_at.pop(asked["id"])) * 1000)
        loop.wire.poke(desk, None)

    for _ in range(job["connections"]):
        desk = loop.wire.start(decider(job, decided_at))
        loop.wire.start(agent(desk))
    loop.wire.run(loop.ends + 10)
    return {"per_second": len(took) / job["seconds"], "took": took}


def decider(job: Job, decided_at: dict[str, float]) -> Script:
    """Approve whatever this connection is handed, noting when."""
    while asked := (yield None):
        decided_at[asked["id"]] = perf_counter()
        checked((yield approval(asked, job["token"])), 200)


SCENARIOS: dict[str, Callable[[Job], Seen]] = {
    "submit": submit,
    "resume": resume,
    "crowd": crowd,
    "page": page,
}


def main() -> None:
    """Run the job that is written to standard input."""
    job = json.load(sys.stdin)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()
    json.dump(SCENARIOS[job["scenario"]](job), sys.stdout)


if __name__ == "__main__":
    main()
