"""The worker: how soon people in Slack see what moved, how many messages it does, and that workers share them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from bench.backlog import Backlog, backlog
from bench.figures import Figure, middle
from bench.handoffs import AGENT
from bench.plan import Plan
from bench.servers import ROOT, Bench, working
from bench.slack_times import in_slack
from webapp.config import Config
from webapp.desk import open_desk
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import EVERY_TEAM, Membership, Person, Role
from webapp.domain.handoff import Face
from webapp.verification import register, verify
from webapp.world import RealWorld

WANTED_RATE = 300.0
SETTLED = 0.1  # of the messages come first: the worker starts meanwhile
SLOW = 0.02  # seconds that the receiver of several workers takes, so that two could meet there
ALLOWED = {"HANDRAIL_ALLOW_NETWORKS": "127.0.0.0/8"}
NAME = "worker_rate"
Receiver = subprocess.Popen[str]
BOSS = Person(
    id="us_bench",
    email="bench@example.org",
    name="Bench",
    memberships=(Membership(team=EVERY_TEAM, role=Role.ADMIN),),
    face=Face.API,
)


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Measure Slack's part first, then backlogs of callbacks."""
    told = in_slack(bench, plan)
    with filled_with_callbacks(bench) as (stock, receiver):
        return [*told, rate(bench, plan, stock, receiver), sharing(plan, stock, receiver)]


def rate(bench: Bench, plan: Plan, stock: Backlog, receiver: Receiver) -> Figure:
    """Work backlogs off with one worker, and empty jobs with bare RQ in turn."""
    ours, bare = [], []
    for _ in range(plan.rounds):
        stock.fill(plan.messages)
        with working(stock.config, "worker", ALLOWED):
            stock.wait_until_done()
        ours.append(per_second(asked(receiver)["arrivals"]))
        bare.append(bare_rq(bench.redis_url, plan.messages))
        print(f"  callbacks: {ours[-1]:.0f}/s; bare RQ: {bare[-1]:.0f}/s", flush=True)
    found, beside = middle(ours), middle(bare)
    return Figure(
        what="messages by one worker: callbacks, the receiver answers at once",
        measured=f"{found:.0f}/s",
        beside=f"{beside:.0f}/s (bare RQ, empty jobs), ratio {found / beside:.2f}",
        wanted=f"≥ {WANTED_RATE:.0f}/s",
        holds=found >= WANTED_RATE,
    )


def sharing(plan: Plan, stock: Backlog, receiver: Receiver) -> Figure:
    """Have several workers work one backlog off, and look whether a message was ever with two of them."""
    asked(receiver, SLOW)
    stock.watch()
    stock.fill(plan.messages)
    with ExitStack() as crew:
        for number in range(plan.workers):
            name = f"worker {number}"
            crew.enter_context(working(stock.config, name, {**ALLOWED, "PGAPPNAME": name}))
        stock.wait_until_done()
    seen, shares = asked(receiver), stock.shares()
    twice = f"{seen['at_once']} at the same time, {seen['again']} at all"
    return Figure(
        what=f"{plan.workers} workers, one backlog: messages done twice",
        measured=twice,
        beside=f"{min(shares.values())} to {max(shares.values())} messages by each of {len(shares)}",
        wanted="0 at the same time",
        holds=not seen["at_once"] and len(shares) == plan.workers,
    )


@contextmanager
def filled_with_callbacks(bench: Bench) -> Iterator[tuple[Backlog, Receiver]]:
    """Give a database whose agent has an endpoint in use, with its receiver."""
    with (
        receiving() as (receiver, url),
        bench.handrail(NAME, processes=1, more=ALLOWED) as (side, config),
        backlog(side, config) as stock,
    ):
        add_endpoint(config, url)
        asked(receiver)
        yield stock, receiver


def add_endpoint(config: Config, url: str) -> None:
    """Register the receiver, and have it echo the challenge."""
    desk = open_desk(config, RealWorld())
    register(desk, AGENT, url, CallbackWish.THIN, BOSS)
    verify(desk, AGENT, BOSS)
    desk.wakeups.close()
    desk.lane.close()
    desk.store.engine.dispose()


@contextmanager
def receiving() -> Iterator[tuple[Receiver, str]]:
    """Run a receiver and give it with its address."""
    command = [sys.executable, "-m", "bench.null_receiver"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            yield process, line_of(process)
        finally:
            process.terminate()


def asked(receiver: Receiver, delay: float = 0.0) -> dict[str, Any]:
    """Ask a receiver what came since it was asked last; from now on it takes `delay` seconds."""
    if receiver.stdin:
        receiver.stdin.write(f"{delay}\n")
        receiver.stdin.flush()
    return cast("dict[str, Any]", json.loads(line_of(receiver)))


def line_of(process: Receiver) -> str:
    """Read one line."""
    return process.stdout.readline().strip() if process.stdout else ""


def per_second(arrivals: list[float]) -> float:
    """Say how many came in each second, once the worker was under way."""
    settled = arrivals[int(len(arrivals) * SETTLED) :]
    return (len(settled) - 1) / (settled[-1] - settled[0])


def bare_rq(redis_url: str, count: int) -> float:
    """Work empty jobs off with bare RQ, and say how many a second."""
    command = [sys.executable, "-m", "bench.baseline_rq", redis_url, str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout)
