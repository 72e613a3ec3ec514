"""The servers of the benchmark: databases, Redis, and gunicorn with Handrail or a bare app, all set up alike."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from bench.baseline_tables import Base
from bench.handoffs import AGENT
from tests import servers
from webapp.config import Config, environment, read
from webapp.desk import open_desk
from webapp.domain.decision import EVERY_TEAM, Membership, Role
from webapp.migrate import migrate
from webapp.processes import Program, end, spawn
from webapp.services import accounts, passwords, policies
from webapp.web_server import web_command
from webapp.work import Work
from webapp.world import RealWorld

ROOT = Path(__file__).resolve().parents[1]
POLICY = Path(__file__).with_name("policy.yaml")
# as in production: what is acknowledged is on disk
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=200")
SECRET = "benchmark-" * 4
PASSWORD = "a-passphrase-of-the-benchmark"
PEOPLE = {
    "admin@example.org": (EVERY_TEAM, Role.ADMIN),
    "ann@example.org": ("payments", Role.APPROVER),
}
SETTINGS = "settings.json"
PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A running web server and what a client needs to use it."""

    name: str
    port: int
    master: int
    key: str = "none"
    token: str = "none"

    def worker(self) -> int:
        """Give the process id of its first worker."""
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        return int(children[0])


class Bench:
    """PostgreSQL and Redis, and a place for files; web servers start and end on top of them."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.folder = folder
        self.postgres = stack.enter_context(servers.postgres(DURABLE))
        self.redis_url = stack.enter_context(servers.redis())

    def config(
        self,
        name: str,
        *,
        sqlite: bool = False,
        processes: int = 2,
        more: Mapping[str, str] | None = None,
    ) -> Config:
        """Give the settings of one side, with a database of its own; `more` is set beside the usual ones."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        database = f"sqlite:///{home / 'handrail.sqlite3'}" if sqlite else self.postgres.url(name)
        settings = {
            "HANDRAIL_HOME": str(home),
            "HANDRAIL_PORT": str(servers.free_port()),
            "HANDRAIL_SECRET_KEY": SECRET,
            "HANDRAIL_PROCESSES": str(processes),
            "DATABASE_URL": database.replace("postgresql+psycopg", "postgresql"),
            "REDIS_URL": self.redis_url,
            **(more or {}),
        }
        (home / SETTINGS).write_text(json.dumps(settings))
        return read(settings)

    @contextmanager
    def bare(self, name: str) -> Iterator[Side]:
        """Serve one of the bare apps under the same gunicorn as Handrail."""
        url = self.postgres.create(name)
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        config = self.config(name)
        with served(config, name, f"bench.{name}:app", {"DATABASE_URL": url}) as master:
            yield Side(name=name, port=config.port, master=master)

    @contextmanager
    def handrail(
        self,
        name: str,
        *,
        sqlite: bool = False,
        processes: int = 2,
        more: Mapping[str, str] | None = None,
    ) -> Iterator[tuple[Side, Config]]:
        """Serve Handrail on a database with one agent and two people."""
        if not sqlite:
            self.postgres.create(name)
        config = self.config(name, sqlite=sqlite, processes=processes, more=more)
        key, token = filled(config)
        with served(config, name, "webapp.wsgi:app", more or {}) as master:
            yield Side(name=name, port=config.port, master=master, key=key, token=token), config


def filled(config: Config) -> tuple[str, str]:
    """Migrate an empty database and fill it; give the agent's key and a person's token."""
    world = RealWorld()
    desk = open_desk(config, world)
    migrate(desk.store)
    hashed = passwords.hash_password(PASSWORD, world)

    def fill(work: Work) -> tuple[str, str]:
        policies.publish(work, POLICY.read_text(), "bench")
        for email, (team, role) in PEOPLE.items():
            accounts.add_user(work, email, Membership(team=team, role=role), hashed)
        _, key = accounts.add_agent(work, AGENT, "payments")
        return key.secret, accounts.add_token(work, "ann@example.org").secret

    made = desk.transact(fill)
    desk.store.engine.dispose()
    return made


@contextmanager
def served(config: Config, name: str, application: str, extra: Mapping[str, str]) -> Iterator[int]:
    """Run the web server that Handrail would, and give its process id once it answers."""
    command = web_command(config, application, f"127.0.0.1:{config.port}", grace=2)
    program = Program(name=name, argv=command, environ=environ(config, extra))
    log = config.home / "web.log"
    process = spawn(program, log)
    try:
        wait_for(process, config.port, log)
        yield process.pid
    finally:
        end(process, PATIENCE)


@contextmanager
def working(config: Config, name: str, extra: Mapping[str, str]) -> Iterator[int]:
    """Run what `handrail work` becomes, and give its process id at once."""
    command = (sys.executable, "-m", "worker.main")
    program = Program(name=name, argv=command, environ=environ(config, extra))
    process = spawn(program, config.home / f"{name}.log")
    try:
        yield process.pid
    finally:
        end(process, PATIENCE)


def environ(config: Config, extra: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of a process of this side."""
    return {
        **environment(),
        "PYTHONPATH": str(ROOT),
        "HANDRAIL_HOME": str(config.home),
        "HANDRAIL_PORT": str(config.port),
        "HANDRAIL_SECRET_KEY": config.secret_key,
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        **extra,
    }


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return as soon as the server at `port` answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as line:
                line.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                if line.recv(12).endswith(b"200"):
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def cores() -> int:
    """Say how many processors there are for everything together."""
    return len(os.sched_getaffinity(0))
