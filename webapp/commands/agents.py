"""`handrail agent …` and `handrail key …`: the programs that ask, and what they are known by."""

from __future__ import annotations

import click

from webapp.commands import console
from webapp.commands.callbacks import callback
from webapp.domain.account import KeyInfo
from webapp.services import accounts, levels
from webapp.services.levels import Ladder
from webapp.work import Work

maker = click.option(
    "--by",
    metavar="EMAIL",
    help="Who makes the key; they never decide what the agent asks for with it.",
)


@click.group()
def agent() -> None:
    """Add and list agents."""


@agent.command(epilog="Example: handrail agent add billing-agent --owner payments")
@click.argument("name")
@click.option("--owner", metavar="TEAM", required=True, help="The team that answers for it.")
@maker
@console.as_json
def add(name: str, owner: str, by: str | None, *, as_json: bool) -> None:
    """Add an agent and make its first key, which is shown this once."""
    with console.desk() as desk:
        added, key = desk.transact(lambda work: accounts.add_agent(work, name, owner, by))
    lines = [f"{added.name} belongs to {added.owner}.", f"Key: {key.secret}"]
    console.answer({"agent": added.name, "key": key.secret}, lines, as_json=as_json)


@agent.command("list", epilog="Example: handrail agent list")
@console.as_json
def list_agents(*, as_json: bool) -> None:
    """List all agents."""
    with console.desk() as desk:
        found = desk.read(accounts.agents)
    data = {
        "agents": [
            {
                "agent": one.name,
                "owner": one.owner,
                "created_at": console.instant(one.created_at),
                "keys": [_described(key) for key in one.keys],
            }
            for one in found
        ]
    }
    rows = [(one.name, one.owner, _count(one.keys)) for one in found]
    console.answer(data, console.table(rows, "There are no agents yet."), as_json=as_json)


@agent.command(
    epilog='Example: handrail agent level billing-agent standard --because "30 clean refunds" --by ann@example.org'
)
@click.argument("name")
@click.argument("level", required=False)
@click.option("--because", metavar="REASON", default="", help="Why; it stays in the history.")
@console.by
@console.as_json
def level(name: str, level: str | None, because: str, by: str | None, *, as_json: bool) -> None:
    """Say where an agent stands, or promote or demote it: up one step at a time, for a reason."""

    def use_case(work: Work) -> Ladder:
        if level is None:
            return levels.ladder_of(work, name)
        return levels.set_level(work, name, level, because, console.who(work, by))

    with console.desk() as desk:
        found = desk.transact(use_case)
    console.answer(found.to_json(), _where(found), as_json=as_json)


agent.add_command(callback)


@click.group()
def key() -> None:
    """Make and revoke agents' keys."""


@key.command("add", epilog="Example: handrail key add billing-agent --by ann@example.org")
@click.argument("name", metavar="AGENT")
@maker
@console.as_json
def add_key(name: str, by: str | None, *, as_json: bool) -> None:
    """Make another key for an agent, which is shown this once."""
    with console.desk() as desk:
        made = desk.transact(lambda work: accounts.add_key(work, name, by))
    data = {"agent": name, "id": made.id, "key": made.secret}
    console.answer(data, [f"Key {made.id}: {made.secret}"], as_json=as_json)


@key.command(epilog="Example: handrail key revoke billing-agent all")
@click.argument("name", metavar="AGENT")
@click.argument("key_id", metavar="KEYID|all")
@console.as_json
def revoke(name: str, key_id: str, *, as_json: bool) -> None:
    """Revoke one key of an agent or all: from now on nobody gets in with it."""
    one = None if key_id == "all" else key_id
    with console.desk() as desk:
        count = desk.transact(lambda work: accounts.revoke_key(work, name, one))
    console.answer({"agent": name, "revoked": count}, [f"{count} revoked."], as_json=as_json)


@key.command("list", epilog="Example: handrail key list billing-agent")
@click.argument("name", metavar="AGENT")
@console.as_json
def list_keys(name: str, *, as_json: bool) -> None:
    """List an agent's keys: who made them and when, never the keys."""
    with console.desk() as desk:
        found = desk.read(lambda work: accounts.keys_of(work, name))
    rows = [
        (
            one.id,
            f"made {one.created_at:%Y-%m-%d}" + (f" by {one.maker}" if one.maker else ""),
            f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else "in use",
        )
        for one in found
    ]
    data = {"agent": name, "keys": [_described(one) for one in found]}
    console.answer(data, console.table(rows, f"{name} has no keys."), as_json=as_json)


def _where(found: Ladder) -> list[str]:
    """Say in words where an agent stands, and what the next step takes."""
    lines = [f"{found.agent.name} stands at {found.level}; it may earn {found.grant.max}."]
    if found.up is None:
        return lines
    if found.ready:
        return [*lines, f"It has what {found.up} takes; an admin of {found.owner} may grant it."]
    wanted = found.missing or ("The policy names no evidence for it; a person's reason is enough.",)
    return [*lines, f"Towards {found.up}:", *(f"  {sentence}" for sentence in wanted)]


def _count(keys: tuple[KeyInfo, ...]) -> str:
    in_use = sum(one.revoked_at is None for one in keys)
    return f"{in_use} key" if in_use == 1 else f"{in_use} keys"


def _described(key: KeyInfo) -> dict[str, object]:
    return {
        "id": key.id,
        "made_by": key.maker,
        "created_at": console.instant(key.created_at),
        "revoked_at": console.instant(key.revoked_at),
    }
