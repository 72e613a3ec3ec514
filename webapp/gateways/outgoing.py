"""What is about to be published: gathered, and sent by a thread of its own, whatever has come together at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

MOMENT = 0.05  # seconds that what is not urgent waits for company


class Outgoing:
    """Take changes without making anybody wait for the network.

    `send` gets all that came since the last time, in the sender's thread; it must not raise. The
    thread starts with the first change: after a fork, in each process anew.
    """

    def __init__(self, send: Callable[[Mapping[str, str]], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._waiting: dict[str, str] = {}
        self._called = threading.Event()
        self._urgent = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def add(self, changed: Mapping[str, str], *, urgent: bool = True) -> None:
        """Have these changes sent as soon as the sender is free, or soon where nothing is urgent."""
        with self._lock:
            self._waiting.update(changed)
        if urgent:
            self._urgent.set()
        self._called.set()
        if not self._runs():
            self._start()

    def close(self) -> None:
        """Send what is left, and end."""
        self._stopping = True
        self._urgent.set()
        self._called.set()
        if self._thread is not None:
            self._thread.join()
        self._stopping = False

    def _runs(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        with self._lock:
            if self._runs():
                return
            self._thread = threading.Thread(target=self._run, name="outgoing", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            self._called.wait()
            self._urgent.wait(MOMENT)
            self._urgent.clear()
            self._called.clear()
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        with self._lock:
            changed, self._waiting = self._waiting, {}
        if changed:
            self._send(changed)
