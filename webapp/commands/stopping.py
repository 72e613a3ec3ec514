"""`handrail stop`, `resume` and `stops`: the kill switch."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.domain.stop import Scope, Stop
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
@console.by
@console.as_json
def stop(
    agent: str | None, action: str | None, reason: str, by: str | None, *, as_json: bool
) -> None:
    """Stop everything, one agent or one action: once this returns, nothing of it starts."""
    scope, name = _scope(agent, action)

    def run(work: Work) -> Stop:
        _insist_on_agent(work, agent)
        return service.stop(work, scope, name, reason, _who(work, by))

    with console.desk() as desk:
        made = desk.transact(run)
    lines = [f"Stopped: {made.describe()}. `handrail resume` with the same words lifts it."]
    console.answer({"stop": made.to_json()}, lines, as_json=as_json)


@click.command(epilog="Example: handrail resume --agent billing-agent")
@of_agent
@of_action
@console.by
@console.as_json
def resume(agent: str | None, action: str | None, by: str | None, *, as_json: bool) -> None:
    """Lift a stop, with the same words that it was made with."""
    scope, name = _scope(agent, action)
    with console.desk() as desk:
        count = desk.transact(lambda work: service.resume_scope(work, scope, name, _who(work, by)))
    if not count:
        raise Refused("No such stop is in force: `handrail stops` lists those that are.")
    what = "everything" if scope is Scope.GLOBAL else f"{scope} {name}"
    console.answer({"lifted": count}, [f"Resumed: {what}."], as_json=as_json)


@click.command(epilog="Example: handrail stops")
@console.as_json
def stops(*, as_json: bool) -> None:
    """List the stops in force."""
    with console.desk() as desk:
        found = desk.read(service.in_force)
    rows = [(one.describe(), f"{one.at:%Y-%m-%d %H:%M}", one.by, one.reason) for one in found]
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
