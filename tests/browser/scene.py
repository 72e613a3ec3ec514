"""A running Handrail with people and agents, for a browser to look at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
from redis import Redis
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.worlds import FixedWorld
from webapp.app import create_app
from webapp.config import read
from webapp.desk import Desk
from webapp.domain.decision import Membership, Role
from webapp.services import accounts, passwords, policies

PASSWORD = "correct horse battery"
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

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}
        )
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

    def look(self, handoff: dict) -> dict:
        return self._done(self._http.get(f"/handoffs/{handoff['id']}"))

    def redeem(self, handoff: dict) -> dict:
        now = self.look(handoff)
        name = {"Idempotency-Key": "once"}
        path = f"/permits/{now['permit']['id']}/redeem"
        return self._done(self._http.post(path, json={"action": now["action"]}, headers=name))

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
    """The server's address, its desk and clock, and who is there."""

    def __init__(self, url: str, desk: Desk, world: FixedWorld) -> None:
        self.url, self.desk, self.world = url, desk, world
        hashed = passwords.hash_password(PASSWORD, world)
        for email, team, role in (
            ("ana@example.org", "*", Role.ADMIN),
            ("jonas@example.org", "payments", Role.APPROVER),
            ("vera@example.org", "payments", Role.VIEWER),
        ):
            self.add_person(email, Membership(team=team, role=role), hashed)
        desk.transact(lambda work: policies.publish(work, POLICY, "ana@example.org"))
        key = desk.transact(lambda work: accounts.add_agent(work, "refunder", "payments"))[1]
        self.agent = Agent(url, key.secret)

    def add_person(self, email: str, membership: Membership, hashed: str) -> None:
        self.desk.transact(lambda work: accounts.add_user(work, email, membership, hashed))

    def agent_started_by(self, email: str) -> Agent:
        made = self.desk.transact(
            lambda work: accounts.add_agent(work, "helper", "payments", email)
        )
        return Agent(self.url, made[1].secret)


@contextmanager
def scene(database_url: str, redis_url: str) -> Iterator[Scene]:
    """Serve a whole application on a free port, in threads of this process."""
    world = FixedWorld(datetime.now(UTC) + timedelta(seconds=1))
    settings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HANDRAIL_SECRET_KEY": "a secret of the tests, long enough",
    }
    with Redis.from_url(redis_url) as redis:
        redis.flushall()  # who signed in how often in the test before
    app = create_app(read(settings), world)
    desk = app.extensions["handrail"]
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    there = Scene(f"http://127.0.0.1:{server.server_port}", desk, world)
    try:
        yield there
    finally:
        there.agent.close()
        server.shutdown()
        thread.join()
        server.server_close()
        desk.wakeups.close()
        desk.lane.close()
        desk.store.engine.dispose()
