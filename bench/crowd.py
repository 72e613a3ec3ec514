"""The load generator's part that waits: thousands of agents, some released one by one, then many at once."""

from __future__ import annotations

import json
import resource
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.handoffs import approval, long_poll, submission
from bench.wire import Script, Wire, checked

PAGE_BYTES = resource.getpagesize()
LONGEST_SILENCE = 8.0  # seconds after which who was released and not told counts as lost
ASKING = 32  # connections
WARM = 10  # decisions that the fresh process makes before it is measured
Job = dict[str, Any]
Asked = dict[str, Any]


class Crowd:
    """Agents that wait for one handoff each; `told` is when they held an answer that lets them go on."""

    def __init__(self, job: Job, asked: Sequence[Asked]) -> None:
        self._job = job
        self._wire = Wire("127.0.0.1", job["port"])
        self.asked = asked
        self.told: dict[str, float] = {}

    def gather(self) -> None:
        """Have everybody wait, and return when the server has taken them all in."""
        for one in self.asked:
            self._wire.start(self._agent(one["id"]))
            self._wire.run(0)
        server, used = self._job["server"], -1
        while processor(server) - used > self._job["idle_ticks"]:
            used = processor(server)
            self._wire.run(perf_counter() + 0.5)

    def decide(self, chosen: Sequence[Asked], pace: float) -> dict[str, float]:
        """Decide these through the API, one each `pace` seconds, and give when."""
        lines, times = self._job["deciders"], {}

        def paced(mine: Sequence[Asked], first: float) -> Script:
            for number, one in enumerate(mine):
                yield max(0.0, first + number * pace * lines - perf_counter())
                times[one["id"]] = perf_counter()
                checked((yield approval(one, self._job["token"])), 200)

        begins = perf_counter() + 0.05
        for line in range(lines):
            script = paced(chosen[line::lines], begins + line * pace)
            self._wire.start(script, self._job["desk_port"])
        self._wire.run(begins + len(chosen) * pace)
        self._listen(chosen)
        return times

    def wake(self, chosen: Sequence[Asked], seconds: float) -> dict[str, float]:
        """Have these decided in silence, then their wake-ups published within so many seconds."""
        command = [sys.executable, "-m", "bench.releaser"]
        job = {name: self._job[name] for name in ("settings", "token")}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as releaser:
            if releaser.stdin is None or releaser.stdout is None:
                raise BrokenPipeError
            releaser.stdin.write(json.dumps({**job, "chosen": chosen, "seconds": seconds}) + "\n")
            releaser.stdin.flush()
            while not select.select([releaser.stdout], [], [], 0)[0]:
                self._wire.run(perf_counter() + 0.05)
            releaser.stdout.readline()
            releaser.stdin.write("go\n")
            releaser.stdin.flush()
            self._wire.run(perf_counter() + seconds)
            self._listen(chosen)
            times: dict[str, float] = json.loads(releaser.stdout.readline())
        return times

    def close(self) -> None:
        """Let everybody go."""
        self._wire.close()

    def _agent(self, handoff_id: str) -> Script:
        reply = checked((yield long_poll(handoff_id, self._job["key"])), 200)
        if b'"approved"' in reply.body[:400]:
            self.told[handoff_id] = reply.got_at

    def _listen(self, chosen: Sequence[Asked]) -> None:
        patience = perf_counter() + LONGEST_SILENCE
        while perf_counter() < patience and any(one["id"] not in self.told for one in chosen):
            self._wire.run(perf_counter() + 0.05)


def crowd(job: Job) -> dict[str, Any]:
    """Measure what a waiting agent costs and how soon it is told."""
    here = Crowd(job, submitted(job))
    before, began = resident(job["server"]), perf_counter()
    here.gather()
    each = (resident(job["server"]) - before) / len(here.asked)
    settled = perf_counter() - began
    single, rest = apart(here.asked, job["single"] + WARM)
    warm = here.decide(single[:WARM], 0.01)
    ones = here.decide(single[WARM:], job["pace"])
    crowds = [rest[n * job["burst"] : (n + 1) * job["burst"]] for n in range(job["rounds"] + 1)]
    many = [here.wake(chosen, 1.0) for chosen in crowds[1:]]
    rushed = here.decide(crowds[0], 0.0)
    here.close()
    told = len(here.told)
    return {
        "one": took(ones, here.told),
        "many": [took(times, here.told) for times in many],
        "rush": took(rushed, here.told),
        "rush_seconds": max(rushed.values()) - min(rushed.values()),
        "lost": sum(map(len, (warm, ones, rushed, *many))) - told,
        "bytes_each": each,
        "settled": settled,
        "done": perf_counter() - began,
    }


def submitted(job: Job) -> list[Asked]:
    """Submit all that the crowd will wait for."""
    wire, asked = Wire("127.0.0.1", job["port"]), []
    numbers = iter(range(job["first"], job["first"] + job["waiters"]))

    def client() -> Script:
        for number in numbers:
            reply = checked((yield submission(number, f"refund:{number}", job["key"])), 201)
            said = json.loads(reply.body)
            asked.append({name: said[name] for name in ("id", "revision", "fingerprint")})

    for _ in range(ASKING):
        wire.start(client())
    wire.run(perf_counter() + 300)
    wire.close()
    return asked


def apart(asked: Sequence[Asked], few: int) -> tuple[list[Asked], list[Asked]]:
    """Take a few, evenly from all, and give them and the others."""
    step = max(1, len(asked) // few)
    chosen = list(asked[::step][:few])
    names = {one["id"] for one in chosen}
    return chosen, [one for one in asked if one["id"] not in names]


def took(released: Mapping[str, float], told: Mapping[str, float]) -> list[float]:
    """Give the milliseconds from each release to the answer."""
    return [(told[one] - at) * 1000 for one, at in released.items() if one in told]


def resident(process: int) -> int:
    """Give the resident bytes of a process."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_BYTES


def processor(process: int) -> int:
    """Give the clock ticks that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
