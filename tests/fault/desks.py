"""A `handrail up` in a process of its own, started, watched and ended by a test."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import psutil

from webapp.config import environment

LAST_LINE = "Ctrl-C stops everything."
PATIENCE = 15


class Desk:
    """One running `up` with stubbed parts, its output so far, and the processes below it."""

    def __init__(self, home: Path, port: int, **settings: str) -> None:
        self.home = home
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.up_stub"],
            env=desk_environment(home, port) | settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.output = self.read_until(LAST_LINE)

    def read_until(self, mark: str) -> str:
        """Give what it prints, up to the first line with `mark` in it."""
        lines: list[str] = []
        while not lines or mark not in lines[-1]:
            lines.append(self.process.stdout.readline())
            assert lines[-1], f"ended after saying: {''.join(lines)}"
        return "".join(lines)

    def ask(self) -> bytes:
        with urlopen(f"http://127.0.0.1:{self.port}/", timeout=PATIENCE) as answer:
            return answer.read()

    def below(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def find(self, words: str) -> psutil.Process:
        """Give the process that is directly below `up` and has `words` in its command."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if words in " ".join(child.cmdline()))

    def first_run(self) -> dict[str, object]:
        return json.loads((self.home / "first-run.json").read_text())

    def end(self, number: int = signal.SIGINT) -> int:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(PATIENCE)


def desk_environment(home: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in environment().items() if not name.endswith("_URL")}
    return kept | {"HANDRAIL_HOME": str(home), "HANDRAIL_PORT": str(port)}


def refusal(home: Path, port: int, **settings: str) -> str:
    """Run `up` where it cannot start, and give the one line that it says."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fault.up_stub"],
        env=desk_environment(home, port) | settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr.strip()


@contextmanager
def desk(home: Path, port: int, **settings: str) -> Iterator[Desk]:
    running = Desk(home, port, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()
        running.process.stdout.close()


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Give those that still run after a moment; what has ended but is not reaped does not count."""
    _, alive = psutil.wait_procs(processes, timeout=0.01)
    for _ in range(200):
        alive = [one for one in alive if one.is_running() and not is_zombie(one)]
        if not alive:
            break
        _, alive = psutil.wait_procs(alive, timeout=0.02)
    return alive


def is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777
