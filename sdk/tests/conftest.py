"""A desk that says what it is told to, a clock that only sleeping moves, a client on both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from handrail import Client, Handoff, Retry, World

ACTION = {"name": "payments.refund", "args": {"order_id": "8841", "amount": "129.00"}}
VERDICT = {"route": "review", "risk": "medium", "tier": "medium", "policy": 1, "reasons": []}
RESUME = {"instruction": "Run it.", "action": ACTION, "state": {"step": 3}}
PERMIT = {
    "id": "pm_1",
    "not_before": "2026-11-21T09:00:00Z",
    "expires_at": "2026-11-22T09:00:00Z",
    "token": "signed",
}


class Desk(httpx.BaseTransport):
    """Answer each request with the next of what was lined up, and remember what was asked."""

    def __init__(self) -> None:
        self.answers: deque[httpx.Response | Exception] = deque()
        self.asked: list[httpx.Request] = []

    def will_say(self, *answers: httpx.Response | Exception | dict[str, Any]) -> None:
        """Line up the next answers."""
        ready = [httpx.Response(200, json=a) if isinstance(a, dict) else a for a in answers]
        self.answers.extend(ready)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def keys(self) -> list[str | None]:
        """Give the idempotency keys of what was asked."""
        return [request.headers.get("Idempotency-Key") for request in self.asked]

    @staticmethod
    def pending(**changes: Any) -> dict[str, Any]:
        """Give a pending handoff as the desk writes it."""
        usual = {
            "id": "ho_1",
            "key": "refund:8841",
            "kind": "action",
            "title": "Refund order 8841",
            "action": ACTION,
            "status": "pending",
            "revision": 1,
            "version": 1,
            "fingerprint": "sha256:00",
            "verdict": VERDICT,
            "decision": None,
            "resume": None,
            "permit": None,
            "deadline_at": "2026-11-21T10:00:00Z",
        }
        return {**usual, **changes}

    @staticmethod
    def approved(**changes: Any) -> dict[str, Any]:
        """Give the same handoff, approved."""
        usual = {"status": "approved", "version": 2, "permit": PERMIT, "resume": RESUME}
        return Desk.pending(**{**usual, **changes})

    @staticmethod
    def problem(status: int, code: str, **more: Any) -> httpx.Response:
        """Give a refusal as the desk writes it."""
        body = {"code": code, "detail": f"{code}.", **more}
        return httpx.Response(status, json=body)


class Clock:
    """A time that passes only by sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)


@pytest.fixture
def clock() -> Clock:
    """Give a clock at zero."""
    return Clock()


@pytest.fixture
def desk() -> Desk:
    """Give a desk with nothing to say yet."""
    return Desk()


@pytest.fixture
def client(desk: Desk, clock: Clock) -> Iterator[Client]:
    """Give a client of that desk which tries three times, with token-1, token-2 … as its chance."""
    words = (f"token-{n}" for n in count(1))
    world = World(
        sleep=clock.sleep,
        monotonic=clock.monotonic,
        jitter=lambda: 1.0,
        token=lambda: next(words),
    )
    retry = Retry(attempts=3)
    with Client("http://desk", "hr_1", transport=desk, retry=retry, world=world) as made:
        yield made


@pytest.fixture
def read(desk: Desk, client: Client) -> Callable[[dict[str, Any]], Handoff]:
    """Give a function that lets the client read what it is given, and forgets that it was asked."""

    def read_one(data: dict[str, Any]) -> Handoff:
        desk.will_say(data)
        handoff = client.get(data["id"])
        desk.asked.clear()
        return handoff

    return read_one
