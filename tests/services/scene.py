"""A database with a policy, agents and people, and use cases run on it as the edges run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from sqlalchemy import Table, func, select

from tests.makers import ANN, POLICY, decision, pay, submission
from tests.worlds import FixedWorld
from webapp.domain.decision import Membership, Person, Role
from webapp.domain.errors import LostRace
from webapp.domain.handoff import Agent, Face, Handoff, Status, Submission, Verb
from webapp.services import accounts, anchor, policies
from webapp.services.decide import decide, revoke
from webapp.services.redeem import redeem
from webapp.services.replay import replay
from webapp.services.report import report
from webapp.services.revise import revise
from webapp.services.submit import Submitted, submit
from webapp.store import handoffs, tables
from webapp.work import Store, reading, unit_of_work

TRIES = 3  # as the desk tries


class Scene:
    """The store, its clock, the agents `payer` and `spender`, and what they and people do there."""

    def __init__(self, store: Store, world: FixedWorld, policy: str = POLICY) -> None:
        self.store, self.world = store, world
        self.publish(policy)
        self.payer = self.transact(accounts.add_agent, "payer", "payments")[0]
        self.spender = self.transact(accounts.add_agent, "spender", "payments")[0]

    def transact(self, use_case: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Run a use case in one transaction, again where it lost a race."""
        for _ in range(TRIES - 1):
            try:
                return self._attempt(use_case, *given, **named)
            except LostRace:
                continue
        return self._attempt(use_case, *given, **named)

    def read(self, use_case: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with reading(self.store) as work:
            return use_case(work, *given, **named)

    def publish(self, text: str) -> int:
        return self.transact(policies.publish, text, "test")

    def user(self, name: str, team: str = "payments", role: Role = Role.APPROVER) -> Person:
        """Somebody with an account."""
        given = (f"{name}@example.org", Membership(team=team, role=role), "hash")
        return self.transact(accounts.add_user, *given).person(Face.API)

    def submit(
        self, key: str, asked: Submission | None = None, by: Agent | None = None
    ) -> Submitted:
        return self.transact(submit, by or self.payer, key, asked or submission())

    def ask(self, key: str = "pay:1", asked: Submission | None = None) -> Handoff:
        return self.submit(key, asked).handoff

    def revise(self, handoff: Handoff, asked: Submission | None = None) -> Handoff:
        asked = asked or submission(pay(amount="9.00"))
        return self.transact(revise, self.payer, handoff.id, asked)

    def decide(
        self, handoff: Handoff, verb: Verb = Verb.APPROVE, by: Person = ANN, **said: Any
    ) -> Handoff:
        """Let somebody decide what `handoff` shows, which may be out of date."""
        usual = {"note": "Because."} if verb in {Verb.DENY, Verb.REQUEST_CHANGES} else {}
        shown = decision(handoff, verb, **{**usual, **said})
        return self.transact(decide, handoff.id, shown, by)

    def approved(self, key: str = "pay:1", asked: Submission | None = None) -> Handoff:
        return self.decide(self.ask(key, asked))

    def revoke(self, handoff: Handoff, by: Person = ANN) -> Handoff:
        return self.transact(revoke, handoff.id, by)

    def redeem(self, handoff: Handoff, key: str | None = "once", **other: Any) -> Handoff:
        """Let the agent run what `handoff` permits."""
        permit = other.get("permit") or handoff.permit.id
        by, action = other.get("by", self.payer), other.get("action", handoff.action)
        return self.transact(redeem, by, permit, action, key)

    def running(self, key: str = "pay:1") -> Handoff:
        return self.redeem(self.approved(key))

    def report(self, handoff: Handoff, status: Status = Status.SUCCEEDED, **told: Any) -> Handoff:
        detail = {"status": status.value, **told}
        return self.transact(report, self.payer, handoff.id, status, detail)

    def now(self, handoff: Handoff) -> Handoff:
        """The handoff as it stands."""
        return self.read(handoffs.load, handoff.id)

    def rows(self, table: Table, *order: str) -> list[Any]:
        query = select(table).order_by(*(table.c[name] for name in order))
        return self.read(lambda work: work.run(query).all())

    def count(self, table: Table, **where: Any) -> int:
        found = [table.c[name] == value for name, value in where.items()]
        query = select(func.count()).select_from(table).where(*found)
        return self.read(lambda work: work.run(query).scalar_one())

    def running_count(self) -> int:
        return self.count(tables.handoffs, status="running")

    def events(self, handoff: Handoff) -> list[str]:
        """The types of a handoff's events, oldest first."""
        found = self.rows(tables.events, "id")
        return [row.type for row in found if row.handoff_id == handoff.id]

    def queue(self) -> list[tuple[str, str, Any]]:
        """Who waits for what until when: team, handoff, deadline."""
        found = self.rows(tables.audience, "team", "waits_until", "handoff_id")
        return [(row.team, row.handoff_id, row.waits_until) for row in found if row.waits_until]

    def faults(self) -> list[object]:
        """What does not fit in the history, and the verdicts that are not derived again."""
        misfit = self.read(anchor.verify).misfit
        differ = [one for one in self.read(lambda work: list(replay(work))) if one.differs]
        return [*([misfit] if misfit else []), *differ]

    def _attempt(self, use_case: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with unit_of_work(self.store) as work:
            return use_case(work, *given, **named)


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run all jobs at the same moment; give what each returned or raised, in their order."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait(30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(run, job) for job in jobs]
    return [future.exception() or future.result() for future in futures]


@contextmanager
def meanwhile(job: Callable[[], Any]) -> Iterator[Any]:
    """Run a job beside the block; its future is done at the end, however it ended."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(job)
