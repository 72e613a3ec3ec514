"""The table: printed, and kept in docs/performance.md with the machine and the date."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from bench.plan import Plan
from bench.servers import cores
from tests.servers import postgres_binaries
from webapp.embedded import redis_binary

HEAD = ("", "Handrail", "beside it", "wanted", "holds")
MARKS = {True: "yes", False: "**no**", None: ""}
METHOD = """\
`make bench` measures this and writes it here. PostgreSQL (durable: `fsync` on) and Redis are real, and everything,
the load generator too, shares one machine, so read the ratios: absolute figures move by a third from run to run.

- Both sides run in the same run, under the same gunicorn (gevent, 2 workers), one after the other in every round. A
  figure is the median of {rounds} rounds of {seconds:.0f} seconds after {warm:.0f} of warming up, on {connections} connections that are kept open.
- The bare apps are `bench/baseline_orm.py` and `bench/baseline_cte.py`: Flask, the same body of 2 KB parsed, three rows
  inserted, Redis pub/sub to wake who waits, the row read again. They recognise nobody, check nothing and keep no history.
- Handrail's submission is all of it: key, idempotency, strict JSON, schema, policy, hash chain, outbox, queue.
- From a decision to the answer is measured by the client: from sending the decision until the waiting agent holds the
  whole answer. All agents loop without a pause, so these times are mostly queueing on the busy processors.
- Ten thousand agents wait on one process, and people decide through another. Those that are released one by one are
  measured from sending the decision. For the thousand within a second, the decisions are committed first and their
  wake-ups are then published evenly over one second, since two cores cannot also decide a thousand times a second; the
  line below it says what they can do. The p99 is the median of that of {rounds} such seconds. Memory is the difference of the process's resident size, divided by all who wait.
- The simulation routes copies of one handoff, made by SQL, with a policy that lets more run and has a budget for each day.
- Routing is the function itself, on one core, without a database: every rule of the policy stands on the action that is
  routed, none of them fires, so all are asked.
- The worker is what `handrail work` runs, beside a web server with 2 processes. Slack is one of our own that takes 100 ms
  for each call, so a bare call of Slack's own client stands beside it; {told} rounds, of which every other one is decided
  by a press in Slack, 100 ms after the message is there. A redraw counts from the answer to the decision until Slack has
  done it, a message from the 201.
- The messages are callbacks, since those leave the house: each is claimed, counted as a try, signed, posted on a
  connection of its own and struck out, and is on disk after each step. {messages} of them are due when the worker starts;
  the first tenth does not count. Beside it, as many empty jobs of bare RQ. Where workers share, the receiver takes 20 ms
  for each and looks whether a message is with it twice.
- The queue page is timed by the client, one request at a time; the database is filled by SQL with copies of one handoff.
"""


def write(figures: Sequence[Figure], plan: Plan, file: Path | None) -> None:
    """Print the table, and write the document where there is a file for it."""
    rows = [(f.what, f.measured, f.beside, f.wanted, MARKS[f.holds]) for f in figures]
    print("\n" + _plain([HEAD, *rows]))
    if file is None:
        return
    lines = ["# How fast it is", "", f"{machine()}.", "", *_markdown(rows), ""]
    method = METHOD.format(
        rounds=plan.rounds,
        seconds=plan.seconds,
        warm=plan.warm,
        connections=plan.connections,
        told=plan.told,
        messages=plan.messages,
    )
    file.write_text("\n".join([*lines, "## How it was measured", "", method]))


def machine() -> str:
    """Describe the machine and the servers, without names."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    gibibytes = round(int(memory[1]) / 2**20) if memory else 0
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {cores()} cores with {gibibytes} GiB, Python"
        f" {platform.python_version()}, PostgreSQL {_version(postgres_binaries() / 'postgres')},"
        f" {_redis()}"
    )


def _version(binary: Path) -> str:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    return found[0] if found else said.strip()


def _redis() -> str:
    binary = redis_binary()
    kind = "Valkey" if "valkey" in binary.name else "Redis"
    return f"{kind} {_version(binary)}"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(HEAD)} |",
        f"| {' | '.join(['---'] * len(HEAD))} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _plain(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
