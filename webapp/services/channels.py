"""Channels: where the people of a team are told. The command line and admins of the team say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote

from webapp.domain.channel import Channel, Medium, quiet_hours
from webapp.domain.decision import EVERY_TEAM
from webapp.domain.errors import FieldProblem, NotFound, SubmissionInvalid
from webapp.domain.verdict import Risk
from webapp.services.accounts import EMAIL, TEAM_NAME
from webapp.store import channels as store
from webapp.work import Work

SLACK_CHANNEL = re.compile(r"#[^\s#]{1,79}|[CG][A-Z0-9]{4,20}")
# Chats that only take words. What else Apprise knows (commands of this computer, files, brokers) is left out.
CHATS = frozenset(
    {"https", "workflow", "workflows", "discord", "gchat", "json", "jsons", "mmost", "mmosts", "ntfy", "ntfys",
     "rocket", "rockets", "tgram", "webex", "wxteams", "zulip"}
)  # fmt: skip
CHAT = re.compile(r"([a-z][a-z0-9]{1,30})://\S{1,2000}", re.ASCII)
# settings of Apprise's that name a file of this computer, or write in another form than plain text
NOT_OURS = re.compile(
    r"[?&;]\W*(template|attach|attach-as|keyfile|format|overflow|retry|verify)\W*=", re.IGNORECASE
)
CHATS_SUCH_AS = (
    "the address of a Teams workflow (https://…), or another of docs/channels.md, without settings"
)
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
    channel = Channel(
        id=work.new_id("ch"),
        team=wish.team,
        medium=wish.medium,
        address=shown(wish),
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


def shown(wish: Wish) -> str:
    """Give an address as it may be shown: a chat's is a secret but for what kind of a chat it is."""
    if wish.medium is Medium.CHAT:
        return f"{wish.address.partition('://')[0][:30]}://…"
    return wish.address[:254]


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
            f"{shown(wish)!r} is nothing that {wish.medium.value} can write to.",
            expected,
        )


def _expected(wish: Wish) -> str | None:
    """Say what address was expected; None where this is one."""
    fits, expected = {
        Medium.SLACK: (SLACK_CHANNEL, "a channel such as #refunds or C0123456789"),
        Medium.MAIL: (EMAIL, "an e-mail address"),
        Medium.CHAT: (CHAT, CHATS_SUCH_AS),
    }[wish.medium]
    found = fits.fullmatch(wish.address)
    if found and wish.medium is Medium.CHAT:
        known = found[1] in CHATS and not NOT_OURS.search(unquote(wish.address))
        return None if known else expected
    return None if found else expected


def _invalid(pointer: str, message: str, expected: str) -> SubmissionInvalid:
    problem = FieldProblem(pointer=pointer, code="form", message=message, expected=expected)
    return SubmissionInvalid(message, hint=f"Expected: {expected}.", problems=[problem])
