"""Wait for something that another process or thread is about to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 60.0
BREATH = 0.02


def until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return as soon as `true()` is; fail after `patience` seconds."""
    pause, deadline = threading.Event(), time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"waited {patience:g} s for {what}"
        pause.wait(BREATH)
