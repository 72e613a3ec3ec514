"""A desk on a database of its own with one agent and one approver, as jobs and relay find it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Table, func, select

from tests.worlds import FixedWorld
from webapp.config import read
from webapp.desk import Desk, open_desk
from webapp.domain.action import Action
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Decision, Membership, Person, Role
from webapp.domain.handoff import (
    USUAL_VERBS,
    Agent,
    Face,
    Handoff,
    Kind,
    Status,
    Submission,
    Verb,
)
from webapp.gateways.apprise_line import AppriseLine
from webapp.gateways.console import Console
from webapp.gateways.web import Web
from webapp.services import accounts, policies
from webapp.services.decide import decide
from webapp.services.redeem import redeem
from webapp.services.report import report
from webapp.services.submit import submit
from webapp.store import handoffs, tables
from worker.hands import Hands

PATIENCE = 10.0  # seconds, for what is usually there at once
SECRET = "a secret of the tests, long enough"
NOWHERE = "redis://127.0.0.1:1/0"
ANA = Person(
    id="us_ana",
    email="ana@example.org",
    name="Ana",
    memberships=(Membership(team="payments", role=Role.APPROVER),),
    face=Face.API,
)
POLICY = """
timezone: UTC
agents:
  refunder:
    owner: payments
    autonomy: {start: standard, max: standard}
actions:
  payments.refund:
    title: Refund a customer
    risk: medium
    args:
      type: object
      properties: {amount: {type: string}}
    approvals: {from: [payments], count: 1}
    deadline: {after: 2h, then: expire}
    permit: {valid: 24h, run_within: 15m}
"""


class Office:
    """The desk, its clock, and what people and agents do there."""

    def __init__(self, desk: Desk, world: FixedWorld) -> None:
        self.desk, self.world = desk, world
        web = Web(desk.config.allowed_networks)
        console = Console(public_url="http://desk.example")
        line = AppriseLine(desk.config.mail)
        self.hands = Hands(desk=desk, console=console, web=web, line=line, slack=desk.slack)
        desk.transact(lambda work: policies.publish(work, POLICY, "ana@example.org"))
        role = Membership(team="payments", role=Role.APPROVER)
        desk.transact(lambda work: accounts.add_user(work, ANA.email, role, "hash"))
        self.agent, key = desk.transact(
            lambda work: accounts.add_agent(work, "refunder", "payments")
        )
        self.key = key.secret
        self._asked = 0

    def ask(
        self, expires_in: timedelta | None = None, callback: CallbackWish | None = None
    ) -> Handoff:
        """Hand off a refund of which the agent is not sure."""
        self._asked += 1
        args = {"amount": f"{self._asked}.00"}
        asked = Submission(
            kind=Kind.ACTION,
            title="Refund an order",
            action=Action(name="payments.refund", args=args),
            confidence=0.5,
            allowed=USUAL_VERBS[Kind.ACTION],
            expires_in=expires_in,
            on_behalf_of=None,
            intent_id=None,
            run_id=None,
            thread_id=None,
            claim={"action": {"name": "payments.refund", "args": args}, "note": "é"},
            state=b'{"step": 1}',
            private_state=b'"secret"',
            callback=callback,
        )
        key = f"ask:{self._asked}"
        return self.desk.transact(lambda work: submit(work, self.known(), key, asked)).handoff

    def known(self) -> Agent:
        """The agent as it is recognised by its key now."""
        return self.desk.read(lambda work: accounts.identify(work, self.key, Face.API))

    def approve(self, handoff: Handoff) -> Handoff:
        said = Decision(
            verb=Verb.APPROVE, revision=handoff.revision, fingerprint=handoff.fingerprint
        )
        return self.desk.transact(lambda work: decide(work, handoff.id, said, ANA))

    def redeem(self, handoff: Handoff) -> Handoff:
        permit, action = handoff.permit.id, handoff.action
        return self.desk.transact(lambda work: redeem(work, self.agent, permit, action, None))

    def report(self, handoff: Handoff, status: Status) -> Handoff:
        said = {"status": status.value}
        return self.desk.transact(lambda work: report(work, self.agent, handoff.id, status, said))

    def now(self, handoff: Handoff) -> Handoff:
        """Give the handoff as it stands."""
        return self.desk.read(lambda work: handoffs.load(work, handoff.id))

    def count(self, table: Table) -> int:
        counted = select(func.count()).select_from(table)
        return self.desk.read(lambda work: work.run(counted).scalar_one())

    def topics(self) -> list[str]:
        """Name what the outbox holds, in the order of the alphabet."""
        query = select(tables.outbox.c.topic).order_by(tables.outbox.c.topic)
        return list(self.desk.read(lambda work: work.run(query).scalars().all()))

    def error_of(self, topic: str) -> str:
        """Say why the one message of this topic failed."""
        query = select(tables.outbox.c.error).where(tables.outbox.c.topic == topic)
        return str(self.desk.read(lambda work: work.run(query).scalar_one()))


@contextmanager
def office(
    database_url: str,
    redis_url: str = NOWHERE,
    world: FixedWorld | None = None,
    **given: str,
) -> Iterator[Office]:
    """Open an office; it closes with everything that it connected."""
    world = world or FixedWorld()
    settings = {
        **given,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HANDRAIL_SECRET_KEY": SECRET,
        **given,
    }
    desk = open_desk(read(settings), world)
    try:
        yield Office(desk, world)
    finally:
        desk.wakeups.close()
        desk.lane.close()
        desk.store.engine.dispose()


def until(true: Callable[[], object], pause: Callable[[float], object] = time.sleep) -> bool:
    """Look again and again until it is true; False when patience is at an end."""
    ends = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > ends:
            return False
        pause(0.01)
    return True
