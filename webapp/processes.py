"""Processes that we start: none outlives its parent, and each has a log of its own."""

from __future__ import annotations

import ctypes
import fcntl
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.config import CannotStart

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
LOG_LIMIT = 5_000_000  # bytes; a longer log is put aside at the next start
# looked up once, since a child may not allocate between fork and exec
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A process to run; `sockets` are the file descriptors that it inherits."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    sockets: tuple[int, ...] = ()


def end_with_parent(parent: int, sent: int = signal.SIGKILL) -> None:
    """Have the kernel send `sent` to this process when the thread that started it ends (Linux)."""
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, sent)
    if os.getppid() != parent:  # it ended in between
        os.kill(os.getpid(), sent)


def spawn(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start `program` in a session of its own, so that a terminal's Ctrl-C reaches only us.

    Call it from the main thread: on Linux the child ends with the thread that started it.
    """
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.rename(log.with_suffix(".old"))
    with log.open("ab") as output:
        return subprocess.Popen(
            program.argv,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=program.sockets,
            start_new_session=True,
            # safe here: there is one thread, and the function only makes system calls
            preexec_fn=functools.partial(end_with_parent, os.getpid()),  # noqa: PLW1509
        )


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Ask `process` to end; after `patience` seconds, end it and what it started."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def lock(file: Path, refusal: str) -> Iterator[None]:
    """Hold `file` locked; the kernel lets go of it when this process ends, however it ends.

    Raises CannotStart with `refusal`, in which `{holder}` is the id of the process that has it.
    """
    with file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise CannotStart(refusal.format(holder=handle.read().strip() or "unknown")) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def make_private_folder(folder: Path) -> None:
    """Make `folder` for this user alone, unless it is there.

    Raises CannotStart where it cannot be made or written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
        reason = "it belongs to somebody else or is read-only"
    except OSError as error:
        writable, reason = False, (error.strerror or "").lower()
    if not writable:
        raise CannotStart(
            f"The data folder {folder} cannot be written to ({reason}): "
            "set HANDRAIL_HOME to a folder that can, or change its owner."
        )
