"""`handrail channel …`: where the people of a team are told what waits for them."""

from __future__ import annotations

from datetime import timedelta

import click

from webapp.commands import console
from webapp.commands.console import Refused
from webapp.domain.channel import Channel, Medium
from webapp.domain.duration import parse_duration, write_duration
from webapp.domain.verdict import Risk
from webapp.gateways.apprise_line import AppriseLine
from webapp.services import channels as service
from webapp.services.channels import Wish
from webapp.work import Work


@click.group()
def channel() -> None:
    """Tell teams what waits: in a Slack channel, by mail, or through a chat's webhook."""


@channel.command(epilog="Example: handrail channel add payments --slack '#refunds' --digest 1h")
@click.argument("team")
@click.option("--slack", metavar="CHANNEL", help="A Slack channel: #refunds, or its id.")
@click.option("--mail", metavar="ADDRESS", help="An e-mail address.")
@click.option(
    "--chat",
    metavar="URL",
    help="Another chat: the address of a Teams workflow, or as Apprise writes it.",
)
@click.option(
    "--least-risk",
    type=click.Choice([one.value for one in Risk]),
    default=Risk.READ.value,
    show_default=True,
    help="Leave out what is of less risk.",
)
@click.option(
    "--quiet", metavar="HOURS", help="Tell only of high risk then: '22:00-07:00 Europe/Berlin'"
)
@click.option(
    "--digest", metavar="SPAN", help="Gather what is of low risk, and tell of it this often: 1h"
)
@console.by
@console.as_json
def add(  # noqa: PLR0913 — each is an option of the command
    team: str,
    slack: str | None,
    mail: str | None,
    chat: str | None,
    least_risk: str,
    quiet: str | None,
    digest: str | None,
    *,
    by: str | None,
    as_json: bool,
) -> None:
    """Tell the people of TEAM ('*': of every team) in one more place."""
    given = {Medium.SLACK: slack, Medium.MAIL: mail, Medium.CHAT: chat}
    chosen = [(medium, address) for medium, address in given.items() if address]
    if len(chosen) != 1:
        raise Refused("Say where, once: --slack '#channel', --mail ADDRESS or --chat URL.")
    medium, address = chosen[0]
    wish = Wish(
        team=team,
        medium=medium,
        address=address,
        least_risk=Risk(least_risk),
        quiet=quiet,
        digest=_span(digest),
    )
    with console.desk() as desk:
        line = AppriseLine(desk.config.mail)

        def add_it(work: Work) -> Channel:
            made = service.add(work, wish, by or console.ITSELF)
            if medium is Medium.CHAT:
                line.check(address)
            return made

        made = desk.transact(add_it)
    said = [f"{made.team} is told in {made.address} from now on ({made.id})."]
    if medium is not Medium.SLACK and medium not in line.media:
        said.append("No mail goes out yet: set HANDRAIL_SMTP_URL (docs/channels.md).")
    if medium is Medium.SLACK and desk.config.slack is None:
        said.append("Nothing goes to Slack yet: set SLACK_BOT_TOKEN (docs/slack.md).")
    console.answer(_described(made), said, as_json=as_json)


@channel.command("list", epilog="Example: handrail channel list")
@console.as_json
def list_channels(*, as_json: bool) -> None:
    """List where teams are told."""
    with console.desk() as desk:
        found = desk.read(service.listed)
    rows = [
        (
            one.id,
            one.team,
            one.medium.value,
            one.address,
            f"from {one.least_risk.value}",
            f"quiet {one.quiet}" if one.quiet else "",
            f"digest every {write_duration(one.digest)}" if one.digest else "",
        )
        for one in found
    ]
    nothing = "Nobody is told anywhere but in the queue: handrail channel add --help"
    data = {"channels": [_described(one) for one in found]}
    console.answer(data, console.table(rows, nothing), as_json=as_json)


@channel.command(epilog="Example: handrail channel remove ch_01…")
@click.argument("channel_id", metavar="ID")
@console.as_json
def remove(channel_id: str, *, as_json: bool) -> None:
    """Tell nobody there any more."""
    with console.desk() as desk:
        desk.transact(lambda work: service.remove(work, channel_id))
    console.answer({"removed": channel_id}, [f"{channel_id} is removed."], as_json=as_json)


def _span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    span = parse_duration(text)
    if span is None:
        raise Refused(f"{text} is no span of time: write 30m or 1h.")
    return span


def _described(one: Channel) -> dict[str, object]:
    return {
        "id": one.id,
        "team": one.team,
        "medium": one.medium.value,
        "address": one.address,
        "least_risk": one.least_risk.value,
        "quiet": one.quiet,
        "digest_minutes": int(one.digest.total_seconds() // 60) if one.digest else None,
    }
