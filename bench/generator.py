"""The load generator, a process of its own: reads a job as JSON, puts load on a server, writes what it saw."""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.handoffs import approval, long_poll, submission
from bench.pages import page
from bench.wire import Connection, Reply, Script, Wire

PAGE_BYTES = resource.getpagesize()
LONGEST_SILENCE = 8.0  # seconds after which who was released and not told counts as lost
Job = dict[str, Any]
Seen = dict[str, Any]


class Unexpected(Exception):
    """The server answered something else than it should have."""


def checked(reply: Reply, *statuses: int) -> Reply:
    """Give the reply where its status is one of these."""
    if reply.status not in statuses:
        raise Unexpected(f"{reply.status}: {reply.body[:300]!r}")
    return reply


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


def crowd(job: Job) -> Seen:
    """Have thousands wait, release some one by one, then many within a second."""
    before_asking = _resident(job["server"])
    asked = _asked(job)
    before = _resident(job["server"])
    wire = Wire("127.0.0.1", job["port"])
    decided_at: dict[str, float] = {}
    took: dict[str, float] = {}

    def agent(handoff_id: str) -> Script:
        reply = checked((yield long_poll(handoff_id, job["key"])), 200)
        if b'"approved"' in reply.body[:400]:
            took[handoff_id] = (reply.got_at - decided_at[handoff_id]) * 1000

    began = perf_counter()
    for one in asked:
        wire.start(agent(one["id"]))
        wire.run(0)
    settled = _settle(job, wire)
    waiting = _resident(job["server"])
    single, burst = asked[:: max(1, len(asked) // job["single"])][: job["single"]], asked
    chosen = {one["id"] for one in single}
    burst = [one for one in asked if one["id"] not in chosen][: job["burst"]]
    _release(job, wire, single, decided_at, took, pace=job["pace"])
    ones = [took[one["id"]] for one in single if one["id"] in took]
    _release(job, wire, burst, decided_at, took, pace=1.0 / max(1, len(burst)))
    many = [took[one["id"]] for one in burst if one["id"] in took]
    times = [decided_at[one["id"]] for one in burst if one["id"] in decided_at]
    gone = perf_counter() - began
    wire.close()
    return {
        "one": ones,
        "many": many,
        "lost": len(single) + len(burst) - len(ones) - len(many),
        "bytes_each": (waiting - before) / len(asked),
        "burst_seconds": max(times) - min(times),
        "bytes_asking": before - before_asking,
        "settled": settled - began,
        "done": gone,
    }


def _asked(job: Job) -> list[Seen]:
    """Submit all that the crowd will wait for."""
    wire, asked = Wire("127.0.0.1", job["port"]), []
    numbers = iter(range(job["first"], job["first"] + job["waiters"]))

    def client() -> Script:
        for number in numbers:
            reply = checked((yield submission(number, f"refund:{number}", job["key"])), 201)
            said = json.loads(reply.body)
            asked.append({name: said.get(name) for name in ("id", "revision", "fingerprint")})

    for _ in range(32):
        wire.start(client())
    wire.run(perf_counter() + 300)
    wire.close()
    return asked


def _settle(job: Job, wire: Wire) -> float:
    """Let the server take in all who wait: until its processor time stands still for a moment."""
    used = _processor(job["server"])
    while True:
        wire.run(perf_counter() + 0.5)
        now = _processor(job["server"])
        if now - used <= job["idle_ticks"]:
            return perf_counter()
        used = now


def _release(
    job: Job,
    wire: Wire,
    chosen: list[Seen],
    decided_at: dict[str, float],
    took: dict[str, float],
    pace: float,
) -> None:
    """Decide these, one each `pace` seconds, over a few connections, and let their agents be told."""
    lines = 8

    def paced(mine: list[Seen], first: float) -> Script:
        for number, one in enumerate(mine):
            yield max(0.0, first + number * pace * lines - perf_counter())
            decided_at[one["id"]] = perf_counter()
            checked((yield approval(one, job["token"])), 200)

    begins = perf_counter() + 0.05
    for line in range(lines):
        wire.start(paced(chosen[line::lines], begins + line * pace))
    wire.run(begins + len(chosen) * pace + 0.2)
    patience = perf_counter() + LONGEST_SILENCE
    while perf_counter() < patience and any(one["id"] not in took for one in chosen):
        wire.run(perf_counter() + 0.1)


def _resident(process: int) -> int:
    """Give the resident bytes of a process."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_BYTES


def _processor(process: int) -> int:
    """Give the clock ticks that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


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
