"""What the first start makes and keeps: the secret, the first sign-in and the first agent keys."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from webapp.config import Config
from webapp.world import World

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What a newcomer needs: the first admin's sign-in, the first agent's key, each agent's key.

    `colleague` signs in with the same password: a sample of what needs two people needs a second.
    """

    url: str
    email: str
    password: str = field(repr=False)
    agent: str
    key: str = field(repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    colleague: str | None = None


Keep = Callable[[FirstRun], None]


def keep_secret(file: Path, world: World) -> None:
    """Make a secret in `file` unless one is kept there already."""
    if file.exists():
        return
    draft = file.with_suffix(f".{os.getpid()}")
    write_private(draft, world.token(SECRET_BYTES) + "\n")
    with suppress(FileExistsError):  # another process was first, and its secret counts
        os.link(draft, file)
    draft.unlink()


def credentials(config: Config, fill: Callable[[Keep], None]) -> tuple[FirstRun | None, bool]:
    """Fill an empty database; give the first start's credentials, and whether that is now."""
    file = config.first_run_file
    kept: list[FirstRun] = []

    def keep(first: FirstRun) -> None:
        write_private(file, json.dumps(asdict(first), indent=2) + "\n")
        kept.append(first)

    fill(keep)
    if kept:
        return kept[0], True
    return recall(file, config.public_url, keep), False


def recall(file: Path, url: str, keep: Keep) -> FirstRun | None:
    """Read what the first start kept in `file`; where the address is another now, note that."""
    try:
        first = FirstRun(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if first.url == url:
        return first
    moved = replace(first, url=url)
    keep(moved)
    return moved


def greeting(config: Config, first: FirstRun | None, *, fresh: bool) -> str:
    """Say where Handrail is and how to get in."""
    lines = ["", f"Handrail is at {config.public_url}", ""]
    if first and fresh:
        lines += [
            f"  Sign in    {first.email}",
            f"  Password   {first.password}",
            f"  Agent key  {first.key}  (agent {first.agent})",
            *_second_person(first),
            "",
            f"Kept in {config.first_run_file}, readable only by you.",
        ]
    elif first:
        lines.append(f"It has the data of before; {first.email} signs in with the password in")
        lines.append(f"{config.first_run_file}, where the first agent key is too.")
    else:
        lines.append("It has the data of before; `handrail user add EMAIL` makes another sign-in.")
    return "\n".join([*lines, "Ctrl-C stops everything.", ""])


def _second_person(first: FirstRun) -> list[str]:
    if first.colleague is None:
        return []
    return ["", f"Some handoffs need two people: {first.colleague} has the same password."]


def write_private(file: Path, text: str) -> None:
    """Write `file` for this user alone, at once or not at all."""
    draft = file.with_suffix(f".{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
