"""What jobs work with: the desk and the neighbours that they speak to."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.desk import Desk
from webapp.gateways.apprise_line import AppriseLine
from webapp.gateways.console import Console
from webapp.gateways.slack import Slack
from webapp.gateways.web import Web
from worker.doors import Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The desk, and whom a job may call."""

    desk: Desk
    console: Console
    web: Web
    line: AppriseLine
    slack: Slack | None = None
    doors: Doors = field(default_factory=Doors)


def hands_of(desk: Desk) -> Hands:
    """Give the hands of a process of this desk."""
    config = desk.config
    return Hands(
        desk=desk,
        console=Console(public_url=config.public_url),
        web=desk.web,
        line=AppriseLine(config.mail),
        slack=desk.slack,
    )
