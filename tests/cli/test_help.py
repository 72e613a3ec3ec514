"""Every command explains itself, and asking for help is quick."""

import importlib
import subprocess
import sys

import click
import pytest

from webapp.cli import COMMANDS, cli

HEAVY = ("sqlalchemy", "flask", "redis", "alembic", "argon2")


def commands():
    """Give every command with the words that it is called by."""
    for name, listed in COMMANDS.items():
        command = getattr(importlib.import_module(listed.module), listed.name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", one) for sub, one in command.commands.items())
        else:
            yield name, command


@pytest.mark.parametrize(("words", "command"), list(commands()))
def test_every_command_says_what_it_does_and_shows_an_example(words, command):
    assert len(command.help) > 10
    assert f"handrail {words}" in command.epilog


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name):
    listed = COMMANDS[name]
    command = cli.get_command(click.Context(cli), name)
    ours, theirs = listed.help.removesuffix("."), command.help.removesuffix(".")
    assert theirs.startswith(ours)


def test_asking_for_help_loads_nothing_heavy():
    asked = f"""
import sys
from webapp.cli import cli
cli(["--help"], standalone_mode=False)
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_adding_an_agent_loads_neither_pages_nor_migrations():
    asked = """
import sys
import webapp.commands.agents
print([name for name in ("flask", "alembic", "gunicorn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
