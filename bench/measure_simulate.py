"""Simulation over a long history: how fast it goes, and that its memory does not grow with it."""

from __future__ import annotations

import re
import time
from pathlib import Path

from sqlalchemy import create_engine

from bench.figures import Figure
from bench.measure_queue import submitted
from bench.multiply import copy
from bench.plan import Plan
from bench.servers import POLICY, Bench
from webapp.config import Config
from webapp.desk import open_desk
from webapp.domain.policy_document import parse
from webapp.services.simulate import simulate, simulation
from webapp.store import tables
from webapp.work import Work
from webapp.world import RealWorld

WANTED = 20_000
WANTED_MIB = 64
BUDGET = "    actions: ["


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Fill a database with copies of one handoff, and route them all with another policy."""
    with bench.handrail("simulate") as (side, config):
        fill(config, submitted(side), plan.handoffs)
    rate, grown = simulated(config, plan.handoffs)
    print(f"  {rate:,.0f} handoffs a second, {grown:.0f} MiB", flush=True)
    return [
        Figure(
            what=f"simulation over {plan.handoffs:,} recorded handoffs, one process, a budget in force",
            measured=f"{rate:,.0f}/s",
            wanted=f"≥ {WANTED:,}/s",
            holds=rate >= WANTED,
        ),
        Figure(
            what="memory that it takes, whole process",
            measured=f"{grown:.0f} MiB",
            wanted=f"≤ {WANTED_MIB} MiB more",
            holds=grown <= WANTED_MIB,
        ),
    ]


def fill(config: Config, model: str, most: int) -> None:
    """Copy the handoff `model` by SQL, as ones that are over."""
    engine = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET synchronous_commit = off")
        copied = {"model": model, "first": 1, "last": most - 1}
        copy(connection, tables.handoffs, copied, "succeeded")
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def simulated(config: Config, most: int) -> tuple[float, float]:
    """Give handoffs a second, and by how many MiB the process has grown."""
    text = POLICY.read_text().replace(BUDGET, f"    daily_budget: 1000000\n{BUDGET}")
    candidate = parse(text.replace("auto: 0.95", "auto: 0.80"), number=0)
    desk = open_desk(config, RealWorld())

    def run(work: Work) -> float:
        running = simulation(work, candidate)
        before = resident()
        began = time.perf_counter()
        (*_, taken) = simulate(work, running)
        took = time.perf_counter() - began
        if taken != most or not running.moved:
            raise RuntimeError(f"simulated {taken} of {most}")
        grown.append(resident() - before)
        return taken / took

    grown: list[float] = []
    rate = desk.read(run)
    desk.store.engine.dispose()
    return rate, grown[0]


def resident() -> float:
    """Give the process's resident size in MiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
