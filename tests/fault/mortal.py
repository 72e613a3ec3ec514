"""A worker that kills itself at one step of relay and job: `python -m tests.fault.mortal STEP PASS part …`.

It is the real worker with a desk and a lane that know where it stands. At the PASS-th time that it comes to STEP, it
says so in its log, with the handoffs that it has begun to run and not recorded the end of, and is gone, as by
`kill -9`. Without a STEP of ours it lives.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from webapp import config
from webapp.desk import Desk, open_desk
from webapp.domain.handoff import Handoff
from webapp.world import RealWorld
from worker.log import set_up
from worker.main import ENDING, loops_of

JOB_STEPS = ("claimed", "begun", "effect", "recorded", "looked", "verified")
RELAY_STEPS = ("leased", "enqueued")
LAST_WORDS = "dies: "
# the use cases of the worker by their place in the code, and the steps that they are
BEFORE = {"_conclude": "effect", "_record": "effect", "verify": "looked"}
AFTER = {
    "_leased": "leased",
    "work_off": "claimed",
    "begin": "begun",
    "_try": "begun",
    "_conclude": "recorded",
    "_record": "recorded",
    "verify": "verified",
}
# what lies between these two, nobody knows of once its worker is dead
RUNS_FROM, RUNS_UNTIL = "begin", "_conclude"


@dataclass(frozen=True)
class Death:
    """When it is to come; `running` is what this process has begun to run and not recorded the end of.

    Under `still` nothing begins or is recorded, so that the last words are true.
    """

    step: str
    at: int
    passes: Iterator[int]
    running: set[str] = field(default_factory=set)
    still: threading.RLock = field(default_factory=threading.RLock)

    def look(self, step: str | None) -> None:
        """Die here, where it is time."""
        if step == self.step and next(self.passes) >= self.at:
            with self.still:
                sys.stderr.write(f"{LAST_WORDS}{step} {' '.join(self.running)}\n")
                sys.stderr.flush()
                os.kill(os.getpid(), signal.SIGKILL)

    def note(self, place: str, handoff: object) -> None:
        """Note that a run has begun, or that its end is recorded."""
        if isinstance(handoff, Handoff):
            change = {RUNS_FROM: self.running.add, RUNS_UNTIL: self.running.discard}.get(place)
            if change:
                change(handoff.id)


class MortalLane:
    """A lane after which it may end."""

    def __init__(self, lane: Any, death: Death) -> None:
        self._lane, self._death = lane, death

    def enqueue(self, *given: Any) -> bool:
        taken: bool = self._lane.enqueue(*given)
        self._death.look("enqueued")
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lane, name)


@dataclass(frozen=True, kw_only=True)
class MortalDesk(Desk):
    """A desk before and after whose transactions it may end."""

    death: Death

    def transact(self, use_case: Callable[[Any], Any]) -> Any:
        place = _place(use_case)
        self.death.look(BEFORE.get(place))
        with self.death.still if place in {RUNS_FROM, RUNS_UNTIL} else nullcontext():
            done = super().transact(use_case)
            self.death.note(place, done)
        self.death.look(AFTER.get(place))
        return done

    def read(self, use_case: Callable[[Any], Any]) -> Any:
        found = super().read(use_case)
        self.death.look(AFTER.get(_place(use_case)))
        return found


def _place(use_case: Any) -> str:
    """Name the function in whose body this use case stands."""
    whole = use_case.func if isinstance(use_case, partial) else use_case
    return str(whole.__qualname__).partition(".")[0]


def main(step: str, at: int, parts: list[str]) -> None:
    """Run the parts until a signal comes, or death."""
    read = config.read(config.environment())
    set_up(read.log_level)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    real, death = open_desk(read, RealWorld()), Death(step, at, itertools.count(1))
    given = {one.name: getattr(real, one.name) for one in fields(real)}
    desk = MortalDesk(**given | {"lane": MortalLane(real.lane, death)}, death=death)
    loops = loops_of(desk, threading.Event())
    for part in parts:
        for loop in loops[part]:
            threading.Thread(target=loop, daemon=True).start()
    signal.sigwait(ENDING)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
