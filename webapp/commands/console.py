"""What commands share: the desk that they work on, and how they answer people and scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from webapp.config import database_file, environment, read
from webapp.desk import Desk, open_desk
from webapp.domain.decision import Person
from webapp.domain.errors import HandrailError
from webapp.domain.handoff import Actor, ActorKind, Face
from webapp.services import accounts
from webapp.store import revision
from webapp.work import Work
from webapp.world import RealWorld

ITSELF = "command line"  # who did it, where no --by says so
OPERATOR = Actor(kind=ActorKind.SYSTEM, id="command-line", name=ITSELF, face=Face.CLI)

as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for scripts.")
by = click.option("--by", metavar="EMAIL", help="Who does this, for the record.")


class Refused(HandrailError):
    """This cannot be done."""

    code = "refused"


@contextmanager
def desk() -> Iterator[Desk]:
    """Open the desk that the settings describe, on a database that is up to date.

    Raises CannotStart, Unavailable and Refused.
    """
    here = open_desk(read(environment()), RealWorld())
    try:
        here.read(_insist_on_tables)
        yield here
    finally:
        here.wakeups.close()
        here.lane.close()
        here.store.engine.dispose()


@contextmanager
def desk_at_hand() -> Iterator[Desk]:
    """Open the same where there is one already: looking makes no empty database. Raises what `desk` does."""
    file = database_file(environment())
    if file and not file.exists():
        raise Refused(f"There is no database at {file}.")
    with desk() as found:
        yield found


def _insist_on_tables(work: Work) -> None:
    if not revision.is_current(work):
        raise Refused("The database is not up to date: run `handrail migrate` first.")


def who(work: Work, email: str | None) -> Person | Actor:
    """Give the person whom `--by` names, else the command line, whose rights are those of whoever may use it.

    Raises NotFound.
    """
    return accounts.user_named(work, email).person(Face.CLI) if email else OPERATOR


def answer(data: object, lines: Sequence[str], *, as_json: bool) -> None:
    """Say what was done: `data` to a script, `lines` to a person."""
    click.echo(json.dumps(data) if as_json else "\n".join(lines))


def table(rows: Sequence[Sequence[str]], nothing: str) -> list[str]:
    """Line up rows in columns; `nothing` is what to say where there are none."""
    if not rows:
        return [nothing]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def instant(at: datetime | None) -> str | None:
    """Write an instant for scripts."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def read_file(file: str) -> str:
    """Read a text file, or what is piped in for `-`. Raises Refused."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it is not there").lower()
        raise Refused(f"{file} cannot be read ({reason}): name another file.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not UTF-8 text: save it as such.") from error
