"""What the sample agents share: seeing an ask through to its outcome, calmly and after any crash.

`Courier.see_through` is the part to read. The rest is pace, threads and the command line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger import Ledger, LedgerTaken

from handrail import (
    AlreadyRedeemed,
    Claims,
    Client,
    Conflict,
    Evidence,
    Handoff,
    HandrailError,
    Invalid,
    ServerError,
    Status,
    Stopped,
    TooManyRequests,
    TransportError,
)

Case = Mapping[str, Any]
AWAY = (TransportError, ServerError, TooManyRequests)
STOPPED_PAUSE = 10.0
ROOM_PATIENCE = 600.0  # seconds to wait for people to have room for one more
LONGEST_MOMENT = 5.0
NO_TRACE = "The agent was restarted after redeeming, and its ledger has no trace of the run."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that an agent wants; `key` names it for ever.

    `more` is what the agent can add when somebody asks back.
    """

    key: str
    title: str
    claims: Claims
    kind: str = "action"
    more: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carry an ask to the desk, wait, run what was approved, report.

    `moment` is how long it waits between an approval and acting on it, so that a slip can be taken
    back.
    """

    client: Client
    ledger: Ledger
    moment: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    def see_through(self, ask: Ask) -> Handoff | None:
        """Return the handoff when it is final, None where the desk would not take it.

        Safe to call again after a crash at any point: the key finds the handoff, the ledger knows
        what was done.
        """
        try:
            handoff = self.client.find(ask.key) or self._submit(ask)
        except Invalid as error:
            say(ask.key, f"not accepted: {error}")
            return None
        while not (handoff.is_final or handoff.observed):
            handoff = self.next_step(ask, handoff)
        say(ask.key, in_words(handoff))
        return handoff

    def _submit(self, ask: Ask) -> Handoff:
        self.ledger.note("asked", ask.key)
        sure = ask.claims.get("confidence")
        say(ask.key, f"asks: {ask.title}" + (f" (says it is {sure:.0%} sure)" if sure else ""))
        return self.client.submit(
            key=ask.key, title=ask.title, kind=ask.kind, wait_for_room=ROOM_PATIENCE, **ask.claims
        )

    def next_step(self, ask: Ask, handoff: Handoff) -> Handoff:
        """Do what is next where the handoff stands, and return it as it stands then."""
        if handoff.status is Status.PENDING:
            say(ask.key, f"waits for a person: {why(handoff)}")
            return handoff.wait()
        if handoff.status is Status.CHANGES_REQUESTED:
            return self._answer_back(ask, handoff)
        if handoff.status is Status.APPROVED:
            return self._run(ask, handoff)
        return self._settle(ask, handoff)

    def _run(self, ask: Ask, handoff: Handoff) -> Handoff:
        say(ask.key, f"{approval(handoff)}; resumes")
        self.sleep(self.moment)
        try:
            with self.client.run(handoff) as execution:
                action = {"name": execution.name, "args": execution.args}
                self.ledger.do(ask.key, execution.permit_id, action)
                found = self.ledger.found(ask.key)  # not what it meant to do: what is there since
                usage = {"calls": 1}  # what an agent reports here, its policy can bound by the day
                execution.ended("succeeded", detail="in the ledger", effect=found, usage=usage)
        except Stopped:
            say(ask.key, "stopped: holds still until somebody resumes")
            self.sleep(STOPPED_PAUSE)
        except AlreadyRedeemed:
            say(ask.key, "was begun before: looks into its ledger")
        except Conflict as error:  # taken back, expired, or the policy is stricter now
            say(ask.key, f"does not run: {error.detail}")
        return self.client.get(handoff.id)

    def _settle(self, ask: Ask, handoff: Handoff) -> Handoff:
        """Report what a run before this one has begun: the ledger knows whether it took effect."""
        found = self.ledger.found(ask.key)
        if found is None:
            return self.client.report(handoff, "unknown", detail=NO_TRACE)
        return self.client.report(handoff, "succeeded", detail="in the ledger", effect=found)

    def _answer_back(self, ask: Ask, handoff: Handoff) -> Handoff:
        """Add what it knows beyond the first ask, once; asked again, it withdraws."""
        note = (handoff.decision.note if handoff.decision else None) or "more, please"
        shown: Sequence[Evidence] = handoff.data.get("evidence") or ()
        if ask.more is None or any(one["label"] == ask.more["label"] for one in shown):
            say(ask.key, f"asked back ({note}): has nothing to add, withdraws")
            return self.client.withdraw(handoff)
        say(ask.key, f"asked back ({note}): adds {ask.more['label'].lower()}")
        return self.client.revise(handoff, evidence=[*shown, ask.more])


# --------------------------------------------------------------------------------------------------
# In words


def say(key: str, words: str) -> None:
    """Print one line."""
    print(f"{time.strftime('%H:%M:%S')}  {key:<24}  {words}", flush=True)


def why(handoff: Handoff) -> str:
    """Say in one sentence why it was not simply run, or not taken at all."""
    reasons = handoff.verdict.reasons if handoff.verdict else ()
    strict = [one for one in reasons if handoff.verdict and one.route == handoff.verdict.route]
    return strict[0].message if strict else "no reason given"


def approval(handoff: Handoff) -> str:
    """Say who lets it run, and whether they changed it."""
    decision = handoff.decision
    if decision is None:
        return "within policy"
    changed = ", ".join(f"{one['path']} = {one.get('value')!r}" for one in decision.changes)
    return f"approved by {decision.by}" + (f" with {changed}" if changed else "")


def in_words(handoff: Handoff) -> str:
    """Say how it ended."""
    decision = handoff.decision
    if handoff.observed:
        return "only observed: does not run it, and leaves it to whoever did it before"
    if handoff.status is Status.BLOCKED:
        return f"blocked: {why(handoff)}"
    if handoff.admitted:
        return "admitted" + (f" as {decision.by} completed it" if decision else "")
    if handoff.status is Status.ANSWERED and decision:
        return f"answered by {decision.by}: {json.dumps(decision.response, ensure_ascii=False)}"
    if handoff.status is Status.DENIED and decision:
        return f"denied by {decision.by}: {decision.note}"
    return f"{handoff.status}"


# --------------------------------------------------------------------------------------------------
# Pace and the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How calm an agent is: `first` cases at once, then one about every `seconds`, `most` open."""

    first: int
    most: int
    seconds: float

    def gap(self, number: int) -> float:
        """Give the seconds before case `number`: 2/3 to 4/3 of the pace, always the same."""
        return self.seconds * (20 + number * 8 % 21) / 30 if number >= self.first else 0.0


