"""Approve in the browser and Deny in Slack at nearly the same instant: one of them counts, and both places say which.

In each round the agent asks, the worker tells it in Slack, somebody opens the form for a denial there and somebody else
the page here; then both send, at most 50 ms apart. `TWO_FACES_ROUNDS` sets how many rounds are run on each database.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import httpx
import pytest
from sqlalchemy import select

from handrail import Client
from tests.fault.plant import agent_key, approver_token, plant
from tests.fault.test_races import csrf, field, in_browser, submit
from tests.slack.fake import TEAM, FakeSlack, form_of, serving
from webapp.config import environment
from webapp.domain.channel import Medium
from webapp.domain.slack_link import SlackLink
from webapp.services import channels
from webapp.services.channels import Wish
from webapp.services.chat import TOO_SLOW
from webapp.store import accounts as account_store
from webapp.store import channels as channel_store
from webapp.store import tables

pytestmark = pytest.mark.fault

ROUNDS = int(environment().get("TWO_FACES_ROUNDS", "75"))
APART = 0.050  # seconds, at most
DONE = {"response_action": "clear"}
HERE, THERE = "here@example.org", "there@example.org"
ENDS = {"browser": ("approved", HERE, "approved this"), "slack": ("denied", THERE, "denied this")}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def faces(request, tmp_path_factory):
    """A running Handrail with its worker on each database, a Slack, an agent, and a person at each face."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'handrail.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("two_faces")
    with serving(FakeSlack()) as slack:
        settings = {
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.url,
        }
        with (
            plant(folder, url, **settings) as running,
            Client(running.url, agent_key(running.desk)) as client,
        ):
            there = TwoFaces(running, client, slack)
            yield there
            there.end()


class TwoFaces:
    """Somebody in the browser who approves, and somebody in Slack who denies."""

    def __init__(self, running, client, slack) -> None:
        self.desk, self.client, self.slack = running.desk, client, slack
        slack.request_url = f"{running.url}/slack/interactions"
        self.channel = slack.add_channel("refunds")
        wish = Wish(team="payments", medium=Medium.SLACK, address="#refunds")
        self.desk.transact(lambda work: channels.add(work, wish, HERE))
        for email in (HERE, THERE):
            approver_token(self.desk, email)
        self.user = slack.add_user(THERE, "There")
        self.desk.transact(self._link)
        self.browser = in_browser(running.url, HERE)
        self.wire = httpx.Client(timeout=10)
        self.chance = Random(7)
        self._start = Barrier(2)
        self._pair = ThreadPoolExecutor(2)

    def _link(self, work) -> None:
        account = account_store.user_by_email(work, THERE).id
        link = SlackLink(workspace=TEAM, slack_user=self.user.id, user_id=account, direct="none")
        channel_store.bind(work, link)

    def end(self) -> None:
        self._pair.shutdown()
        self.browser.close()
        self.wire.close()

    def round(self, number: int) -> str:
        """Let both decide and see that both places agree; give which face won."""
        handoff = submit(self.client, f"two:{number}")
        message = self.slack.wait_for(lambda: self._told(handoff.id))
        body = form_of(self._denial(message))
        page = self.browser.get(f"/handoffs/{handoff.id}").text
        form = {"verb": "approve", "shown": field(page, "shown"), **csrf(page)}
        waits = self.chance.sample([0.0, self.chance.uniform(0, APART)], 2)
        first = self._pair.submit(self._approve, handoff.id, form, waits[0])
        second = self._pair.submit(self._deny, body, waits[1])
        answer, said = first.result(), second.result()
        faces = {"browser": answer.is_success, "slack": said.json() == DONE}
        won = [face for face, did in faces.items() if did]
        assert len(won) == 1, (answer.status_code, said.text)
        told = said.text if won == ["browser"] else answer.text
        self._agree(handoff.id, message, won[0], told)
        return won[0]

    def _agree(self, handoff_id: str, message, won: str, told: str) -> None:
        status, who, did = ENDS[won]
        assert who in told
        assert self.client.get(handoff_id).status.value == status
        assert self.desk.read(lambda work: decisions(work, handoff_id)) == [status]
        self.slack.wait_for(lambda: f"{who} {did}" in message.words())
        assert set(message.buttons()) == {"open"}
        assert who in self.browser.get(f"/handoffs/{handoff_id}").text

    def _told(self, handoff_id: str):
        for one in self.slack.messages(self.channel):
            buttons = one.buttons()
            if "deny" in buttons and buttons["open"]["url"].endswith(handoff_id):
                return one
        return None

    def _denial(self, message):
        """Open the form for a denial in Slack and fill it in."""
        before = set(self.slack.state.views)
        self.slack.press(self.user, message, "deny")
        [view_id] = self.slack.wait_for(lambda: set(self.slack.state.views) - before)
        said = {"note": {"value": {"type": "plain_text_input", "value": "Not this one"}}}
        return self.slack.submitted(self.user, view_id, said)

    def _approve(self, handoff_id: str, form, wait: float) -> httpx.Response:
        self._start.wait()
        threading.Event().wait(wait)  # how far apart they are, which is what is tried
        return self.browser.post(f"/handoffs/{handoff_id}/decide", data=form)

    def _deny(self, body: bytes, wait: float) -> httpx.Response:
        headers = self.slack.headers(body)
        self._start.wait()
        threading.Event().wait(wait)
        answer = self.wire.post(self.slack.request_url, content=body, headers=headers)
        if TOO_SLOW in answer.text:  # then people do as they are told: they try again
            answer = self.wire.post(self.slack.request_url, content=body, headers=headers)
        return answer


def decisions(work, handoff_id: str) -> list[str]:
    """List what was decided, by the history."""
    events = tables.events.c
    query = select(events.type).where(events.handoff_id == handoff_id).order_by(events.sequence)
    return [one for one in work.run(query).scalars() if one in {"approved", "denied"}]


def test_of_an_approval_here_and_a_denial_in_slack_one_counts_and_both_places_say_which(
    faces, request
):
    won = Counter(faces.round(number) for number in range(ROUNDS))
    request.node.user_properties.append(("won", dict(won)))  # for a report in JUnit's form
    assert set(won) == {"browser", "slack"}
