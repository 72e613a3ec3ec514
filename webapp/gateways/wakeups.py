"""Wake those who wait for a change: over Redis for other processes, directly for those in this one.

A wake-up carries no news. Who is woken reads again, and who was woken for nothing waits on. A lost
wake-up therefore costs time, never an answer; and where some may have been lost, all are woken.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from webapp.gateways.outgoing import Outgoing
from webapp.gateways.redis_line import Line
from webapp.gateways.subscription import Subscription

CHANNEL = "handrail.changed"
PEOPLE = "people"  # the topic of browsers: any change
EVERYTHING = "[]"  # published where it is not known what has changed
CROWD, BREATH = 1000, 0.05  # how many are woken at once when all are, and the pause before the next


class Waiter:
    """One who waits: enter it, read what you wait for, then `wait`, so that no change is missed."""

    __slots__ = ("_bell", "_topics", "_wakeups")

    def __init__(self, wakeups: Wakeups, topics: tuple[str, ...]) -> None:
        self._wakeups = wakeups
        self._topics = topics
        # held until it rings; nothing leaner can be waited for
        self._bell = threading.Lock()
        self._bell.acquire()

    def __enter__(self) -> Self:
        self._wakeups.register(self, self._topics)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wakeups.forget(self, self._topics)

    def wait(self, seconds: float) -> bool:
        """Return True as soon as something may have changed, False when the time is up."""
        return self._bell.acquire(timeout=max(seconds, 0))

    def ring(self) -> None:
        """Wake it; once is as good as twice."""
        try:
            self._bell.release()
        except RuntimeError:  # it has been rung and did not look yet
            return


class Wakeups:
    """Publish what has changed, and wait for changes, in one process of many.

    Works in threads and, where gevent has patched the process, in greenlets. Redis may be away at
    any time: then the waiters of this process are still woken at once, and those of other processes
    look again every two seconds.
    """

    def __init__(self, redis_url: str) -> None:
        self._line = Line(redis_url)
        self._lock = threading.Lock()
        self._waiters: dict[str, set[Waiter]] = {}
        self._echoes: Counter[str] = Counter()
        self._owed = False
        self._outgoing = Outgoing(self._send)
        self._subscription = Subscription(
            redis_url, CHANNEL, hear=self._hear, gap=self._wake_everybody, tick=self._pay
        )

    def publish(self, changed: Mapping[str, str]) -> None:
        """Wake who waits for these handoffs (id -> agent id), their agents or anything.

        Never raises.
        """
        if not changed:
            return
        self._wake(changed.items())
        self._outgoing.add(changed)

    def announce(self, added: Mapping[str, str]) -> None:
        """Tell of new handoffs, which only browsers and agents' streams are curious about.

        Other processes may hear of them a moment later, together with others. Never raises.
        """
        if not added:
            return
        self._wake(added.items())
        self._outgoing.add(added, urgent=False)

    def waiting(self, *topics: str) -> Waiter:
        """Give a waiter for topics: the id of a handoff, the id of an agent, or PEOPLE."""
        return Waiter(self, topics)

    def register(self, waiter: Waiter, topics: Iterable[str]) -> None:
        """Have `waiter` woken from now on."""
        with self._lock:
            for topic in topics:
                self._waiters.setdefault(topic, set()).add(waiter)
        self._subscription.ensure()

    def forget(self, waiter: Waiter, topics: Iterable[str]) -> None:
        """Have `waiter` not woken any more."""
        with self._lock:
            for topic in topics:
                here = self._waiters.get(topic, set())
                here.discard(waiter)
                if not here:
                    self._waiters.pop(topic, None)

    def close(self) -> None:
        """Close the connections to Redis; who still waits is woken by nobody."""
        self._outgoing.close()
        self._subscription.close()
        self._line.close()

    def _send(self, changed: Mapping[str, str]) -> None:
        """Tell the other processes."""
        text = json.dumps(list(changed.items()), separators=(",", ":"))
        if self._subscription.listening:
            with self._lock:
                self._echoes[text] += 1
        if not self._line.publish(CHANNEL, text):
            self._owed = True
            with self._lock:
                self._echoes.clear()
            self._subscription.ensure()

    def _wake(self, changed: Iterable[tuple[str, str]]) -> None:
        topics = {topic for pair in changed for topic in pair} | {PEOPLE}
        with self._lock:
            woken = {waiter for topic in topics for waiter in self._waiters.get(topic, ())}
        for waiter in woken:
            waiter.ring()

    def _wake_everybody(self) -> None:
        """Wake all, a crowd at a time, since each of them will read the database."""
        with self._lock:
            self._echoes.clear()
            everybody = list({waiter for here in self._waiters.values() for waiter in here})
        for start in range(0, len(everybody), CROWD):
            if start:
                time.sleep(BREATH)
            for waiter in everybody[start : start + CROWD]:
                waiter.ring()

    def _hear(self, text: str) -> None:
        """Wake for what was published, unless this process did it: its waiters know already."""
        with self._lock:
            echo = self._echoes[text] > 0
            if echo:
                self._echoes[text] -= 1
            if not self._echoes[text]:
                del self._echoes[text]
        if echo:
            return
        try:
            changed = [(str(handoff), str(agent)) for handoff, agent in json.loads(text)]
        except (ValueError, TypeError, RecursionError):  # not ours, or of a later version
            changed = []
        if changed:
            self._wake(changed)
        else:
            self._wake_everybody()

    def _pay(self) -> None:
        """Make up for what could not be published: tell every process to look again."""
        if self._owed:
            self._owed = not self._line.publish(CHANNEL, EVERYTHING)
