"""The relay: hands due messages to RQ, and while Redis is away has them done in this process.

That is safe because an attempt is claimed by its number and acting twice is as good as once; it
keeps deadlines true without Redis, if more slowly. The relay looks when it is rung, when the next
message is due, and every second anyway.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from webapp.domain.message import Attempt, Reach
from webapp.services import outbox
from webapp.work import Work
from worker.aside import Aside
from worker.hands import Hands
from worker.jobs import work_off

LEASE = timedelta(seconds=30)  # a job that may take longer holds its message for longer
ROOM = 200  # jobs on the lane at most, so that no lease ends while its job still queues
FULL_ENOUGH = 100  # jobs on the lane, with which workers are busy until the relay looks again
ALONE = 20  # messages that the relay does by itself before it looks for Redis again
LONGEST_PAUSE = 1.0
CROWDED_PAUSE = 0.1
GATHER = 0.05  # seconds after a ring, for what is committed with it; longer than a ring is spared


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Move what is due from the outbox to the lane."""

    hands: Hands
    stopping: threading.Event
    aside: Aside = field(default_factory=Aside)

    def turn(self) -> None:
        """Hand over what is due, then wait until there may be more."""
        pause = self.hand_over()
        if pause and self.hands.desk.lane.await_ring(pause):
            self.stopping.wait(GATHER)

    def hand_over(self) -> float:
        """Hand over what is due, as far as there is room; say in how many seconds to look again."""
        return min([self._hand_over(reach) for reach in Reach])

    def _hand_over(self, reach: Reach) -> float:
        desk = self.hands.desk
        left = desk.read(lambda work: outbox.next_due(work, reach))
        if left is None or left:
            return min(left.total_seconds(), LONGEST_PAUSE) if left else LONGEST_PAUSE
        length = desk.lane.length(reach)
        room = self._room_here(reach) if length is None else _room_there(length)
        if room <= 0:
            return CROWDED_PAUSE
        leased, until = desk.transact(partial(_leased, reach=reach, limit=room))
        if not leased:
            return LONGEST_PAUSE
        if length is None:
            self._do_here(reach, leased)
        elif not desk.lane.enqueue(reach, leased):
            self._take_back(reach, leased, until)
        return 0.0

    def _room_here(self, reach: Reach) -> int:
        return ALONE if reach is Reach.INSIDE else self.aside.room()

    def _take_back(self, reach: Reach, leased: list[Attempt], until: datetime) -> None:
        """Do here what Redis did not say it took; it may have, so each is another attempt, and that one is over."""
        desk, room = self.hands.desk, self._room_here(reach)
        desk.transact(lambda work: outbox.give_back(work, leased, until))
        if room > 0:
            again, _ = desk.transact(partial(_leased, reach=reach, limit=room))
            self._do_here(reach, again)

    def _do_here(self, reach: Reach, leased: list[Attempt]) -> None:
        for attempt in leased:
            if reach is Reach.INSIDE:
                work_off(self.hands, attempt)
            else:
                self.aside.begin(partial(work_off, self.hands, attempt))


def _room_there(length: int) -> int:
    """Say how many jobs a lane of this length is given: none before there is room for many, as few cost as much."""
    return ROOM - length if length <= FULL_ENOUGH else 0


def _leased(work: Work, reach: Reach, limit: int) -> tuple[list[Attempt], datetime]:
    """Take what is due, and say until when it is ours."""
    return outbox.lease(work, reach, limit, LEASE), work.now + LEASE
