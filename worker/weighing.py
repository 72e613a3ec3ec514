"""Weighing: look now and then who has earned a higher level of autonomy, and propose it to people."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from webapp.desk import Desk
from webapp.services import proposals

PAUSE = 30.0  # seconds; a person grants it anyway, in their own time


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Weigh what agents have done, again and again."""

    desk: Desk
    stopping: threading.Event

    def turn(self) -> None:
        """Propose whom there is to propose, and rest."""
        self.weigh()
        self.stopping.wait(PAUSE)

    def weigh(self) -> int:
        """Propose everybody who has earned it; say how many."""
        names = self.desk.read(proposals.earned)
        return sum(self._propose(name) for name in names)

    def _propose(self, name: str) -> bool:
        return self.desk.transact(lambda work: proposals.propose(work, name))
