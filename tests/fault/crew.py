"""Agents and approvers who go on with their work while processes are killed under them."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from handrail import AlreadyRedeemed, Client, Handoff
from handrail.retry import Retry
from tests.fault.plant import VICTIMS, Plant
from tests.waiting import until

STEPS = ("submit", "decide", "redeem", "report")
# seconds: a message in hand when its worker dies is taken up again after 30, and may meet the next kill
SEVERAL_LEASES = 300
PATIENT = Retry(attempts=80, first=0.05, longest=0.5)


class Fate(StrEnum):
    """What is to become of a handoff."""

    APPROVED = "approved"
    EDITED = "edited"
    DENIED = "denied"
    NEGLECTED = "neglected"
    ABANDONED = "abandoned"


FATES = (
    Fate.APPROVED,
    Fate.EDITED,
    Fate.APPROVED,
    Fate.DENIED,
    Fate.APPROVED,
    Fate.NEGLECTED,
    Fate.APPROVED,
    Fate.ABANDONED,
)
ENDS = {
    Fate.APPROVED: "succeeded",
    Fate.EDITED: "succeeded",
    Fate.DENIED: "denied",
    Fate.NEGLECTED: "expired",
    Fate.ABANDONED: "unknown",
}


@dataclass
class Faults:
    """Kill one process at each step in turn, every `every`th handoff, while the request is under way."""

    plant: Plant
    every: int
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._plan = dict(enumerate(itertools.product(STEPS, VICTIMS)))
        self._killers = ThreadPoolExecutor(1)

    def at(self, step: str, number: int) -> None:
        """Begin a kill where the plan says so: this step of this handoff."""
        if number % self.every:
            return
        planned, victim = self._plan[number // self.every % len(self._plan)]
        if planned == step:
            self.seen[step, victim] += 1
            self._killers.submit(self.plant.kill, victim)

    def settle(self) -> None:
        """Wait until whatever was killed runs again."""
        self._killers.submit(int).result()

    def end(self) -> None:
        """End the killer's thread, and with it whatever it started."""
        self._killers.shutdown(wait=True)


@dataclass
class Crew:
    """One agent's program and one approver's, and what they have done: the ledger is the outside world."""

    plant: Plant
    faults: Faults
    key: str
    token: str
    ledger: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = Client(self.plant.url, self.key, retry=PATIENT)
        self._people = httpx.Client(
            base_url=f"{self.plant.url}/api/v1", headers={"Authorization": f"Bearer {self.token}"}
        )
        self._lock = threading.Lock()

    def end(self) -> None:
        """Let go of all connections."""
        self.faults.end()
        self.client.close()
        self._people.close()

    def work_on(self, number: int) -> tuple[int, str, str]:
        """Take one handoff through its whole life; give its number, id and final status."""
        fate = FATES[number % len(FATES)]
        self.faults.at("submit", number)
        handoff = self._submit(number, fate)
        if fate is not Fate.NEGLECTED:
            self.faults.at("decide", number)
            self._decide(handoff, fate)
        handoff = handoff.wait(SEVERAL_LEASES)
        if handoff.may_run:
            handoff = self._run(handoff, number, fate)
        return number, handoff.id, handoff.status.value

    def _submit(self, number: int, fate: Fate) -> Handoff:
        names = {Fate.NEGLECTED: "payments.neglected", Fate.ABANDONED: "payments.abandoned"}
        args = {"order_id": str(number), "amount": "40.00"}
        return self.client.submit(
            key=f"ask:{number}",
            title=f"Ask {number}",
            action={"name": names.get(fate, "payments.refund"), "args": args},
            confidence=0.5,
            state={"number": number},
        )

    def _decide(self, handoff: Handoff, fate: Fate) -> None:
        body = {"revision": handoff.revision, "fingerprint": handoff.fingerprint}
        if fate is Fate.DENIED:
            body |= {"verb": "deny", "note": "not this one"}
        elif fate is Fate.EDITED:
            args = {**handoff.data["action"]["args"], "amount": "10.00"}
            body |= {"verb": "edit", "args": args}
        else:
            body |= {"verb": "approve"}
        path = f"/handoffs/{handoff.id}/decisions"
        until(lambda: self._is_taken(path, body), f"the decision on {handoff.id}")

    def _is_taken(self, path: str, body: dict[str, object]) -> bool:
        """Send a decision; a lost answer is asked for by deciding the same again."""
        try:
            answer = self._people.post(path, json=body, timeout=10)
        except httpx.TransportError:
            return False
        assert answer.status_code in {200, 503}, answer.text
        return answer.status_code == 200

    def _run(self, handoff: Handoff, number: int, fate: Fate) -> Handoff:
        self.faults.at("redeem", number)
        permit = handoff.permit.id
        try:
            running = self.client.redeem(handoff)
        except AlreadyRedeemed:
            # the answer was lost for longer than the run may take: it was given up, and must not begin
            assert fate is Fate.ABANDONED
            return self.client.get(handoff.id)
        with self._lock:
            self.ledger.append((permit, json.dumps(running.resume.action, sort_keys=True)))
        self.faults.at("report", number)
        if fate is Fate.ABANDONED:
            given_up = f"{handoff.id} to be given up"
            until(lambda: self._is(handoff, "unknown"), given_up, SEVERAL_LEASES)
            return self.client.get(handoff.id)
        return self.client.report(running, "succeeded", effect={"order": number})

    def _is(self, handoff: Handoff, status: str) -> bool:
        return self.client.get(handoff.id).status.value == status
