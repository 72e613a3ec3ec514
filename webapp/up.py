"""`handrail up`: everything on one computer, from the database to the sample agents."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.config import KEY_FILE, CannotStart, Config, environment, home_of, local_address, read
from webapp.embedded import redis_program, wait_for_redis
from webapp.first_run import Keep, credentials, greeting, keep_secret
from webapp.processes import Program, end_with_parent, lock, make_private_folder
from webapp.supervisor import Supervisor
from webapp.web_server import web_command
from webapp.world import World

BACKLOG = 2048
GRACE = 2  # seconds that open requests get when everything stops
SECRET_SETTINGS = {"HANDRAIL_SECRET_KEY", "DATABASE_URL", "REDIS_URL"}
FIRST_PAGE_PATIENCE = 30.0  # seconds; 2 are usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What `up` is handed, because it is made of services that a supervisor need not know.

    `migrate` brings the database up to date. `fill` does nothing where there are users already;
    otherwise it creates the first admin, agents, keys and policy in one transaction, and hands
    the credentials to its argument before it commits, so that a crash cannot lose them.
    `samples` names the sample agents' programs by agent; `application` is what gunicorn serves and
    `worker` the module that runs the background work.
    """

    migrate: Callable[[], None]
    fill: Callable[[Keep], None]
    samples: Mapping[str, Path]
    world: World
    application: str = "webapp.wsgi:app"
    worker: str = "worker.main"


def configure(settings: Mapping[str, str], world: World) -> Config:
    """Make the data folder and the secret where they are missing, and read the settings.

    Raises CannotStart where the folder cannot be written to or a setting is wrong.
    """
    home = home_of(settings)
    make_private_folder(home)
    if not settings.get("HANDRAIL_SECRET_KEY"):
        keep_secret(home / KEY_FILE, world)
    return read(settings)


def run(config: Config, parts: Parts) -> int:
    """Start everything, say where it is, keep it running until Ctrl-C, and give the exit status.

    Raises CannotStart with one sentence that says what to do.
    """
    os.umask(0o077)  # the folder may have been there before, open to others: what is in it is not
    if config.stops_with_parent:
        end_with_parent(os.getppid(), signal.SIGTERM)
    taken = (
        f"Handrail already runs with the data folder {config.home} (process {{holder}}): "
        "stop it first, or set HANDRAIL_HOME to another folder."
    )
    with ExitStack() as stack:
        stack.enter_context(lock(config.home / "up.lock", taken))
        listener = stack.enter_context(listen(config.host, config.port))
        logs = config.home / "log"
        make_private_folder(logs)
        supervisor = Supervisor(logs=logs, world=parts.world, say=say)
        stack.callback(supervisor.stop)
        with suppress(KeyboardInterrupt):
            start(config, parts, supervisor, listener)
            supervisor.watch()
        say("Stopping.")
    return 0


def start(config: Config, parts: Parts, supervisor: Supervisor, listener: socket.socket) -> None:
    """Start the servers, bring the data up to date, start the rest, and say where it all is."""
    environ = environment() | {"HANDRAIL_HOME": str(config.home)}
    if config.redis_is_ours:
        redis = supervisor.start(redis_program(config.home, environ))
        wait_for_redis(redis, config.home)
    parts.migrate()
    first, fresh = credentials(config, parts.fill)
    web = supervisor.start(
        Program(
            name="web",
            argv=web_command(config, parts.application, f"fd://{listener.fileno()}", grace=GRACE),
            environ=environ,
            sockets=(listener.fileno(),),
        )
    )
    wait_for_page(listener, web, supervisor.log_of("web"))
    worker = (sys.executable, "-m", parts.worker)
    supervisor.start(Program(name="worker", argv=worker, environ=environ))
    if config.sample and first:
        for program in sample_programs(config, parts.samples, first.keys, environ):
            supervisor.start(program)
    say(greeting(config, first, fresh=fresh))


def sample_programs(
    config: Config, samples: Mapping[str, Path], keys: Mapping[str, str], environ: Mapping[str, str]
) -> list[Program]:
    """Describe the sample agents that have a key; each is given address, key and data folder.

    What is Handrail's alone stays out of their environment, as it does for any agent.
    """
    address = local_address(config.host, config.port)
    public = {name: value for name, value in environ.items() if name not in SECRET_SETTINGS}
    return [
        Program(
            name=agent,
            argv=(sys.executable, str(file)),
            environ={**public, "HANDRAIL_URL": address, "HANDRAIL_KEY": keys[agent]},
        )
        for agent, file in samples.items()
        if agent in keys
    ]


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that the web process will serve, so that a taken port is known at once.

    Raises CannotStart where that is not possible.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotStart(cannot_listen(host, port, error)) from None


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """Say what to do about a socket that could not be opened."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken: stop what uses it, or set HANDRAIL_PORT to another port."
    if error.errno == errno.EACCES:
        return f"Port {port} is not for this user: set HANDRAIL_PORT to one above 1023."
    return f"{host} is not an address of this computer: set HANDRAIL_HOST to one that is."


def wait_for_page(listener: socket.socket, web: subprocess.Popen[bytes], log: Path) -> None:
    """Return as soon as the web process answers.

    Raises CannotStart where it ends instead, or takes longer than FIRST_PAGE_PATIENCE.
    """
    ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    deadline = time.monotonic() + FIRST_PAGE_PATIENCE
    with socket.create_connection(listener.getsockname()[:2]) as line:
        line.sendall(ask.encode())
        while not select.select([line], [], [], 0.02)[0]:
            if web.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(f"The web process did not start; {log} says why.")
        answer = line.recv(12).decode("latin-1")
    if not answer.startswith("HTTP/1.") or answer.endswith(("500", "502", "503")):
        raise CannotStart(f"The web process started but does not work; {log} says why.")


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
