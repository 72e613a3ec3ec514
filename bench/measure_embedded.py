"""The embedded default: submissions on SQLite, and how soon `handrail up` shows its first page."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.figures import Figure, generate, middle, percentile
from bench.plan import Plan
from bench.servers import PATIENCE, ROOT, Bench
from tests.servers import free_port
from webapp.config import environment
from webapp.processes import Program, end, spawn

WANTED_P99, WANTED_START = 150.0, 3.0


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Measure submissions, then starts."""
    return [submissions(bench, plan), *starts(bench)]


def submissions(bench: Bench, plan: Plan) -> Figure:
    """Submit on 32 connections against SQLite and one process of threads."""
    rates, p50s, p99s = [], [], []
    with bench.handrail("embedded", sqlite=True) as (side, _):
        for number in range(plan.rounds):
            seen = generate(
                scenario="submit",
                port=side.port,
                key=side.key,
                connections=plan.connections,
                warm=plan.warm,
                seconds=plan.seconds,
                first=number * 1_000_000,
            )
            rates.append(seen["per_second"])
            p50s.append(percentile(seen["took"], 0.5))
            p99s.append(percentile(seen["took"], 0.99))
            print(f"  embedded: {seen['per_second']:.0f}/s", flush=True)
    return Figure(
        what="embedded default (SQLite): submission, p50 / p99",
        measured=f"{middle(p50s):.1f} / {middle(p99s):.1f} ms, {middle(rates):.0f}/s",
        wanted=f"p99 ≤ {WANTED_P99:.0f} ms",
        holds=middle(p99s) <= WANTED_P99,
    )


def starts(bench: Bench) -> list[Figure]:
    """Start everything with one command on an empty data folder, then on the folder of before."""
    home = bench.folder / "up"
    home.mkdir()
    figures = []
    for words in ("empty data folder", "data of before"):
        took = start(home)
        figures.append(
            Figure(
                what=f"`handrail up` to the first page, {words}",
                measured=f"{took:.2f} s",
                wanted=f"< {WANTED_START:.0f} s",
                holds=took < WANTED_START,
            )
        )
    return figures


def start(home: Path) -> float:
    """Give the seconds from the command to the sign-in page."""
    port = free_port()
    environ = environment() | {
        "HANDRAIL_HOME": str(home / "var"),
        "HANDRAIL_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    command = (str(Path(sys.executable).with_name("handrail")), "up")
    began = time.perf_counter()
    process = spawn(Program(name="up", argv=command, environ=environ), home / "up.log")
    try:
        while process.poll() is None and time.perf_counter() - began < PATIENCE:
            if shows_page(port):
                return time.perf_counter() - began
            time.sleep(0.02)
        raise RuntimeError(f"no first page:\n{(home / 'up.log').read_text()}")
    finally:
        end(process, PATIENCE)


def shows_page(port: int) -> bool:
    """Say whether the sign-in page is there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
