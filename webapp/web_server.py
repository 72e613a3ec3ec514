"""How gunicorn serves Handrail: the command, and the hooks that gunicorn reads from this file."""

from __future__ import annotations

import sys
from typing import Protocol

from webapp.config import CannotStart, Config
from webapp.processes import end_with_parent

WAITERS = "12000"  # long polls and event streams that one gevent process holds


class GunicornWorker(Protocol):
    """What the hooks below use of a gunicorn worker."""

    ppid: int


def web_command(config: Config, application: str, bind: str, *, grace: int = 30) -> tuple[str, ...]:
    """Give the command that serves `application` at `bind` (`host:port` or `fd://number`).

    Threads in one process on SQLite, whose calls would stop a whole gevent process; gevent on
    PostgreSQL. `grace` is for how many seconds an ending server lets requests finish.
    """
    by_database = (
        ("--worker-class", "gthread", "--workers", "1", "--threads", str(config.threads))
        if config.on_sqlite
        else (
            *("--worker-class", "gevent", "--workers", str(config.processes)),
            *("--worker-connections", WAITERS),
        )
    )
    return (
        *(sys.executable, "-m", "gunicorn", application, "--config", "python:webapp.web_server"),
        *("--bind", bind, *by_database, "--no-control-socket"),
        *("--graceful-timeout", str(grace), "--timeout", "120", "--keep-alive", "30"),
        *("--log-level", "warning"),
    )


def post_fork(_server: object, worker: GunicornWorker) -> None:
    """Have a web process end with its master, also when that is killed."""
    end_with_parent(worker.ppid)


def post_worker_init(_worker: object) -> None:
    """Refuse to serve with gevent where psycopg would wait in C and stop every other request."""
    # looked up and not imported: psycopg must not be loaded before gevent has patched the process
    monkey, waiting = sys.modules.get("gevent.monkey"), sys.modules.get("psycopg.waiting")
    if monkey is None or waiting is None or not monkey.is_module_patched("select"):
        return
    if waiting.wait is getattr(waiting, "wait_c", None):
        raise CannotStart("psycopg was imported before gevent: never use gunicorn's --preload.")
