"""One backoff for everything that is tried again, with more or less patience by what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.message import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to keep trying: the first wait, which doubles up to the longest, and how many attempts there are."""

    first: timedelta
    longest: timedelta
    attempts: int

    def delay(self, attempt: int, jitter: float) -> timedelta:
        """Say how long to wait after failed attempt number `attempt` (from 1).

        `jitter`, 0..1, takes off up to half so that crowds disperse.
        """
        full = min(self.first * (1 << min(attempt - 1, 20)), self.longest)
        return full * (1 - jitter / 2)

    def ends(self, attempt: int) -> bool:
        """Say whether attempt number `attempt` was the last one; what is given up stays visible."""
        return attempt >= self.attempts


USUAL = Patience(first=timedelta(seconds=2), longest=timedelta(minutes=10), attempts=100)
# a receiver may be away over a long weekend: 15 pauses, three days and more in all
CALLBACKS = Patience(first=timedelta(seconds=30), longest=timedelta(hours=24), attempts=16)
# the end of the approval, or of the run, ends it
UNTIL_OVER = Patience(first=timedelta(seconds=1), longest=timedelta(seconds=30), attempts=10**9)
# the policy's `within` ends it
SOON = Patience(first=timedelta(seconds=1), longest=timedelta(minutes=1), attempts=1_000)
BY_TOPIC: Mapping[Topic, Patience] = {
    Topic.CALLBACK: CALLBACKS,
    Topic.EXECUTE: UNTIL_OVER,
    Topic.VERIFY: SOON,
}


def patience(topic: Topic) -> Patience:
    """Say with how much patience a message of this topic is tried again."""
    return BY_TOPIC.get(topic, USUAL)
