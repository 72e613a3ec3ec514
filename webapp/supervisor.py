"""Keep a few processes running: start them, start crashed ones again, end them in order."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Never

from webapp.processes import Program, end, spawn
from webapp.world import World

FIRST_DELAY = timedelta(seconds=0.5)
LONGEST_DELAY = timedelta(seconds=30)
STEADY = timedelta(seconds=30)  # who ran this long starts afresh with the shortest delay
PATIENCE = 8.0  # seconds that a process gets to end by itself


@dataclass(slots=True, kw_only=True)
class _Child:
    """A program, the process that runs it now, and how often in a row that has crashed."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: datetime
    crashes: int = 0
    restart_at: datetime | None = None


class Supervisor:
    """Run programs until told to stop; to be used from the main thread alone.

    Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt wherever the main thread is.
    """

    def __init__(self, *, logs: Path, world: World, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._world = world
        self._say = say
        self._children: list[_Child] = []
        self._woken, wake = os.pipe()
        for end_of_pipe in (self._woken, wake):
            os.set_blocking(end_of_pipe, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _only_wake)
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.default_int_handler)

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start `program` and look after it from now on."""
        process = spawn(program, self.log_of(program.name))
        started_at = self._world.now()
        self._children.append(_Child(program=program, process=process, started_at=started_at))
        return process

    def log_of(self, name: str) -> Path:
        """Name the file that the output of the program `name` goes to."""
        return self._logs / f"{name}.log"

    def watch(self) -> Never:
        """Start again what crashes, until KeyboardInterrupt ends it."""
        while True:
            for child in self._children:
                self._look_after(child)
            self._wait()

    def stop(self) -> None:
        """End all children, the last started first."""
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        for child in reversed(self._children):
            end(child.process, PATIENCE)

    def _look_after(self, child: _Child) -> None:
        status = child.process.poll()
        if status is None:
            return
        now = self._world.now()
        if child.restart_at is None:
            child.crashes = 1 if now - child.started_at > STEADY else child.crashes + 1
            child.restart_at = now + pause_after(child.crashes)
            log = self.log_of(child.program.name)
            self._say(f"{child.program.name} ended ({how(status)}), starting it again; see {log}")
        elif child.restart_at <= now:
            child.process = spawn(child.program, self.log_of(child.program.name))
            child.started_at, child.restart_at = now, None

    def _wait(self) -> None:
        """Sleep until a signal comes or a restart is due."""
        due = [child.restart_at for child in self._children if child.restart_at]
        pause = max((min(due) - self._world.now()).total_seconds(), 0) if due else None
        select.select([self._woken], [], [], pause)
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)


def pause_after(crashes: int) -> timedelta:
    """Say how long to wait before starting again what has crashed `crashes` times in a row."""
    return min(FIRST_DELAY * (1 << min(crashes - 1, 10)), LONGEST_DELAY)


def how(status: int) -> str:
    """Say in words how a process with this exit status ended."""
    return f"status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: that the signal came is what wakes the loop."""
