"""The command line in a real process, on a real database that the test fills beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.config import environment

SECRET = "a secret for tests, long enough to be one"
PATIENCE = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, and all that it said."""

    status: int
    out: str
    err: str


class Typed:
    """One command while it runs."""

    def __init__(self, home: Path, database_url: str, *words: str) -> None:
        environ = environment() | {
            "HANDRAIL_HOME": str(home),
            "HANDRAIL_SECRET_KEY": SECRET,
            "DATABASE_URL": database_url,
        }
        environ.pop("REDIS_URL", None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from webapp.cli import main; main()", *words],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def read_until(self, mark: str) -> None:
        """Wait until it has said `mark` on stderr."""
        said = b""
        while mark.encode() not in said:
            one = self._process.stderr.read(1)
            assert one, f"ended after saying: {said.decode()}"
            said += one

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self._process.communicate(timeout=PATIENCE)
        return Ended(self._process.returncode, out.decode(), err.decode())

    def clear_away(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def typed(home: Path, database_url: str, *words: str) -> Iterator[Typed]:
    """Type a command, and leave nothing of it behind."""
    running = Typed(home, database_url, *words)
    try:
        yield running
    finally:
        running.clear_away()
