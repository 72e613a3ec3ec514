"""A storm: workers that die at each step, a Redis that comes and goes, tools and endpoints that misbehave."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from handrail import Client, Handoff
from handrail.retry import Retry
from tests.fault.mortal import JOB_STEPS, LAST_WORDS, RELAY_STEPS
from tests.fault.plant import Plant, agent_key
from tests.receiver import Receiver, Taking, echo, hang_up, receiver
from tests.receiver import says as answers
from tests.serving import Quiet, served
from tests.tool import LOOPBACK, Call, Tool, act, act_and_hang_up, hang, says, tool
from tests.waiting import until
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import EVERY_TEAM, Membership, Person, Role
from webapp.domain.handoff import Face
from webapp.gateways.callbacks import TIMEOUT
from webapp.processes import Program
from webapp.services import policies
from webapp.services.stream import newest_place
from webapp.store import handoffs
from webapp.verification import register, verify

PATIENCE = 400
AWAY_FOR_EACH = 0.12  # seconds for each handoff that Redis is away: a minute in a storm of 500
PACE, MOST_MORE = (
    0.2,
    1000,
)  # seconds between those, and how many, that come until workers have died enough
PATIENT = Retry(attempts=80, first=0.05, longest=0.5)
AGENTS = ("getter", "listener", "hearer")
WAVES = ("calm", "flush", "restart", "away", "stopped")
PASS = 3  # at which time it comes to its step a worker dies
# what a tool does at every tenth call; Handrail cannot know what came of it
SILENT = {2: act_and_hang_up, 4: says(503), 6: hang, 8: says(302, location="/elsewhere")}
BOSS = Person(
    id="us_boss",
    email="boss@example.org",
    name="Boss",
    memberships=(Membership(team=EVERY_TEAM, role=Role.ADMIN),),
    face=Face.API,
)
POLICY = """
timezone: UTC
agents:
  getter: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
  listener: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
  hearer: {{owner: payments, autonomy: {{start: standard, max: standard}}}}
actions:
  payments.refund:
    title: Refund
    risk: medium
    args: {{type: object, required: [order], properties: {{order: {{type: integer}}}}}}
    permit: {{valid: 1h, run_within: 10m}}
    executor: {{http: {{url: "{url}", timeout: 2s}}}}
    verify:
      url: "{world}/orders/{{order}}"
      condition: response.status == 200 && response.body.order == args.order
