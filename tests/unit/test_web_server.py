"""The command that serves Handrail, and what a web process checks at its start."""

import subprocess
import sys

from webapp.config import read
from webapp.web_server import web_command

PATCH = "from gevent import monkey; monkey.patch_all()"
START = (
    "from webapp.web_server import post_worker_init as check; import psycopg; {late}; check(None)"
)


def command(database: str) -> str:
    config = read({"HANDRAIL_SECRET_KEY": "s" * 32, "DATABASE_URL": database})
    return " ".join(web_command(config, "webapp.wsgi:app", "127.0.0.1:1", grace=5))


def start(early: str, late: str) -> subprocess.CompletedProcess:
    """Start a web process as far as our check, with a patch before or after psycopg is loaded."""
    program = f"{early}\n{START.format(late=late)}"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False
    )


def test_sqlite_is_served_by_threads_of_one_process():
    assert "--worker-class gthread --workers 1 --threads 100" in command("sqlite:///x")


def test_postgresql_is_served_by_processes_that_hold_many_who_wait():
    said = command("postgresql://db/x")
    assert "--worker-class gevent --workers 2 --worker-connections 12000" in said


def test_the_application_is_never_loaded_before_gevent_is():
    assert "--preload" not in command("postgresql://db/x")


def test_importing_the_hooks_does_not_load_psycopg():
    program = "import sys, webapp.web_server; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_web_process_whose_psycopg_waits_with_gevent_starts():
    assert start(PATCH, "pass").returncode == 0


def test_a_web_process_whose_psycopg_would_stop_all_others_refuses_to_start():
    refused = start("", PATCH)
    assert refused.returncode == 1
    assert "psycopg was imported before gevent" in refused.stderr
