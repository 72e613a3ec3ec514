"""Slack over a socket that we open (Socket Mode): for desks that Slack cannot reach."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from webapp.config import SlackSettings
from webapp.desk import Desk
from webapp.domain.errors import NotNow
from webapp.slack.interactions import Interactions

PAUSE = 1.0  # seconds between looks at the socket
AFTER_FAILURE = 10.0  # seconds; Slack limits how often a socket may be asked for
ASKED = 10  # seconds that asking for a socket may take
QUIET = logging.getLogger("handrail.socket")


@dataclass(slots=True, kw_only=True)
class Socket:
    """Keep one socket open, and hand over what comes; each process may have one, and Slack sends to one of them."""

    desk: Desk
    stopping: threading.Event
    client: SocketModeClient | None = None
    interactions: Interactions | None = None

    def turn(self) -> None:
        """Open the socket where it is not open, then rest. Raises NotNow where Slack does not give one."""
        settings = self.desk.config.slack
        if settings is None or settings.app_token is None or self.desk.slack is None:
            self.stopping.wait(PAUSE)
            return
        if self.interactions is None:
            self.interactions = Interactions(self.desk, self.desk.slack)
        if self.client is None:
            self.client = self._open(settings, self.interactions)
        self.stopping.wait(PAUSE)
        if self.stopping.is_set():
            self.client.close()
            self.interactions.close()

    def _open(self, settings: SlackSettings, interactions: Interactions) -> SocketModeClient:
        QUIET.setLevel(logging.ERROR)
        web = WebClient(base_url=settings.api_url, timeout=ASKED, retry_handlers=[])
        client = SocketModeClient(app_token=settings.app_token or "", web_client=web, logger=QUIET)
        client.socket_mode_request_listeners.append(Listener(interactions=interactions).hear)
        try:
            client.connect()
        except (SlackClientError, OSError) as error:
            client.close()
            self.stopping.wait(AFTER_FAILURE)
            raise NotNow(f"Slack gives no socket: {type(error).__name__}.") from error
        return client


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Answer each envelope, once."""

    interactions: Interactions

    def hear(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take one envelope; what is no interaction is acknowledged and left."""
        answer: Mapping[str, Any] | None = None
        if request.type == "interactive":
            answer = self.interactions.handle(request.payload)
        given = dict(answer) if answer else None
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=given)
        )
