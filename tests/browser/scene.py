"""A running Handrail with people and agents, for a browser to look at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.worlds import FixedWorld
from webapp.app import create_app
from webapp.config import read
from webapp.desk import Desk
from webapp.domain.decision import Membership, Role
from webapp.services import accounts, passwords, policies

PASSWORD = "correct horse battery"
PEOPLE = (
    ("ana@example.org", "*", Role.ADMIN),
    ("jonas@example.org", "payments", Role.APPROVER),
    ("vera@example.org", "payments", Role.VIEWER),
)
POLICY = """
timezone: UTC
agents:
  refunder:
    owner: payments
    autonomy: {start: standard, max: standard}
    questions: {to: payments, deadline: 2h}
actions:
  payments.refund:
    title: Refund a customer
    summary: "Refund {amount} {currency} to {counterparty}"
    target: /order_id
    pinned: [/amount, /counterparty]
    risk: medium
    because: Money leaves the house and rarely comes back
    reversible: false
    unasked: true
    args:
      type: object
      additionalProperties: false
      required: [order_id, amount, currency, counterparty]
      properties:
        order_id: {type: string}
        amount: {type: string, pattern: "^[0-9]+[.][0-9]{2}$", description: With two digits}
        currency: {type: string, enum: [EUR, USD]}
        counterparty: {type: string}
        reason: {type: string}
        notify: {type: boolean}
        note: {type: [string, "null"], maxLength: 500}
    rules:
      - {when: {reason: goodwill}, route: review, because: Goodwill is a judgement}
      - {when: {reason: chargeback}, risk: critical, because: The bank may take it back already}
      - {when: {currency: USD}, route: block, because: We do not pay in dollars}
    approvals: {from: [payments], count: 1, when_critical: 2}
    deadline: {after: 2h, then: expire}
  support.reply:
    title: Answer a customer
    summary: "Write to {to}: {text}"
    risk: low
    deadline: {after: 1h, then: expire}
tasks:
  support.ticket:
    title: Settle a case
    because: Half-read tickets end in wrong refunds
    inputs:
      type: object
      required: [ticket, kind, urgent]
      properties:
        ticket: {type: string, title: Ticket number, pattern: '^T-[0-9]+$'}
        kind: {enum: [refund, complaint]}
        urgent: {type: boolean}
        customer: {type: string}
    touches: {allow: ["orders/*"], review: ["customers/*"], deny: ["payments/*"]}
    approvals: {from: [payments]}
"""
REFUND = {
    "order_id": "8841",
    "amount": "129.00",
    "currency": "EUR",
    "counterparty": "cus_77",
    "reason": "damaged",
}


class Quiet(WSGIRequestHandler):
    """Serve without a word."""

    protocol_version = "HTTP/1.1"

    def log(self, *_args, **_kwargs):
        return None


class Agent:
    """A program that asks through the API."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        http.base_url = http.base_url.join("/api/v1/")
        http.headers["Authorization"] = f"Bearer {key}"
        self._http = http
        self._asked = 0

    def ask(self, **said) -> dict:
        """Hand something off; by default a refund that it is not sure about."""
        self._asked += 1
        action = {"name": "payments.refund", "args": {**REFUND, **said.pop("args", {})}}
        body = {
            "kind": "action",
            "title": "Refund order 8841",
            "confidence": 0.83,
            "action": action,
        }
        name = {"Idempotency-Key": f"ask:{self._asked}"}
        return self._done(self._http.post("/handoffs", json={**body, **said}, headers=name))

    def wonder(self, **said) -> dict:
        """Ask a question with two readings."""
        self._asked += 1
        body = {
            "kind": "question",
            "title": "Which invoice is meant?",
            "uncertainty": "Two are open.",
            "interpretations": [
                {"id": "new", "text": "Invoice 2231"},
                {"id": "old", "text": "Invoice 2198"},
            ],
        }
        if "response_schema" in said:
            del body["interpretations"]
        name = {"Idempotency-Key": f"question:{self._asked}"}
        return self._done(self._http.post("/handoffs", json={**body, **said}, headers=name))

    def hand_in(self, **said) -> dict:
        """Hand in a task that lacks nearly everything."""
        self._asked += 1
        task = {"type": "support.ticket", "goal": "Improve it", "inputs": {"customer": "cus_77"}}
        body = {"kind": "task", "title": "Ticket 4711", "task": {**task, **said}}
        name = {"Idempotency-Key": f"task:{self._asked}"}
        return self._done(self._http.post("/handoffs", json=body, headers=name))

    def look(self, handoff: dict) -> dict:
        return self._done(self._http.get(f"/handoffs/{handoff['id']}"))

    def redeem(self, handoff: dict) -> dict:
        now = self.look(handoff)
        name = {"Idempotency-Key": "once"}
        path = f"/permits/{now['permit']['id']}/redeem"
        return self._done(self._http.post(path, json={"action": now["action"]}, headers=name))

    def report(self, handoff: dict, status: str = "succeeded", **told) -> dict:
        path = f"/handoffs/{handoff['id']}/outcome"
        return self._done(self._http.post(path, json={"status": status, **told}))

    def withdraw(self, handoff: dict) -> dict:
        return self._done(self._http.post(f"/handoffs/{handoff['id']}/withdraw"))

    def all(self) -> list[dict]:
        return self._done(self._http.get("/handoffs"))["handoffs"]

    def revise(self, handoff: dict, **args) -> dict:
        action = {"name": "payments.refund", "args": {**REFUND, **args}}
        body = {"kind": "action", "title": "Refund order 8841", "confidence": 0.9, "action": action}
        return self._done(self._http.post(f"/handoffs/{handoff['id']}/revisions", json=body))

    def close(self) -> None:
        self._http.close()

    def _done(self, answer: httpx.Response) -> dict:
        assert answer.is_success, answer.text
        return answer.json()


