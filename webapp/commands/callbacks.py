"""`handrail agent callback` and `handrail callbacks …`: where agents are called back, and how that went."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.desk import Desk
from webapp.domain.callback import Callback, CallbackState, Endpoint, EndpointState
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.handoff import Actor
from webapp.services import accounts, endpoints
from webapp.services import callbacks as service
from webapp.verification import register, verify
from webapp.work import Work


@click.command(
    epilog="Example: handrail agent callback billing-agent --url https://billing.example.org/handrail"
)
@click.argument("name")
@click.option("--url", help="Register this address; the secret is shown once, at the first time.")
@click.option(
    "--content",
    type=click.Choice(["thin", "full"]),
    help="What it is sent: which handoff moved (the default), or all of it.",
)
@click.option("--verify", "act", flag_value="verify", help="Have it echo a challenge.")
@click.option("--rotate", "act", flag_value="rotate", help="Make another secret; both sign a day.")
@click.option("--end-old", "act", flag_value="end_old", help="End the secret before it at once.")
@click.option("--remove", "act", flag_value="remove", help="Call the agent back no more.")
@click.option("--show", "act", flag_value="show", help="Say how it stands (the default).")
@console.by
@console.as_json
def callback(
    name: str,
    url: str | None,
    content: str | None,
    act: str | None,
    by: str | None,
    *,
    as_json: bool,
) -> None:
    """Say where an agent is called back when its handoffs move, and see to it that this works."""
    if act and (url or content):
        raise Refused(f"Register first, and then use --{act.replace('_', '-')} by itself.")
    with console.desk() as desk:
        who = desk.read(lambda work: console.who(work, by))
        if url or content:
            _register(desk, name, url, content, who, as_json=as_json)
        elif act == "remove":
            removed = desk.transact(lambda work: endpoints.remove(work, name, who))
            lines = [f"{name} is not called back any more."]
            console.answer({"agent": name, "removed": removed.url}, lines, as_json=as_json)
        elif act == "rotate":
            made = desk.transact(lambda work: endpoints.rotate(work, name, who))
            _tell(name, made.endpoint, made.secret, as_json=as_json)
        else:
            _tell(name, _seen(desk, name, act, who), None, as_json=as_json)


def _register(
    desk: Desk,
    name: str,
    url: str | None,
    content: str | None,
    who: Person | Actor,
    *,
    as_json: bool,
) -> None:
    """Register an endpoint; one that has moved knows the secret, and is verified at once."""
    wish = CallbackWish(content) if content else None
    made = register(desk, name, url, wish, who)
    found = made.endpoint
    if made.secret is None and found.state is EndpointState.UNVERIFIED:
        found = verify(desk, name, who)
    _tell(name, found, made.secret, as_json=as_json)


def _seen(desk: Desk, name: str, act: str | None, who: Person | Actor) -> Endpoint | None:
    if act == "verify":
        return verify(desk, name, who)
    if act == "end_old":
        return desk.transact(lambda work: endpoints.end_old(work, name, who))
    return desk.read(lambda work: endpoints.of_agent(work, name))


def _tell(name: str, found: Endpoint | None, secret: str | None, *, as_json: bool) -> None:
    data: dict[str, object] = {"agent": name, "callback": _described(found) if found else None}
    lines = _lines(name, found)
    if secret:
        data["secret"] = secret
        lines.append(f"Secret, shown this once: {secret}")
    if found and found.state is EndpointState.UNVERIFIED:
        lines.append(f"Next: handrail agent callback {name} --verify")
    console.answer(data, lines, as_json=as_json)


def _lines(name: str, found: Endpoint | None) -> list[str]:
    if found is None:
        return [f"{name} has no endpoint: it waits, or listens to /events."]
    lines = [f"{name} is called back at {found.url} ({found.content.value}): {found.state.value}."]
    if found.problem:
        off = found.state is EndpointState.OFF
        lines.append(f"{'Switched off' if off else 'The last challenge failed'}: {found.problem}.")
    if found.old_ends_at:
        lines.append(
            f"The secret before this one signs, too, until {found.old_ends_at:%Y-%m-%d %H:%M} UTC."
        )
    return lines


def _described(found: Endpoint) -> dict[str, object]:
    return {
        "url": found.url,
        "content": found.content.value,
        "state": found.state.value,
        "verified_at": console.instant(found.verified_at),
        "old_secret_until": console.instant(found.old_ends_at),
        "problem": found.problem,
    }


@click.group()
def callbacks() -> None:
    """See how agents were called back, and set going what was given up."""


@callbacks.command("list", epilog="Example: handrail callbacks list billing-agent --given-up")
@click.argument("name", metavar="AGENT")
@click.option("--given-up", is_flag=True, help="Only what was given up.")
@console.as_json
def list_callbacks(name: str, *, given_up: bool, as_json: bool) -> None:
    """List what an agent was told last, and how that went."""

    def use_case(work: Work) -> list[Callback]:
        agent = accounts.agent_named(work, name)
        return (service.dead if given_up else service.newest)(work, agent.id)

    with console.desk() as desk:
        found = desk.read(use_case)
    rows = [
        (one.handoff_id, f"{one.type} v{one.version}", _state(one), one.problem or "")
        for one in found
    ]
    nothing = "Nothing was given up." if given_up else f"{name} has not been called back yet."
    data = {"agent": name, "callbacks": [_row(one) for one in found]}
    console.answer(data, console.table(rows, nothing), as_json=as_json)


@callbacks.command(epilog="Example: handrail callbacks redrive billing-agent")
@click.argument("name", metavar="AGENT")
@click.option("--handoff", metavar="ID", help="Only what is about this handoff.")
@console.by
@console.as_json
def redrive(name: str, handoff: str | None, by: str | None, *, as_json: bool) -> None:
    """Set going again what was given up."""

    def use_case(work: Work) -> int:
        return service.redrive(work, name, handoff, console.who(work, by))

    with console.desk() as desk:
        count = desk.transact(use_case)
        desk.lane.ring()
    console.answer({"agent": name, "redriven": count}, [f"{count} set going."], as_json=as_json)


def _state(one: Callback) -> str:
    tries = f"try {one.tries}"
    if one.state is CallbackState.WAITING and one.next_at:
        return f"waits until {one.next_at:%Y-%m-%d %H:%M:%S} ({tries})"
    return f"{one.state.value.replace('_', ' ')} ({tries})"


def _row(one: Callback) -> dict[str, object]:
    return {
        "handoff": one.handoff_id,
        "type": one.type,
        "version": one.version,
        "state": one.state.value,
        "tries": one.tries,
        "at": console.instant(one.last_at),
        "next_try_at": console.instant(one.next_at),
        "problem": one.problem,
    }
