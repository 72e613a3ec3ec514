"""`handrail outbox …`: how far behind the background work is, and what becomes of what was given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.domain.backlog import LARGEST_NUMBER, Alive, Due, GivenUp, Retried, counted
from webapp.domain.decision import Person
from webapp.domain.handoff import Actor
from webapp.domain.message import Reach
from webapp.domain.summary import visible
from webapp.services import operations as service
from webapp.services.operations import Operations
from webapp.work import Work

LONGEST_ERROR = 100  # characters in a table; --json gives all of it
AWAY = "Redis is away, so who works is not known; the relay does the work itself meanwhile."

numbers = click.argument(
    "numbers", metavar="NUMBER...", nargs=-1, type=click.IntRange(1, LARGEST_NUMBER)
)


@click.group()
def outbox() -> None:
    """See how far behind the background work is, and settle what was given up."""


@outbox.command("list", epilog="Example: handrail outbox list")
@console.as_json
def list_outbox(*, as_json: bool) -> None:
    """Say what is due, what is tried again, what was given up, and who works."""
    with console.desk() as desk:
        workers = desk.lane.workers()
        found = desk.read(lambda work: service.look(work, console.OPERATOR))
        now = desk.read(lambda work: work.now)
    lines = [_due(due, due.lag(now)) for due in found.backlog.due]
    lines += [_alive(reach, alive) for reach, alive in workers.items()] if workers else [AWAY]
    again = [_line(one, f"next try {one.next_at:%Y-%m-%d %H:%M:%S}") for one in found.retried]
    dead = [_line(one, f"since {one.at:%Y-%m-%d %H:%M:%S}") for one in found.given_up]
    lines += ["", *_headed("tried again", found.backlog.retried, again)]
    lines += ["", *_headed("given up", found.backlog.given_up, dead)]
    data = {
        "due": [_due_data(due, due.lag(now)) for due in found.backlog.due],
        "workers": _workers_data(workers),
        **_messages_data(found),
    }
    console.answer(data, lines, as_json=as_json)


@outbox.command(epilog="Example: handrail outbox redrive 4711")
@numbers
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
@console.by
@console.as_json
def redrive(numbers: Sequence[int], by: str | None, *, everything: bool, as_json: bool) -> None:
    """Set going again what was given up, as often tried as a new message."""
    if everything == bool(numbers):
        raise Refused("Give the numbers that `handrail outbox list` shows, or --all.")

    def use_case(work: Work) -> int:
        who = console.who(work, by)
        if everything:
            return service.redrive_all(work, who)
        return _each(work, numbers, who, service.redrive)

    with console.desk() as desk:
        count = desk.transact(use_case)
        desk.lane.ring()
    more = " Run it again: there may be more." if count == service.MOST_REDRIVEN else ""
    console.answer({"redriven": count}, [f"{count} set going.{more}"], as_json=as_json)


@outbox.command(epilog="Example: handrail outbox discard 4711 --by ann@example.org")
@numbers
@console.by
@console.as_json
def discard(numbers: Sequence[int], by: str | None, *, as_json: bool) -> None:
    """Strike out what was given up: what it asked for is never done."""
    if not numbers:
        raise Refused("Give the numbers that `handrail outbox list` shows.")
    with console.desk() as desk:
        count = desk.transact(
            lambda work: _each(work, numbers, console.who(work, by), service.discard)
        )
    console.answer({"discarded": count}, [f"{count} discarded."], as_json=as_json)


def _each(
    work: Work,
    numbers: Sequence[int],
    who: Person | Actor,
    do: Callable[[Work, int, Person | Actor], GivenUp],
) -> int:
    """Settle each message once, or none of them."""
    once = dict.fromkeys(numbers)
    for number in once:
        do(work, number, who)
    return len(once)


def _due(due: Due, lag: float) -> str:
    if not due.depth:
        return f"{due.reach}: nothing is due"
    topics = ", ".join(f"{visible(name)} {counted(n)}" for name, n in due.topics.items())
    return f"{due.reach}: {counted(due.depth)} due, the oldest for {lag:.0f} s ({topics})"


def _alive(reach: Reach, alive: Alive) -> str:
    if alive.heard_at is None:
        return f"{reach}: no worker takes jobs; run `handrail work`"
    return (
        f"{reach}: {alive.count} taking jobs, last heard of at {alive.heard_at:%Y-%m-%d %H:%M:%S}"
    )


def _headed(what: str, counts: Mapping[str, int], rows: Sequence[Sequence[str]]) -> list[str]:
    """Put the count over the rows, of which there may be fewer."""
    total = sum(counts.values())
    if not total:
        return [f"Nothing is {what}."]
    shown = f", the first {len(rows)}" if len(rows) < total else ""
    return [f"{counted(total)} {what}{shown}:", *console.table(rows, "")]


def _line(one: Retried | GivenUp, when: str) -> tuple[str, ...]:
    """Write a message on one line; an error may hold anything, so nothing in it reaches the terminal as it is."""
    about = one.about if isinstance(one, Retried) else one.handoff_id
    error = visible(" ".join(one.error.split()))
    short = error if len(error) <= LONGEST_ERROR else f"{error[:LONGEST_ERROR]}…"
    return str(one.id), visible(one.topic), about, f"{one.tries} tries", when, short


def _due_data(due: Due, lag: float) -> dict[str, object]:
    return {
        "reach": due.reach.value,
        "depth": due.depth,
        "lag_seconds": round(lag, 3),
        "oldest_due_at": console.instant(due.oldest_at),
        "topics": dict(due.topics),
    }


def _workers_data(workers: Mapping[Reach, Alive] | None) -> dict[str, object] | None:
    if workers is None:
        return None
    return {
        reach.value: {"count": alive.count, "heard_at": console.instant(alive.heard_at)}
        for reach, alive in workers.items()
    }


def _messages_data(found: Operations) -> dict[str, object]:
    again = [
        {
            "id": one.id,
            "topic": one.topic,
            "about": one.about,
            "tries": one.tries,
            "error": one.error,
            "next_at": console.instant(one.next_at),
        }
        for one in found.retried
    ]
    dead = [
        {
            "id": one.id,
            "topic": one.topic,
            "about": one.handoff_id,
            "tries": one.tries,
            "error": one.error,
            "given_up_at": console.instant(one.at),
        }
        for one in found.given_up
    ]
    return {
        "retried": {"counts": dict(found.backlog.retried), "first": again},
        "given_up": {"counts": dict(found.backlog.given_up), "first": dead},
    }
