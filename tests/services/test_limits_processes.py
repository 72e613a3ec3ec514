"""A thousand submissions from eight processes at once never pass a limit by one cent."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing import get_context

from tests.makers import SURE, submission
from tests.services.scene import TRIES, Scene
from tests.worlds import FixedWorld
from webapp.domain.action import Action
from webapp.domain.errors import LostRace
from webapp.domain.handoff import Agent, Status
from webapp.keyring import Keyring
from webapp.services.submit import submit
from webapp.work import open_store, unit_of_work

PROCESSES, EACH = 8, 125
POLICY = """\
agents:
  payer: {owner: payments, autonomy: {start: standard, max: standard}}
actions:
  pay:
    risk: low
    tiers: {auto: 0.9}
    envelope:
      amount: {arg: /amount, currency: EUR, per_day: "1000 EUR", per_month: "999.99 EUR"}
      total: {agent: {ever: "900 runs"}}
"""
PRICES = ("1.37", "0.01", "7.77", "2.50")


class Numbered(FixedWorld):
    """A world whose ids are not those of the other processes."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def new_id(self, prefix: str) -> str:
        return f"{super().new_id(prefix)}{self.number}"


def spend(url: str, number: int, agent: Agent) -> list[tuple[str, str]]:
    """Be one process: submit one by one, and give each amount with what became of it."""
    store = open_store(url, Numbered(number), Keyring("secret" * 6), database_clock=False)
    found = [_ask(store, f"{number}:{n}", PRICES[n % len(PRICES)], agent) for n in range(EACH)]
    store.engine.dispose()
    return found


def _ask(store, key: str, amount: str, agent: Agent) -> tuple[str, str]:
    action = Action(name="pay", args={"amount": amount})
    for _ in range(TRIES):
        try:
            with unit_of_work(store) as work:
                asked = submission(action, confidence=SURE)
                return amount, submit(work, agent, key, asked).handoff.status.value
        except LostRace:
            continue
    raise AssertionError(key)


def test_a_thousand_at_once_spend_all_that_fits_and_not_a_cent_more(store, world, database_url):
    agent = Scene(store, world, POLICY).payer
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(spend, database_url, number, agent) for number in range(PROCESSES)]
        found = [one for job in jobs for one in job.result(timeout=120)]
    assert len(found) == PROCESSES * EACH
    spent = sum(Decimal(amount) for amount, status in found if status == Status.APPROVED)
    refused = min(Decimal(amount) for amount, status in found if status == Status.PENDING)
    assert spent <= Decimal("999.99") < spent + refused + max(map(Decimal, PRICES))
