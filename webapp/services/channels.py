"""Channels: where the people of a team are told. The command line and admins of the team say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from webapp.domain.channel import Channel, Medium, quiet_hours
from webapp.domain.decision import EVERY_TEAM
from webapp.domain.errors import FieldProblem, NotFound, SubmissionInvalid
from webapp.domain.verdict import Risk
from webapp.services.accounts import EMAIL, TEAM_NAME
from webapp.store import channels as store
from webapp.work import Work

SLACK_CHANNEL = re.compile(r"#[^\s#]{1,79}|[CG][A-Z0-9]{4,20}")
CHAT = re.compile(r"[a-z][a-z0-9]{1,30}://\S{1,2000}", re.ASCII)
SHORTEST_DIGEST, LONGEST_DIGEST = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A channel that is asked for, in words."""

    team: str
    medium: Medium
    address: str
    least_risk: Risk = Risk.READ
    quiet: str | None = None
    digest: timedelta | None = None


def add(work: Work, wish: Wish, by: str) -> Channel:
    """Tell a team in another place, too; give the channel. Raises SubmissionInvalid, naming what is wrong."""
    _check(wish)
    secret = wish.address if wish.medium is Medium.CHAT else None
    address = f"{wish.address.partition('://')[0]}://…" if secret else wish.address
    channel = Channel(
        id=work.new_id("ch"),
        team=wish.team,
        medium=wish.medium,
        address=address,
        least_risk=wish.least_risk,
        quiet=wish.quiet,
        digest=wish.digest,
    )
    store.add(work, channel, by, secret)
    return channel


def remove(work: Work, channel_id: str) -> None:
    """Tell nobody there any more. Raises NotFound."""
    if not store.remove(work, channel_id):
        raise NotFound(
            f"There is no channel {channel_id}.", hint="`handrail channel list` lists them."
        )


def listed(work: Work) -> list[Channel]:
    """List all channels that are in use, oldest first."""
    return store.of_teams(work)


def _check(wish: Wish) -> None:
    if wish.team != EVERY_TEAM and not TEAM_NAME.fullmatch(wish.team):
        raise _invalid(
            "/team", f"{wish.team!r} is no name for a team.", "a team's name, or * for all"
        )
    if wish.quiet is not None and quiet_hours(wish.quiet) is None:
        raise _invalid("/quiet", f"{wish.quiet!r} are no hours.", '"22:00-07:00 Europe/Berlin"')
    if wish.digest is not None and not SHORTEST_DIGEST <= wish.digest <= LONGEST_DIGEST:
        raise _invalid("/digest", "A digest comes every five minutes to every day.", "such as 1h")
    expected = _expected(wish)
    if expected:
        raise _invalid(
            "/address",
            f"{wish.address[:80]!r} is nothing that {wish.medium.value} can write to.",
            expected,
        )


def _expected(wish: Wish) -> str | None:
    """Say what address was expected; None where this is one."""
    fits, expected = {
        Medium.SLACK: (SLACK_CHANNEL, "a channel such as #refunds or C0123456789"),
        Medium.MAIL: (EMAIL, "an e-mail address"),
        Medium.CHAT: (CHAT, "an address such as msteams://…"),
    }[wish.medium]
    return None if fits.fullmatch(wish.address) else expected


def _invalid(pointer: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code="form", message=message, expected=expected)
    return SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
