"""`handrail …`: the command line, which loads nothing but the command that is run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

import click

from webapp.domain.errors import HandrailError, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A command that is not loaded yet: where it is and the first sentence of its help."""

    module: str
    name: str
    help: str


def _listed(module: str, name: str, help_: str) -> Listed:
    return Listed(module=f"webapp.commands.{module}", name=name, help=help_)


COMMANDS: Mapping[str, Listed] = {
    "up": _listed("running", "up", "Start everything on this computer."),
    "serve": _listed("running", "serve", "Serve the pages and the API."),
    "work": _listed("running", "work", "Do the background work."),
    "migrate": _listed("running", "migrate", "Bring the database up to date."),
    "doctor": _listed("doctor", "doctor", "Say what works here and what to do about the rest."),
    "user": _listed("people", "user", "Add people and say what they may do."),
    "token": _listed(
        "people", "token", "Make and revoke the tokens with which people use the API."
    ),
    "agent": _listed("agents", "agent", "Add and list agents."),
    "callbacks": _listed(
        "callbacks",
        "callbacks",
        "See how agents were called back, and set going what was given up.",
    ),
    "outbox": _listed(
        "outbox",
        "outbox",
        "See how far behind the background work is, and settle what was given up.",
    ),
    "key": _listed("agents", "key", "Make and revoke agents' keys."),
    "channel": _listed(
        "channels",
        "channel",
        "Tell teams what waits: in a Slack channel, by mail, or through a chat's webhook.",
    ),
    "permit-key": _listed(
        "permit_keys", "permit_key", "List and rotate the keys that permits are signed with."
    ),
    "policy": _listed("policy", "policy", "Check, publish, compare and simulate policies."),
    "stop": _listed("stopping", "stop", "Stop everything, one agent or one action."),
    "resume": _listed("stopping", "resume", "Lift a stop."),
    "stops": _listed("stopping", "stops", "List the stops in force."),
    "standing": _listed(
        "watching", "standing", "List what was approved in advance, and take it back."
    ),
    "alerts": _listed(
        "watching", "alerts", "List what people should know of agents, and settle it."
    ),
    "replay": _listed(
        "history", "replay", "Derive every stored verdict again, or those of one handoff."
    ),
    "verify": _listed("history", "verify", "Check that nobody has changed the history."),
    "export": _listed(
        "history", "export", "Write every handoff and every change of a level as JSON lines."
    ),
}


CHECK_DATABASE = "Check DATABASE_URL, and that the database runs and lets this user in."


class Handrail(click.Group):
    """Know all commands by name, and load one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        listed = COMMANDS.get(cmd_name)
        if listed is None:
            return None
        command: click.Command = getattr(importlib.import_module(listed.module), listed.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.help) for name, listed in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except HandrailError as error:
            click.echo(sentence(error), err=True)
            ctx.exit(1)


def sentence(error: HandrailError) -> str:
    """Say what was refused and what to do about it."""
    hint = error.hint or (CHECK_DATABASE if isinstance(error, Unavailable) else "")
    if not hint:
        return error.detail
    hint = hint[0].upper() + hint[1:]
    return f"{error.detail} {hint}" + ("" if hint.endswith((".", "?")) else ".")


@click.group(
    cls=Handrail,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Each command explains itself: handrail agent add --help",
)
def cli() -> None:
    """Run Handrail, the approvals desk for AI agents."""


def main() -> None:
    """Run the command that the terminal asks for."""
    cli(prog_name="handrail")
