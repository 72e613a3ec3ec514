"""A channel: where the people of a team are told, of what, and when not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from webapp.domain.hours import Hours, read_opening
from webapp.domain.verdict import Risk

UTC_ZONE = ZoneInfo("UTC")
NEVER_HELD = frozenset({Risk.HIGH, Risk.CRITICAL})
DIGESTED = frozenset({Risk.READ, Risk.LOW})
EVERY_DAY = "Mon-Sun"
MINUTE = timedelta(minutes=1)
MOST_AHEAD = timedelta(days=8)


class Medium(StrEnum):
    """By what people are told."""

    SLACK = "slack"
    MAIL = "mail"
    CHAT = "chat"  # Teams and others, through a webhook of theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where a team is told (`*`: every team), and of what.

    `address` is a Slack channel, an e-mail address or a webhook's address; `least_risk` leaves out what is below;
    `quiet` are hours such as `22:00-07:00 Europe/Berlin` in which nothing below high risk is told; `digest` gathers
    what is of low risk and tells of it that often.
    """

    id: str
    team: str
    medium: Medium
    address: str
    least_risk: Risk = Risk.READ
    quiet: str | None = None
    digest: timedelta | None = None

    def tells_of(self, risk: Risk) -> bool:
        """Say whether handoffs of this risk are told of here."""
        return risk.rank >= self.least_risk.rank

    def held_until(self, risk: Risk, now: datetime) -> datetime | None:
        """Say until when the quiet hours hold this back; None where it is told now."""
        hours = quiet_hours(self.quiet) if self.quiet else None
        if hours is None or risk in NEVER_HELD or not hours.cover(now, UTC_ZONE):
            return None
        at, last = now.replace(second=0, microsecond=0), now + MOST_AHEAD
        while at < last and (at <= now or hours.cover(at, UTC_ZONE)):
            at += MINUTE
        return at

    def gathers(self, risk: Risk) -> bool:
        """Say whether handoffs of this risk are told of together, now and then."""
        return self.digest is not None and risk in DIGESTED

    def next_digest(self, now: datetime) -> datetime:
        """Give the next instant at which to tell of what was gathered: whole multiples of it since midnight UTC."""
        step = self.digest or timedelta(hours=1)
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + step * ((now - midnight) // step + 1)


def quiet_hours(text: str) -> Hours | None:
    """Read quiet hours, of every day where they name none; None where they mean nothing."""
    opening = read_opening(text if text[:1].isalpha() else f"{EVERY_DAY} {text}")
    return Hours(path="quiet", openings=(opening,), holidays=frozenset()) if opening else None