"""


class Orders(Quiet):
    """Where it is looked whether an order was refunded: it was."""

    def take(self) -> None:
        self.answer(200, {"order": int(self.path.rpartition("/")[2])})


class StormyPlant(Plant):
    """A plant whose workers die at one step after the other, so many times each, and are started again."""

    def __init__(self, folder: Path, database_url: str, times: int, **settings: str) -> None:
        super().__init__(folder, database_url, **settings)
        self.deaths: list[str] = []
        self._enough = times * len(JOB_STEPS + RELAY_STEPS)
        self._steps = {
            "jobs": itertools.chain(JOB_STEPS * times, itertools.repeat("never")),
            "relay": itertools.chain(RELAY_STEPS * times, itertools.repeat("never")),
        }
        self.steps: dict[str, str] = {}
        self._over = threading.Event()
        # what a thread has started ends with it: so one thread starts all, and stays
        self._starter = ThreadPoolExecutor(1)

    def start(self) -> None:
        self._starter.submit(super().start).result()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()

    def end(self) -> None:
        self._over.set()
        self._watcher.join()
        super().end()
        self._starter.shutdown()

    def died_enough(self) -> bool:
        """Say whether a worker has died as often as planned at each step."""
        return len(self.deaths) >= self._enough

    def left_running(self) -> set[str]:
        """Name what each worker had begun to run and not recorded the end of when it died, by its last words."""
        lines = [
            line
            for name in self._steps  # the relay runs things itself while Redis is away
            for line in (self.folder / f"{name}.log").read_text().splitlines()
        ]
        last = [one.removeprefix(LAST_WORDS).split() for one in lines if one.startswith(LAST_WORDS)]
        return {handoff_id for _step, *running in last for handoff_id in running}

    def redis(self) -> int:
        """Give the process id of Redis."""
        return self._running["redis"].pid

    def begin_redis(self) -> None:
        self._starter.submit(self._start, "redis").result()

    def end_redis(self) -> None:
        """Kill it, and leave it dead."""
        self._running["redis"].kill()
        self._running["redis"].wait()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for name in ("jobs", "relay"):
                if self._running[name].poll() is not None:
                    self.deaths.append(self.steps[name])
                    self._starter.submit(self._start, name).result()

    def _program(self, name: str) -> Program:
        if name not in self._steps:
            return super()._program(name)
        step = self.steps[name] = next(self._steps[name])
        parts = {"jobs": ("jobs",), "relay": ("relay", "anchor")}[name]
        argv = (sys.executable, "-m", "tests.fault.mortal", step, str(PASS), *parts)
        return Program(name=name, argv=argv, environ=self.environ)


@dataclass
class Aftermath:
    """What is left: the tool, what died when, and what each agent was told last of each of its handoffs."""

    tool: Tool
    plant: StormyPlant
    receiver: Receiver
    orders: dict[str, int]
    ended: list[Any]
    told: dict[str, dict[str, str]]
    without_redis: Counter[str]


class Storm:
    """Agents hand off in waves, and each wave has its trouble with Redis."""

    def __init__(self, plant: StormyPlant, hook: Receiver, asked: Tool, count: int) -> None:
        self.plant, self.hook, self.tool, self.count = plant, hook, asked, count
        self.orders: dict[str, int] = {}
        self.without_redis: Counter[str] = Counter()
        keys = {name: agent_key(plant.desk, name) for name in AGENTS}
        self.clients = {name: Client(plant.url, key, retry=PATIENT) for name, key in keys.items()}
        register(plant.desk, "hearer", hook.url, CallbackWish.THIN, BOSS)
        verify(plant.desk, "hearer", BOSS)
        hook.answers.extend([hang_up, answers(503), answers(302, Location="/"), slow])
        asked.usual = take
        self._getters = ThreadPoolExecutor(32)
        self._got: dict[str, Future[Handoff]] = {}
        self._streamed: dict[str, tuple[int, str]] = {}
        since = str(plant.desk.read(newest_place))
        threading.Thread(target=self._listen, args=(since,), daemon=True).start()

    def run(self) -> Aftermath:
        """Let it blow, and wait until everything has ended and every agent knows."""
        for number, wave in enumerate(WAVES):
            first, last = (n * self.count // len(WAVES) for n in (number, number + 1))
            self._blow(wave, range(first, last))
        for number in itertools.count(self.count):
            if self.plant.died_enough() or number > self.count + MOST_MORE:
                break
            self._ask(number)
            threading.Event().wait(PACE)
        until(lambda: len(self._ends()) == len(self.orders), "every end", PATIENCE)
        until(lambda: not self._unlooked(), "every success to be looked into", PATIENCE)
        ends = self._ends()
        for name, told in (("listener", self._told_by_events), ("hearer", self._told_by_calls)):
            wanted = {one: ends[one] for one in ends if self._agent(one) == name}
            until(lambda told=told, wanted=wanted: told() == wanted, f"{name} to know", PATIENCE)
        until(lambda: all(one.done() for one in self._got.values()), "getters to know", PATIENCE)
        told = {
            "getter": {one: got.result().status.value for one, got in self._got.items()},
            "listener": self._told_by_events(),
            "hearer": self._told_by_calls(),
        }
        return Aftermath(
            tool=self.tool,
            plant=self.plant,
            receiver=self.hook,
            orders=self.orders,
            ended=[self._load(one) for one in self.orders],
            told=told,
            without_redis=self.without_redis,
        )

    # ---- a wave

    def _blow(self, wave: str, numbers: Iterable[int]) -> None:
        """Hand off a wave in its trouble."""
        if wave == "away":
            self.plant.end_redis()
        elif wave == "stopped":
            os.kill(self.plant.redis(), signal.SIGSTOP)
        ids = [self._ask(number) for number in numbers]
        if wave == "flush":
            with Redis.from_url(self.plant.config.redis_url) as redis:
                redis.flushall()
        elif wave == "restart":
            self.plant.end_redis()
            self.plant.begin_redis()
        elif wave in {"away", "stopped"}:
            began = time.monotonic()
            until(lambda: self._ends().keys() & ids, f"an end while Redis is {wave}", PATIENCE)
            threading.Event().wait(self.count * AWAY_FOR_EACH - (time.monotonic() - began))
            self.without_redis[wave] = len(self._ends().keys() & ids)
        if wave == "away":
            self.plant.begin_redis()
        elif wave == "stopped":
            os.kill(self.plant.redis(), signal.SIGCONT)

    def _ask(self, number: int) -> str:
        name = AGENTS[number % len(AGENTS)]
        handoff = self.clients[name].submit(
            key=f"refund:{number}",
            title=f"Refund {number}",
            action={"name": "payments.refund", "args": {"order": number}},
            confidence=0.99,
        )
        self.orders[handoff.id] = number
        if name == "getter":
            self._got[handoff.id] = self._getters.submit(handoff.wait, PATIENCE)
        return handoff.id

    # ---- what agents know, and what is

    def _listen(self, since: str) -> None:
        for event in self.clients["listener"].events(since):
            known = self._streamed.get(event.handoff_id, (0, ""))
            self._streamed[event.handoff_id] = max(known, (event.version, event.status))

    def _told_by_events(self) -> dict[str, str]:
        return {one: status for one, (_, status) in sorted(self._streamed.items())}

    def _told_by_calls(self) -> dict[str, str]:
        newest: dict[str, tuple[int, str]] = {}
        for post in list(self.hook.taken):
            told = post.json["data"]
            known = newest.get(told["id"], (0, ""))
            newest[told["id"]] = max(known, (told["version"], told["status"]))
        return {one: status for one, (_, status) in sorted(newest.items())}

    def _agent(self, handoff_id: str) -> str:
        return AGENTS[self.orders[handoff_id] % len(AGENTS)]

    def _load(self, handoff_id: str) -> Any:
        return self.plant.desk.read(lambda work: handoffs.load(work, handoff_id))

    def _unlooked(self) -> list[str]:
        return [one for one in self.orders if self._load(one).waits_for_verification]

    def _ends(self) -> dict[str, str]:
        """Give what has ended, and how."""
        found = [self._load(one) for one in list(self.orders)]
        return {one.id: one.status.value for one in found if one.is_final}


def take(call: Call) -> None:
    """Do what the tool does at an order of this number."""
    SILENT.get(call.json["action"]["args"]["order"] % 10, act)(call)


def slow(to: Taking) -> None:
    """Take it, and answer when nobody listens any more."""
    threading.Event().wait(TIMEOUT + 1)
    echo(to)


@contextmanager
def storm(folder: Path, database_url: str, count: int, times: int) -> Iterator[Aftermath]:
    """Let a storm of so many handoffs pass, in which workers die so many times at each step."""
    with tool() as asked, receiver() as hook, served(Orders) as world, ExitStack() as stack:
        settings = {"HANDRAIL_ALLOW_NETWORKS": LOOPBACK}
        plant = StormyPlant(folder, database_url, times, **settings)
        stack.callback(plant.end)
        text = POLICY.format(url=asked.url, world=world)
        plant.desk.transact(lambda work: policies.publish(work, text, "test"))
        plant.start()
        plant.wait_for_page()
        yield Storm(plant, hook, asked, count).run()
