"""Slack's Web API, as far as we need it; what goes wrong is either worth another try or said once.

Slack's own client does the talking; its retries are off, since the outbox tries again and nobody should sleep here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from webapp.config import SlackSettings
from webapp.domain.errors import HandrailError, NotNow

PATIENCE = 8  # seconds that one call may take
IN_A_HURRY = 2  # seconds that a call may take while somebody in Slack waits for our answer
PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "service_unavailable",
        "request_timeout",
        "ratelimited",
        "rate_limited",
    }
)
NO_SUCH_PLACE = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "user_not_found", "cannot_dm_bot",
     "user_disabled", "messages_tab_disabled", "restricted_action_read_only_channel"}
)  # fmt: skip
NO_SUCH_MESSAGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
WAIT = timedelta(seconds=1)
CODE = re.compile(r"[a-z0-9_:.-]{1,80}", re.ASCII)  # what Slack's own errors look like


class SlackRefused(HandrailError):
    """Slack refuses this, and would refuse it again; `error` is Slack's word for why."""

    code = "slack_refused"

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(f"Slack refuses: {error}.")

    @property
    def no_such_place(self) -> bool:
        """Say whether the channel or the person cannot be written to."""
        return self.error in NO_SUCH_PLACE

    @property
    def no_such_message(self) -> bool:
        """Say whether the message is gone."""
        return self.error in NO_SUCH_MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """Somebody in Slack, as Slack knows them."""

    id: str
    team: str
    name: str
    email: str | None
    is_member: bool  # of this workspace: no guest, no bot, nobody who has left, no stranger


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace (or the enterprise) that the app is installed in."""

    team: str
    enterprise: str | None
    name: str
    app: str | None


class Slack:
    """One workspace; safe for many threads at once."""

    def __init__(self, settings: SlackSettings) -> None:
        self._client = WebClient(
            token=settings.bot_token, base_url=settings.api_url, timeout=PATIENCE, retry_handlers=[]
        )
        self._hurried = WebClient(
            token=settings.bot_token,
            base_url=settings.api_url,
            timeout=IN_A_HURRY,
            retry_handlers=[],
        )

    @cached_property
    def workspace(self) -> Workspace:
        """Say which workspace the token is of. Raises NotNow and SlackRefused."""
        found = self._call("auth.test", {}, self._hurried)
        return Workspace(
            team=str(found["team_id"]),
            enterprise=found.get("enterprise_id"),
            name=str(found.get("team", "")),
            app=self._app(found.get("bot_id")),
        )

    def post(
        self,
        target: str,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        *,
        thread: str | None = None,
    ) -> Place:
        """Post a message into a channel, or to `@U…` directly. Raises NotNow and SlackRefused."""
        channel = self._direct(target[1:]) if target.startswith("@") else target
        body = {
            "channel": channel,
            "text": text,
            "blocks": list(blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "thread_ts": thread,
        }
        found = self._call("chat.postMessage", body)
        return Place(channel=str(found["channel"]), ts=str(found["ts"]))

    def redraw(self, place: Place, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Draw a message anew. Raises NotNow and SlackRefused."""
        self._call(
            "chat.update",
            {"channel": place.channel, "ts": place.ts, "text": text, "blocks": list(blocks)},
        )

    def whisper(
        self, channel: str, user: str, text: str, blocks: Sequence[Mapping[str, Any]]
    ) -> None:
        """Say something that only one person sees. Raises NotNow and SlackRefused."""
        body = {"channel": channel, "user": user, "text": text, "blocks": list(blocks)}
        self._call("chat.postEphemeral", body)

    def open_view(self, trigger: str, view: Mapping[str, Any]) -> str:
        """Open a modal while somebody waits; give its id. Raises NotNow and SlackRefused."""
        body = {"trigger_id": trigger, "view": dict(view)}
        return str(self._call("views.open", body, self._hurried)["view"]["id"])

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Put something else into an open modal. Raises NotNow and SlackRefused."""
        self._call("views.update", {"view_id": view_id, "view": dict(view)})

    def user(self, slack_user: str) -> SlackUser:
        """Say who somebody is. Raises NotNow and SlackRefused."""
        found = self._call("users.info", {"user": slack_user}, self._hurried)["user"]
        outside = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
        return SlackUser(
            id=str(found["id"]),
            team=str(found.get("team_id", "")),
            name=str(found.get("real_name") or found.get("name", "")),
            email=found.get("profile", {}).get("email"),
            is_member=not any(found.get(one) for one in outside),
        )

    def _app(self, bot: str | None) -> str | None:
        """Say which app the token is of; None where Slack does not say."""
        try:
            found = self._call("bots.info", {"bot": bot}, self._hurried) if bot else {}
        except SlackRefused:
            return None
        app = found.get("bot", {}).get("app_id")
        return str(app) if app else None

    def _direct(self, slack_user: str) -> str:
        return str(self._call("conversations.open", {"users": slack_user})["channel"]["id"])

    def _call(
        self, method: str, body: Mapping[str, Any], client: WebClient | None = None
    ) -> Mapping[str, Any]:
        given = {name: value for name, value in body.items() if value is not None}
        try:
            answer = (client or self._client).api_call(method, json=given)
        except SlackApiError as error:
            raise _refusal(error) from error
        except (SlackClientError, URLError, OSError, ValueError) as error:
            raise NotNow(f"Slack does not answer {method}: {type(error).__name__}.") from error
        found = answer.data
        return found if isinstance(found, dict) else {}


def _refusal(error: SlackApiError) -> HandrailError:
    """Tell what passes from what does not."""
    answer = error.response
    status = int(getattr(answer, "status_code", 0) or 0)
    said = _code(answer)
    code = said or f"http_{status}"
    if status == 429 or status >= 500 or code in PASSING or said is None:  # noqa: PLR2004
        after = _seconds(answer.headers.get("Retry-After")) if status == 429 else None  # noqa: PLR2004
        return NotNow(f"Slack is busy: {code}.", after=after)
    return SlackRefused(code)


def _code(answer: Any) -> str | None:
    """Give Slack's own word for an error; None for a page of something in between."""
    data = getattr(answer, "data", None)
    said = data.get("error") if isinstance(data, dict) else None
    return said if isinstance(said, str) and CODE.fullmatch(said) else None


def _seconds(text: str | None) -> timedelta:
    return timedelta(seconds=int(text)) if text and text.isascii() and text.isdigit() else WAIT
