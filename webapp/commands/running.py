"""`handrail up`, `serve`, `work` and `migrate`: what runs."""

from __future__ import annotations

import os
import sys
from functools import partial

import click

from webapp import first_fill
from webapp.commands import console
from webapp.config import Config, environment, read
from webapp.keyring import Keyring
from webapp.migrate import migrate as bring_up_to_date
from webapp.store import revision
from webapp.up import Parts, configure, run
from webapp.web_server import web_command
from webapp.work import Store, open_store, reading, unit_of_work
from webapp.world import RealWorld

APPLICATION = "webapp.wsgi:app"


@click.command(epilog="Example: HANDRAIL_PORT=8080 handrail up")
def up() -> None:
    """Start everything on this computer: database, Redis, web, worker and the sample agents."""
    world = RealWorld()
    config = configure(environment(), world)
    store = _store(config, world)
    parts = Parts(
        migrate=partial(_migrate_if_needed, store),
        fill=first_fill.filling(store, config),
        samples=first_fill.programs(),
        world=world,
    )
    sys.exit(run(config, parts))


@click.command(epilog="Example: DATABASE_URL=postgresql://… REDIS_URL=redis://… handrail serve")
def serve() -> None:
    """Serve the pages and the API; any number of processes may, on any number of machines."""
    config = read(environment())
    host = f"[{config.host}]" if ":" in config.host else config.host
    _become(web_command(config, APPLICATION, f"{host}:{config.port}"))


@click.command(epilog="Example: DATABASE_URL=postgresql://… REDIS_URL=redis://… handrail work")
def work() -> None:
    """Do the background work: deadlines and notifications; any number of processes may."""
    read(environment())
    _become((sys.executable, "-m", "worker.main"))


@click.command(epilog="Example: handrail migrate")
@console.as_json
def migrate(*, as_json: bool) -> None:
    """Bring the database up to date; safe to run from several machines at once.

    An empty one gets a first policy, under which people decide everything.
    """
    store = _store(read(environment()), RealWorld())
    bring_up_to_date(store)
    with unit_of_work(store) as work:
        first_fill.first_policy(work)
    store.engine.dispose()
    number = revision.newest()
    console.answer({"revision": number}, [f"The database is at {number}."], as_json=as_json)


def _store(config: Config, world: RealWorld) -> Store:
    keyring = Keyring(config.secret_key)
    return open_store(config.database_url, world, keyring, database_clock=True)


def _migrate_if_needed(store: Store) -> None:
    with reading(store) as found:
        current = revision.is_current(found)
    if not current:
        bring_up_to_date(store)


def _become(command: tuple[str, ...]) -> None:
    """Run `command` in place of this process, so that signals reach it."""
    os.execv(command[0], command)  # noqa: S606 — a list, no shell, and our own interpreter
