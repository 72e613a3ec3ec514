"""How soon people in Slack are told, see what became of it, and are answered: by a Slack of our own that is slow.

It takes a tenth of a second for every call, so a bare loop makes the same calls beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any

import httpx
from slack_sdk import WebClient

from bench.figures import Figure, percentile
from bench.handoffs import API, JSON_TYPE, body
from bench.plan import Plan
from bench.servers import Bench, Side, working
from tests.slack.fake import TEAM, FakeSlack, Posted, User, serving
from webapp.config import Config
from webapp.desk import open_desk
from webapp.domain.channel import Medium
from webapp.domain.slack_link import SlackLink
from webapp.services import channels
from webapp.services.channels import Wish
from webapp.store import accounts
from webapp.store import channels as store
from webapp.work import Work
from webapp.world import RealWorld

DELAY = 0.1  # seconds that the fake takes for each call
WARM = 2  # rounds that do not count
READING = 0.1  # seconds that pass before somebody decides, who is quick
APPROVER, TEAM_HERE = "ann@example.org", "payments"
WANTED_REDRAW, WANTED_NOTICE, WANTED_ANSWER = 300.0, 500.0, 1000.0
NAME = "worker_slack"


class TimedSlack(FakeSlack):
    """A fake that remembers when it had first done what to which message."""

    def __init__(self) -> None:
        super().__init__()
        self.done: dict[tuple[str, str], float] = {}

    def answer(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do it, and note when."""
        said = super().answer(method, token, body)
        with self._arrived:
            self.done.setdefault((method, str(said.get("ts"))), perf_counter())
            self._arrived.notify_all()
        return said

    def asked(self, channel: str) -> list[Posted]:
        """List what asks in a channel, oldest first."""
        return [one for one in self.messages(channel) if one.thread is None]

    def when(self, method: str, message: Posted) -> float:
        """Say when this was done to a message, as soon as it was."""
        return float(self.wait_for(lambda: self.done.get((method, message.ts))))


@dataclass(slots=True)
class Times:
    """What was seen, in milliseconds."""

    notice: list[float] = field(default_factory=list)
    redraw: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Hand something off, wait for its message, decide it, and wait for the message to be redrawn."""

    slack: TimedSlack
    channel: str
    user: User
    agent: httpx.Client
    person: httpx.Client
    times: Times = field(default_factory=Times)

    def run(self, number: int) -> None:
        """Do it once; every other time it is decided by a press in Slack."""
        before = len(self.slack.asked(self.channel))
        said = self.agent.post(
            API, content=body(number), headers={**JSON_TYPE, "Idempotency-Key": f"told:{number}"}
        )
        submitted_at, asked = perf_counter(), said.raise_for_status().json()
        message = self.slack.wait_for(lambda: self.slack.asked(self.channel)[before:])[0]
        told_at = self.slack.when("chat.postMessage", message)
        sleep(READING)
        decided_at = self._press(message) if number % 2 else self._decide(asked)
        redrawn_at = self.slack.when("chat.update", message)
        self.times.notice.append((told_at - submitted_at) * 1000)
        self.times.redraw.append((redrawn_at - decided_at) * 1000)

    def _decide(self, asked: dict[str, Any]) -> float:
        verb = {name: asked[name] for name in ("revision", "fingerprint")} | {"verb": "approve"}
        self.person.post(f"{API}/{asked['id']}/decisions", json=verb).raise_for_status()
        return perf_counter()

    def _press(self, message: Posted) -> float:
        payload = self.slack.pressed(self.user, message, "approve")
        began = perf_counter()
        self.slack.send(payload).raise_for_status()
        answered_at = perf_counter()
        self.times.answer.append((answered_at - began) * 1000)
        return answered_at


def in_slack(bench: Bench, plan: Plan) -> list[Figure]:
    """Measure rounds, and the bare loop."""
    with serving(TimedSlack()) as slack:
        settings = {
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.url,
        }
        with (
            bench.handrail(NAME, more=settings) as (side, config),
            working(config, "worker", settings),
        ):
            times = rounds(slack, side, config, plan.told)
        return figures(times, bare_updates(slack, plan.told))


def rounds(slack: TimedSlack, side: Side, config: Config, count: int) -> Times:
    """Run a few rounds to warm up, then those that count."""
    slack.request_url = f"http://127.0.0.1:{side.port}/slack/interactions"
    slack.delay = DELAY
    with client(side, side.key) as agent, client(side, side.token) as person:
        one = Round(
            slack=slack,
            channel=slack.add_channel("payments"),
            user=linked(config, slack),
            agent=agent,
            person=person,
        )
        for number in range(WARM):
            one.run(number)
        counted = Round(slack=slack, channel=one.channel, user=one.user, agent=agent, person=person)
        for number in range(count):
            counted.run(WARM + number)
    print(f"  told in Slack: {count} rounds", flush=True)
    return counted.times


def client(side: Side, credential: str) -> httpx.Client:
    """Give a client that keeps its connection."""
    headers = {"Authorization": f"Bearer {credential}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{side.port}", headers=headers, timeout=30)


def linked(config: Config, slack: FakeSlack) -> User:
    """Tell the team in its channel, and say who the approver is in Slack."""
    desk, user = open_desk(config, RealWorld()), slack.add_user(APPROVER, "Ann")

    def fill(work: Work) -> None:
        wish = Wish(team=TEAM_HERE, medium=Medium.SLACK, address=f"#{TEAM_HERE}")
        channels.add(work, wish, APPROVER)
        account = accounts.user_by_email(work, APPROVER)
        if account:
            store.bind(
                work,
                SlackLink(workspace=TEAM, slack_user=user.id, user_id=account.id, direct="none"),
            )

    desk.transact(fill)
    desk.wakeups.close()
    desk.lane.close()
    desk.store.engine.dispose()
    return user


def bare_updates(slack: TimedSlack, count: int) -> list[float]:
    """Update one message again and again with Slack's own client, and nothing else."""
    bare = WebClient(token=slack.token, base_url=slack.url)
    message, took = slack.messages()[0], []
    for number in range(count):
        began = perf_counter()
        bare.chat_update(channel=message.channel, ts=message.ts, text=f"Bare {number}")
        took.append((perf_counter() - began) * 1000)
    return took


def figures(times: Times, bare: Sequence[float]) -> list[Figure]:
    """Hold the times against what is wanted."""
    beside = f"{percentile(bare, 0.5):.0f} / {percentile(bare, 0.99):.0f} ms (the bare call)"
    wanted = (
        ("submission → message in Slack", times.notice, 0.5, WANTED_NOTICE),
        ("decision → message redrawn in Slack", times.redraw, 0.5, WANTED_REDRAW),
        ("press in Slack → answer", times.answer, 0.99, WANTED_ANSWER),
    )
    return [
        Figure(
            what=f"{what}, p50 / p99",
            measured=f"{percentile(took, 0.5):.0f} / {percentile(took, 0.99):.0f} ms",
            beside=beside if took is times.redraw else "",
            wanted=f"p{share * 100:.0f} ≤ {most:.0f} ms",
            holds=percentile(took, share) <= most,
        )
        for what, took, share, most in wanted
    ]
