"""Of those who act at once, one wins, and the others are told."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from handrail import Client
from tests.fault.plant import PASSWORD, agent_key, approver_token, plant

pytestmark = pytest.mark.fault

RACES = 200
REDEEMERS, PERMITS = 50, 20


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk_at_work(request, tmp_path_factory):
    """A running Handrail on each database, with an agent and an approver's token."""
    folder = tmp_path_factory.mktemp("plant")
    url = f"sqlite:///{folder / 'handrail.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("races")
    with plant(folder, url) as running, Client(running.url, agent_key(running.desk)) as client:
        yield running, client


def submit(client: Client, key: str):
    action = {"name": "payments.refund", "args": {"order_id": key, "amount": "40.00"}}
    return client.submit(key=key, title=key, action=action, confidence=0.5)


def in_browser(url: str, email: str) -> httpx.Client:
    """Sign in as a browser does."""
    browser = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
    form = {"email": email, "password": PASSWORD, **csrf(browser.get("/sign-in").text)}
    assert browser.post("/sign-in", data=form).status_code == 200
    return browser


def csrf(page: str) -> dict[str, str]:
    return {"csrf_token": field(page, "csrf_token")}


def field(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    return re.search(r'value="([^"]*)"', tag[0])[1]


class Race:
    """Two approvers of one team, one at the API and one in the browser, who decide at the same instant."""

    def __init__(self, running, client) -> None:
        token = approver_token(running.desk, "api@example.org")
        approver_token(running.desk, "browser@example.org")
        self.api = httpx.Client(
            base_url=f"{running.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        self.browser = in_browser(running.url, "browser@example.org")
        self.client = client
        self._start = Barrier(2)
        self._pair = ThreadPoolExecutor(2)

    def end(self) -> None:
        self._pair.shutdown()
        self.api.close()
        self.browser.close()

    def run(self, number: int) -> tuple[str, str, bool]:
        """Give who won (or that none or both did), the status, and whether the loser was told of the winner."""
        handoff = submit(self.client, f"race:{number}")
        page = self.browser.get(f"/handoffs/{handoff.id}").text
        form = {"verb": "deny", "note": "no", "shown": field(page, "shown"), **csrf(page)}
        first = self._pair.submit(self._by_api, handoff)
        second = self._pair.submit(self._by_browser, handoff, form)
        answers = {"api": first.result(), "browser": second.result()}
        won = [face for face, answer in answers.items() if answer.is_success]
        lost = [answer.text for answer in answers.values() if not answer.is_success]
        told = all(f"{won[0]}@example.org" in text for text in lost) if won else False
        return "+".join(won), self.client.get(handoff.id).status.value, told

    def _by_api(self, handoff):
        body = {"verb": "approve", "revision": 1, "fingerprint": handoff.fingerprint}
        self._start.wait()
        return self.api.post(f"/handoffs/{handoff.id}/decisions", json=body)

    def _by_browser(self, handoff, form):
        self._start.wait()
        return self.browser.post(f"/handoffs/{handoff.id}/decide", data=form)


def test_two_decisions_over_two_faces_end_as_one(desk_at_work):
    race = Race(*desk_at_work)
    seen = Counter(race.run(number) for number in range(RACES))
    race.end()
    assert set(seen) <= {("api", "approved", True), ("browser", "denied", True)}
    assert seen.total() == RACES


def test_of_many_redemptions_at_once_exactly_one_begins_the_run(desk_at_work):
    running, _ = desk_at_work
    key = agent_key(running.desk, "redeemer")
    token = approver_token(running.desk, "redeem@example.org")
    client = Client(running.url, key)
    counts = []
    with ThreadPoolExecutor(REDEEMERS) as crowd:
        for number in range(PERMITS):
            handoff = submit(client, f"crowd:{number}")
            body = {"verb": "approve", "revision": 1, "fingerprint": handoff.fingerprint}
            path = f"{running.url}/api/v1/handoffs/{handoff.id}/decisions"
            httpx.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
            permit, action = client.get(handoff.id).permit.id, handoff.data["action"]
            answers = crowd.map(
                lambda n, p=permit, a=action: _redeem(running.url, key, p, a, n), range(REDEEMERS)
            )
            counts.append(Counter(answers))
    client.close()
    assert counts == [Counter({200: 1, 409: REDEEMERS - 1})] * PERMITS


def _redeem(url: str, key: str, permit: str, action: dict[str, object], number: int) -> int:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"attempt-{permit}-{number}"}
    path = f"{url}/api/v1/permits/{permit}/redeem"
    return httpx.post(path, json={"action": action}, headers=headers, timeout=60).status_code
