"""`handrail stop`, `resume` and `stops`: the kill switch."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.desk import Desk
from webapp.domain.errors import NotFound
from webapp.domain.stop import Scope, Stage, Stop
from webapp.services import accounts
from webapp.services import stops as service
from webapp.work import Work

of_agent = click.option("--agent", metavar="NAME", help="Only this agent.")
of_action = click.option(
    "--action", metavar="NAME", help="Only this action, or a family of them: payments.*"
)


@click.command(epilog='Example: handrail stop --agent billing-agent --reason "It refunds twice"')
@of_agent
@of_action
@click.option("--reason", required=True, help="Why; everybody who is stopped reads it.")
@click.option(
    "--rotate-keys", is_flag=True, help="With --agent: revoke its keys and print a new one."
)
@click.option(
    "--drill",
    type=click.IntRange(1, 300),
    metavar="SECONDS",
    help="Hold it that long, or until Ctrl-C, say when the last start was, and lift it again.",
)
@console.by
@console.as_json
def stop(
    agent: str | None,
    action: str | None,
    reason: str,
    by: str | None,
    *,
    rotate_keys: bool,
    drill: int | None,
    as_json: bool,
) -> None:
    """Stop everything, one agent or one action: once this returns, nothing of it starts.

    What was approved before and did not start is void; deadlines stand still.
    """
    scope, name = _scope(agent, action)
    if rotate_keys and agent is None:
        raise Refused("Keys belong to an agent: name it with --agent, or leave --rotate-keys out.")

    if drill and rotate_keys:
        raise Refused("A drill leaves the keys alone: leave --rotate-keys out.")

    def run(work: Work) -> Stop:
        _insist_on_agent(work, agent)
        return service.stop(work, scope, name, reason, _who(work, by))

    with console.desk() as desk:
        if drill:
            _drill(desk, run, drill, as_json=as_json)
            return
        made = desk.transact(run)
        fresh = (
            desk.transact(partial(accounts.rotate_keys, name=agent or "")) if rotate_keys else None
        )
    lines = [f"Stopped: {made.describe()}. `handrail resume` with the same words lifts it."]
    data: dict[str, object] = {"stop": made.to_json()}
    if fresh:
        lines.append(f"Its keys are revoked; the new one is {fresh.secret}")
        data["key"] = fresh.secret
    console.answer(data, lines, as_json=as_json)


def _drill(desk: Desk, stop_now: Callable[[Work], Stop], seconds: int, *, as_json: bool) -> None:
    """Watch a stop hold, lift it, and say how long after the acknowledgement the last start was."""
    with _sooner() as enough:
        made = desk.transact(stop_now)
        acknowledged = desk.read(lambda work: work.now)
        enough.wait(seconds)
        last = desk.read(lambda work: service.last_start(work, made))
        held_for = desk.transact(lambda work: _lift(work, made)) - acknowledged
    after = _milliseconds(last - acknowledged) if last else None
    took = _milliseconds(acknowledged - made.at)
    held = after is None or after <= 0
    lasted = min(seconds, round(held_for.total_seconds(), 1))
    lines = [
        f"{'Held' if held else 'DID NOT HOLD'}: acknowledged after {took} ms; {_said(after)}.",
        f"Lifted again after {lasted} s; what was approved before is routed afresh.",
    ]
    data = {"held": held, "acknowledged_ms": took, "last_start_ms": after, "seconds": lasted}
    console.answer({"drill": data}, lines, as_json=as_json)
    if not held:
        raise Refused("Something started after the stop was acknowledged: report this as a fault.")


@contextmanager
def _sooner() -> Iterator[threading.Event]:
    """Let Ctrl-C only end the wait: what was stopped for a drill must not stay so."""
    enough = threading.Event()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: enough.set())
    try:
        yield enough
    finally:
        signal.signal(signal.SIGINT, before)


def _lift(work: Work, made: Stop) -> datetime:
    """Lift the stop of a drill and give the instant. Raises Refused where it did not last until now."""
    try:
        service.resume(work, made.id, made.by)
    except NotFound as error:
        words = "Somebody lifted the stop during the drill, so it shows nothing: drill again."
        raise Refused(words) from error
    return work.now


def _said(after: float | None) -> str:
    """Say when the last start was, in milliseconds after the acknowledgement."""
    if after is None:
        return "nothing had ever started"
    return f"the last start was {abs(after)} ms {'before' if after <= 0 else 'after'} that"


def _milliseconds(length: timedelta) -> float:
    return round(length.total_seconds() * 1000, 1)


@click.command(epilog="Example: handrail resume --agent billing-agent --supervised")
@of_agent
@of_action
@click.option(
    "--supervised",
    is_flag=True,
    help="Only so far that people decide everything; run it again without to lift it wholly.",
)
@console.by
@console.as_json
def resume(
    agent: str | None, action: str | None, by: str | None, *, supervised: bool, as_json: bool
) -> None:
    """Lift a stop, with the same words that it was made with.

    What it held back is routed afresh.
    """
    scope, name = _scope(agent, action)
    to = Stage.SUPERVISED if supervised else None

    def lift(work: Work) -> int:
        return service.resume_scope(work, scope, name, _who(work, by), to)

    with console.desk() as desk:
        count = desk.transact(lift)
    if not count:
        raise Refused("No such stop is in force: `handrail stops` lists those that are.")
    what = "everything" if scope is Scope.GLOBAL else f"{scope} {name}"
    how = ", under supervision: people decide everything" if supervised else ""
    console.answer({"lifted": count}, [f"Resumed: {what}{how}."], as_json=as_json)


@click.command(epilog="Example: handrail stops")
@console.as_json
def stops(*, as_json: bool) -> None:
    """List the stops in force."""
    with console.desk() as desk:
        found = desk.read(service.in_force)
    rows = [
        (one.describe(), one.stage.value, f"{one.at:%Y-%m-%d %H:%M}", one.by, one.reason)
        for one in found
    ]
    data = {"stops": [one.to_json() for one in found]}
    console.answer(data, console.table(rows, "No stop is in force."), as_json=as_json)


def _scope(agent: str | None, action: str | None) -> tuple[Scope, str | None]:
    if agent is not None and action is not None:
        raise Refused("Give --agent or --action, not both: make two stops where both are meant.")
    if agent is not None:
        return Scope.AGENT, agent
    return (Scope.GLOBAL, None) if action is None else (Scope.ACTION, action)


def _insist_on_agent(work: Work, name: str | None) -> None:
    """Refuse a stop that would cover nothing because of a slip of the pen."""
    if name is not None:
        accounts.agent_named(work, name)


def _who(work: Work, by: str | None) -> str:
    return accounts.user_named(work, by).email if by else console.ITSELF
