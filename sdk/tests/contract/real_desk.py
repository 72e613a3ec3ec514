"""A whole Handrail inside the test: the real application, its agents, and people who decide."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from flask import Flask
from werkzeug.serving import make_server

from handrail import Client, Handoff, World
from tests.schema import build, sqlite_url
from tests.worlds import FixedWorld
from webapp.app import create_app
from webapp.config import read
from webapp.desk import Desk
from webapp.domain.decision import Membership, Role
from webapp.services import accounts, policies

URL = "http://desk"
PERSON = "mara@example.org"
OTHER_PERSON = "jonas@example.org"


@cache
def blank_database() -> bytes:
    """Give a SQLite file with all tables and no row."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "blank.sqlite3"
        build(sqlite_url(file))
        return file.read_bytes()


class RealDesk:
    """One application with a policy in force, spoken to through WSGI and never through a socket."""

    def __init__(self, home: Path, policy: str, world: FixedWorld | None = None) -> None:
        file = home / "desk.sqlite3"
        file.write_bytes(blank_database())
        settings = {
            "HANDRAIL_HOME": str(home),
            "HANDRAIL_SECRET_KEY": "s" * 43,
            "HANDRAIL_PUBLIC_URL": URL,
            "DATABASE_URL": sqlite_url(file),
            "REDIS_URL": f"unix://{home}/nobody-home.sock",
        }
        self.app: Flask = create_app(read(settings), world or FixedWorld())
        self.desk: Desk = self.app.extensions["handrail"]
        self.transport = httpx.WSGITransport(self.app)
        self.desk.transact(lambda work: policies.publish(work, policy, "tests"))
        self.keys: dict[str, str] = {}
        self.tokens = {email: self._add_person(email) for email in (PERSON, OTHER_PERSON)}

    def client(
        self,
        agent: str = "billing-agent",
        *,
        transport: httpx.BaseTransport | None = None,
        world: World | None = None,
    ) -> Client:
        """Give a client of this agent, which is made where it is new."""
        quick = world or World(sleep=Patience())
        return Client(URL, self.key(agent), transport=transport or self.transport, world=quick)

    def key(self, agent: str) -> str:
        """Give this agent's key."""
        if agent not in self.keys:
            self.keys[agent] = self.desk.transact(
                lambda work: accounts.add_agent(work, agent, "payments")[1].secret
            )
        return self.keys[agent]

    def decide(self, handoff: Handoff, verb: str, by: str = PERSON, **said: Any) -> dict[str, Any]:
        """Let a person decide what they see now."""
        shown = {"revision": handoff.revision, "fingerprint": handoff.fingerprint}
        return self.person(f"handoffs/{handoff.id}/decisions", by, verb=verb, **shown, **said)

    def person(self, path: str, by: str = PERSON, **body: Any) -> dict[str, Any]:
        """Let a person post something; whatever is refused fails the test."""
        bearer = {"Authorization": f"Bearer {self.tokens[by]}"}
        with httpx.Client(transport=self.transport, base_url=f"{URL}/api/v1/") as http:
            answer: dict[str, Any] = (
                http.post(path, json=body, headers=bearer).raise_for_status().json()
            )
        return answer

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on a free port as well, for programs that are started, and give its address."""
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def close(self) -> None:
        """Let go of the database and of those who wait."""
        self.desk.wakeups.close()
        self.desk.store.engine.dispose()

    def _add_person(self, email: str) -> str:
        role = Membership(team="*", role=Role.ADMIN)
        self.desk.transact(lambda work: accounts.add_user(work, email, role, "no password"))
        return self.desk.transact(lambda work: accounts.add_token(work, email).secret)


class Patience:
    """Sleep without taking time, a few times; a desk that never gets well fails the test."""

    def __init__(self, times: int = 5) -> None:
        self.times = times

    def __call__(self, seconds: float) -> None:
        self.times -= seconds > 0
        assert self.times >= 0, "the desk does not get well"


class LosingTransport(httpx.BaseTransport):
    """Let every request through, and lose the answers to the ones whose numbers are given."""

    def __init__(self, through: httpx.BaseTransport, *lost: int) -> None:
        self.through = through
        self.lost = lost
        self.count = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        response = self.through.handle_request(request)
        if self.count in self.lost:
            response.read()
            raise httpx.ReadError("lost", request=request)
        return response
