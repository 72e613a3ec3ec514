"""What jobs work with: the desk and the neighbours that they speak to."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.desk import Desk
from webapp.gateways.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The desk, and whom a job may call."""

    desk: Desk
    console: Console


def hands_of(desk: Desk) -> Hands:
    """Give the hands of a process of this desk."""
    return Hands(desk=desk, console=Console(public_url=desk.config.public_url))