class Scene:
    """An application with its clock and its people; `url` is where it is served, if it is."""

    def __init__(self, app: Flask, world: FixedWorld, url: str = "") -> None:
        self.app, self.world, self.url = app, world, url
        self.desk: Desk = app.extensions["handrail"]
        hashed = passwords.hash_password(PASSWORD, world)
        for email, team, role in PEOPLE:
            self._add_person(email, Membership(team=team, role=role), hashed)
        self.desk.transact(lambda work: policies.publish(work, POLICY, "ana@example.org"))
        made = self.desk.transact(lambda work: accounts.add_agent(work, "refunder", "payments"))
        self.agent = Agent(self._caller(), made[1].secret)

    def publish(self, text: str) -> int:
        return self.desk.transact(lambda work: policies.publish(work, text, "ana@example.org"))

    def agent_started_by(self, email: str) -> Agent:
        made = self.desk.transact(
            lambda work: accounts.add_agent(work, "helper", "payments", email)
        )
        return Agent(self._caller(), made[1].secret)

    def ask(self, **said) -> str:
        return self.agent.ask(**said)["id"]

    def status(self, handoff_id: str) -> str:
        return self.agent.look({"id": handoff_id})["status"]

    def close(self) -> None:
        self.agent.close()
        self.desk.wakeups.close()
        self.desk.lane.close()
        self.desk.store.engine.dispose()

    def _add_person(self, email: str, membership: Membership, hashed: str) -> None:
        self.desk.transact(lambda work: accounts.add_user(work, email, membership, hashed))

    def _caller(self) -> httpx.Client:
        if self.url:
            return httpx.Client(base_url=self.url)
        inside = httpx.WSGITransport(app=self.app)
        return httpx.Client(transport=inside, base_url="http://desk.test")


@contextmanager
def stage(database_url: str, redis_url: str, **settings: str) -> Iterator[Scene]:
    """Set up a whole application that is called directly."""
    world = FixedWorld(datetime.now(UTC) + timedelta(seconds=1))
    there = Scene(application(database_url, redis_url, world, **settings), world)
    try:
        yield there
    finally:
        there.close()


@contextmanager
def scene(database_url: str, redis_url: str, **settings: str) -> Iterator[Scene]:
    """Serve a whole application on a free port, in threads of this process."""
    world = FixedWorld(datetime.now(UTC) + timedelta(seconds=1))
    app = application(database_url, redis_url, world, **settings)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    there = Scene(app, world, f"http://127.0.0.1:{server.server_port}")
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        there.close()


def application(database_url: str, redis_url: str, world: FixedWorld, **settings: str) -> Flask:
    """Make the application, with no memory of who signed in how often."""
    with suppress(RedisError), Redis.from_url(redis_url) as redis:
        redis.flushall()
    fixed = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HANDRAIL_SECRET_KEY": "a secret of the tests, long enough",
    }
    return create_app(read({**fixed, **settings}), world)