@dataclass(kw_only=True)
class Agent:
    """One agent at work: a thread for each open case, so that each case reads as a straight line.

    `key_of` names a case, `handle` sees it through.
    """

    courier: Courier
    pace: Pace
    key_of: Callable[[Case], str]
    handle: Callable[[Courier, Case], object]
    refused: HandrailError | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def work(self, cases: Iterator[Case]) -> None:
        """Take up case after case until there are no more, or the desk will not have this agent."""
        free = threading.Semaphore(self.pace.most)
        for number, case in enumerate(cases):
            key = self.key_of(case)
            if self.courier.ledger.closed(key):
                continue
            free.acquire()
            if not self.courier.ledger.asked(key):  # what was open before a restart goes on at once
                self.courier.sleep(self.pace.gap(number))
            if self.refused:
                return
            self._start(case, key, free)
        for thread in self._threads:
            thread.join()

    def _start(self, case: Case, key: str, free: threading.Semaphore) -> None:
        def see_to_it() -> None:
            try:
                self._see_to(case, key)
            finally:
                free.release()

        thread = threading.Thread(target=see_to_it, name=key, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _see_to(self, case: Case, key: str) -> None:
        while True:
            try:
                self.handle(self.courier, case)
            except AWAY as error:
                say(key, f"starts over when the desk is back: {error}")
                self.courier.sleep(max(1.0, self.courier.moment))
            except HandrailError as error:
                say(key, f"gives up: {error}")
                self.refused = error
                return
            else:
                self.courier.ledger.note("closed", key)
                return


def read_cases(path: Path, *, once: bool, every: float) -> Iterator[Case]:
    """Give the cases of a file of JSON lines; unless `once`, go on with what is added to it."""
    read = 0
    while True:
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from (json.loads(line) for line in lines[read:] if line.strip())
        read = len(lines)
        if once:
            return
        time.sleep(max(1.0, every))


def main(
    name: str,
    key_of: Callable[[Case], str],
    handle: Callable[[Courier, Case], object],
    *,
    first: int,
    most: int,
) -> int:
    """Run the agent `name` from the command line; give the exit status."""
    here = Path(__file__).parent
    home = Path(os.environ.get("HANDRAIL_HOME", "var"))
    parser = argparse.ArgumentParser(
        description=sys.modules["__main__"].__doc__,
        epilog="The desk's address and this agent's key come from HANDRAIL_URL and HANDRAIL_KEY.",
    )
    parser.add_argument("--data", type=Path, default=here / "data" / f"{name}.jsonl")
    parser.add_argument("--ledger", type=Path, default=home / "ledger" / f"{name}.jsonl")
    parser.add_argument("--pace", type=float, default=30.0, help="seconds between new cases")
    parser.add_argument("--once", action="store_true", help="end when every case is closed")
    options = parser.parse_args()
    url, key = os.environ.get("HANDRAIL_URL"), os.environ.get("HANDRAIL_KEY")
    if not url or not key:
        parser.error("set HANDRAIL_URL and HANDRAIL_KEY (`handrail key add` makes one)")
    client = Client(url, key)
    pace = Pace(first=first, most=most, seconds=options.pace)
    moment = min(LONGEST_MOMENT, options.pace / 6)
    try:
        with Ledger(options.ledger) as ledger:
            courier = Courier(client=client, ledger=ledger, moment=moment)
            agent = Agent(courier=courier, pace=pace, key_of=key_of, handle=handle)
            agent.work(read_cases(options.data, once=options.once, every=options.pace))
    except LedgerTaken as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130
    return 1 if agent.refused else 0
