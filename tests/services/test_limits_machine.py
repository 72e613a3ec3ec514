"""Limits against a simple model: whatever happens in whatever order, and wherever it breaks off, the sums are right."""

import shutil
from contextlib import suppress
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.makers import ANN, SURE, UNSURE, decision, submission
from tests.schema import sqlite_url
from tests.services.scene import Scene
from tests.worlds import FixedWorld
from webapp.domain.action import Action
from webapp.domain.case import draws
from webapp.domain.drafting import draft
from webapp.domain.errors import LimitReached
from webapp.domain.handoff import Status, Verb
from webapp.domain.uses import SCALE
from webapp.keyring import Keyring
from webapp.services.decide import decide, revoke
from webapp.services.policies import standing
from webapp.services.redeem import redeem
from webapp.services.report import report
from webapp.services.submit import submit
from webapp.services.withdraw import withdraw
from webapp.store import counters
from webapp.store.engine_tables import holds
from webapp.work import open_store

DAY = 100
POLICY = f"""\
agents:
  payer: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  pay:
    risk: low
    tiers: {{auto: 0.9}}
    envelope:
      amount: {{arg: /amount, currency: EUR, per_day: "{DAY} EUR"}}
      total: {{agent: {{ever: "900 runs"}}}}
      outside: block
"""
ENDS = st.sampled_from([Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN])
CRASHES = st.sampled_from([False] * 5 + [True])


class Crash(Exception):
    """The process ends before the commit."""


class Limits(RuleBasedStateMachine):
    """Agents and people at work; the model is what each approved handoff holds, and what ran."""

    waiting = Bundle("waiting")
    ready = Bundle("ready")
    busy = Bundle("busy")

    def __init__(self, open_scene):
        super().__init__()
        self.scene = open_scene()
        self.used, self.runs, self.number = 0, 0, 0

    def does(self, crash, use_case, *given):
        """Run a use case; give None where it broke off before its commit."""

        def run(work):
            found = use_case(work, *given)
            if crash:
                raise Crash
            return found

        with suppress(Crash):
            return self.scene.transact(run)
        return None

    def takes(self, handoff, sign):
        self.used += sign * int(handoff.action.args["amount"])
        self.runs += sign

    @rule(target=ready, amount=st.integers(0, 40), crash=CRASHES)
    def ask_surely(self, amount, crash):
        one = self.ask(amount, SURE, crash)
        if one is None or one.status is Status.BLOCKED:
            assert crash or self.used + amount > DAY
            return multiple()
        assert self.used + amount <= DAY
        self.takes(one, 1)
        return one

    @rule(target=waiting, amount=st.integers(0, 40), crash=CRASHES)
    def ask_unsurely(self, amount, crash):
        one = self.ask(amount, UNSURE, crash)
        return multiple() if one is None or one.status is Status.BLOCKED else one

    def ask(self, amount, confidence, crash):
        self.number += 1
        action = Action(name="pay", args={"amount": str(amount)})
        asked = submission(action, confidence=confidence)
        made = self.does(crash, submit, self.scene.payer, f"{self.number}", asked)
        return made.handoff if made else None

    @rule(target=ready, one=consumes(waiting), crash=CRASHES)
    def approve(self, one, crash):
        try:
            done = self.does(crash, decide, one.id, decision(one), ANN)
        except LimitReached:
            assert self.used + int(one.action.args["amount"]) > DAY
            return multiple()
        if done is None:
            return multiple()
        self.takes(done, 1)
        return done

    @rule(one=consumes(waiting), crash=CRASHES)
    def deny(self, one, crash):
        self.does(crash, decide, one.id, decision(one, Verb.DENY, note="No."), ANN)

    @rule(target=waiting, one=consumes(ready), crash=CRASHES)
    def take_back(self, one, crash):
        done = self.does(crash, revoke, one.id, ANN)
        if done is None:
            return multiple()
        self.takes(one, -1)
        return done

    @rule(one=consumes(ready), crash=CRASHES)
    def withdraw(self, one, crash):
        if self.does(crash, withdraw, self.scene.payer, one.id):
            self.takes(one, -1)

    @rule(target=busy, one=consumes(ready), crash=CRASHES)
    def begin(self, one, crash):
        done = self.does(crash, redeem, self.scene.payer, one.permit.id, one.action, "once")
        return done or multiple()

    @rule(one=consumes(busy), ended=ENDS, crash=CRASHES)
    def end(self, one, ended, crash):
        told = {"status": ended.value}
        self.does(crash, report, self.scene.payer, one.id, ended, told)

    @invariant()
    def what_is_counted_is_what_was_taken_and_fits(self):
        probe = submission(Action(name="pay", args={"amount": "0"}), confidence=SURE)
        found = self.scene.read(self.counted, probe)
        assert found == {"EUR": self.used, "runs": self.runs}
        assert self.used <= DAY

    def counted(self, work, probe):
        from_policy = standing(work).policy
        handoff = draft(probe, self.scene.payer, from_policy, (), work.now)
        wanted = draws(handoff, from_policy, work.now)
        return {d.limit.unit: counters.read(work, d.key) // SCALE for d in wanted}

    def teardown(self):
        assert self.scene.count(holds) <= 2 * self.number
        assert self.scene.faults() == []
        self.scene.store.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def open_scene(request, tmp_path):
    """A way to a fresh desk on each kind of database, as often as it is asked for."""
    numbers = count(1)

    def on_sqlite():
        file = tmp_path / f"{next(numbers)}.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        return sqlite_url(file)

    def on_postgresql():
        server = request.getfixturevalue("postgres")
        return server.create("machine", request.getfixturevalue("postgres_template"))

    address = {"sqlite": on_sqlite, "postgresql": on_postgresql}[request.param]

    def fresh():
        world = FixedWorld()
        store = open_store(address(), world, Keyring("secret" * 6), database_clock=False)
        return Scene(store, world, POLICY)

    return fresh


def test_what_is_counted_is_right_whatever_happens_and_wherever_it_breaks_off(open_scene):
    often = settings(
        max_examples=12,
        stateful_step_count=30,
        deadline=None,
        phases=(Phase.generate,),  # shrinking a life of thirty steps takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(partial(Limits, open_scene), settings=often)
