"""How long somebody in Slack waits for us, and which of two things is true in the end: it counts, or it was given up.

Whoever waits and whoever commits agree on one of them: what is said to be undecided is never recorded afterwards.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLong
from typing import TypeVar

from webapp.domain.errors import NotNow
from webapp.services.chat import TOO_SLOW

Result = TypeVar("Result")
LAST_WORD = 0.6  # seconds more for what is being committed when the time is up
NOBODY_KNOWS = "Handrail is still recording this: look at the message again in a moment."


class LastCall:
    """One interaction's time; safe for the thread that waits and the one that works."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._given_up = False
        self._counts = False

    def missed(self) -> bool:
        """Say, last before the commit, that it comes too late; where it does not, it counts from now on."""
        with self._lock:
            self._given_up = self._given_up or time.monotonic() > self._until
            self._counts = not self._given_up
            return self._given_up

    def wait(self, future: Future[Result]) -> Result:
        """Give what a thread comes to in time. Raises NotNow where nothing comes of it, and what the thread raises."""
        try:
            return future.result(max(0.0, self._until - time.monotonic()))
        except TooLong as error:
            if future.done():
                return future.result()
            if self._give_up():
                raise NotNow(TOO_SLOW) from error
        try:
            return future.result(LAST_WORD)
        except TooLong as error:
            raise NotNow(NOBODY_KNOWS) from error

    def _give_up(self) -> bool:
        with self._lock:
            self._given_up = not self._counts
            return self._given_up
