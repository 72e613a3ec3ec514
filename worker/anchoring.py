"""Anchor the history: bind what was committed, over all handoffs, in batches."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from webapp.desk import Desk
from webapp.services.anchor import anchor

BATCH = 1000
PAUSE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Anchor one batch after the other; any number of processes may try, one at a time does it."""

    desk: Desk
    stopping: threading.Event

    def turn(self) -> None:
        """Anchor a batch, and rest where that was all."""
        if self.desk.transact(lambda work: anchor(work, BATCH)) < BATCH:
            self.stopping.wait(PAUSE)
