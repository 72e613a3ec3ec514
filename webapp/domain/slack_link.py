"""Who somebody in Slack is here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLink:
    """Who somebody in Slack is here, and of what they are told directly."""

    workspace: str
    slack_user: str
    user_id: str
    direct: str
