"""A whole Handrail in real processes, each of which a test may kill at any moment."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from tests import servers
from tests.waiting import until
from webapp import config
from webapp.desk import Desk, open_desk
from webapp.domain.decision import Membership, Role
from webapp.embedded import redis_program, wait_for_redis
from webapp.migrate import migrate
from webapp.processes import Program, end, spawn
from webapp.services import accounts, passwords, policies
from webapp.web_server import web_command
from webapp.world import RealWorld

VICTIMS = ("web", "jobs", "relay", "redis")
PASSWORD = "correct horse battery staple"
POLICY = """
timezone: UTC
agents:
  billing-agent: {owner: payments, autonomy: {start: standard, max: standard}}
actions:
  payments.refund:
    title: Refund
    summary: "Refund {amount} EUR for order {order_id}"
    risk: medium
    reversible: false
    unasked: true
    args:
      type: object
      required: [order_id, amount]
      additionalProperties: false
      properties: {order_id: {type: string}, amount: {type: string, pattern: '^[0-9]+[.][0-9]{2}$'}}
    envelope:
      amount: {arg: /amount, currency: EUR}
      total: {action: {ever: "100000 EUR"}}
    approvals: {from: [payments], count: 1}
    deadline: {after: 10m, then: expire}
  payments.neglected:
    title: Nobody decides this in time
    risk: medium
    approvals: {from: [payments], count: 1}
    deadline: {after: 2s, then: expire}
  payments.abandoned:
    title: Nobody reports on this
    risk: medium
    approvals: {from: [payments], count: 1}
    permit: {valid: 10m, run_within: 2s}
"""


class Plant:
    """Web, worker, relay and Redis of one Handrail; what is killed is started again."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder = folder
        self.environ = {
            **config.environment(),
            **settings,
            "HANDRAIL_HOME": str(folder),
            "HANDRAIL_PORT": str(servers.free_port()),
            "HANDRAIL_SECRET_KEY": "k" * 43,
            "DATABASE_URL": database_url,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        self.environ.pop("REDIS_URL", None)
        self.config = config.read(self.environ)
        self.desk: Desk = open_desk(self.config, RealWorld())
        self.kills = 0
        self._lock = threading.Lock()
        self._running: dict[str, object] = {}
        migrate(self.desk.store)

    @property
    def url(self) -> str:
        return self.config.public_url

    def start(self) -> None:
        """Start everything and wait for the first page."""
        for name in ("redis", "web", "jobs", "relay"):
            self._start(name)
        self.wait_for_page()

    def kill(self, name: str) -> None:
        """End a process and all below it without warning, and start it again."""
        with self._lock:
            process = self._running[name]
            family = psutil.Process(process.pid).children(recursive=True)
            for pid in (process.pid, *(child.pid for child in family)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            psutil.wait_procs(family, timeout=5)
            self._start(name)
            self.kills += 1

    def end(self) -> None:
        for name in ("web", "jobs", "relay", "redis"):
            if name in self._running:
                end(self._running[name], 5)
        self.desk.wakeups.close()
        self.desk.lane.close()
        self.desk.store.engine.dispose()

    def wait_for_page(self) -> None:
        until(self._answers, "the web process to answer")

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        return False

    def _start(self, name: str) -> None:
        process = spawn(self._program(name), self.folder / f"{name}.log")
        self._running[name] = process
        if name == "redis":
            wait_for_redis(process, self.folder)

    def _program(self, name: str) -> Program:
        if name == "redis":
            return redis_program(self.folder, self.environ)
        if name == "web":
            bind = f"127.0.0.1:{self.config.port}"
            argv = web_command(self.config, "webapp.wsgi:app", bind, grace=1)
        else:
            parts = {"jobs": ("jobs",), "relay": ("relay", "anchor")}[name]
            argv = (sys.executable, "-m", "worker.main", *parts)
        return Program(name=name, argv=argv, environ=self.environ)


@contextmanager
def plant(
    folder: Path, database_url: str, policy: str = POLICY, **settings: str
) -> Iterator[Plant]:
    """Give a running Handrail with a policy, and end all of it afterwards."""
    built = Plant(folder, database_url, **settings)
    try:
        built.desk.transact(lambda work: policies.publish(work, policy, "test"))
        built.start()
        yield built
    finally:
        built.end()


def agent_key(desk: Desk, name: str = "billing-agent") -> str:
    """Add an agent and give its key."""
    return desk.transact(lambda work: accounts.add_agent(work, name, "payments"))[1].secret


def approver_token(desk: Desk, email: str) -> str:
    """Add an approver of the payments team and give a token."""
    hashed = passwords.hash_password(PASSWORD, desk.world)
    role = Membership(team="payments", role=Role.APPROVER)
    desk.transact(lambda work: accounts.add_user(work, email, role, hashed))
    return desk.transact(lambda work: accounts.add_token(work, email)).secret
