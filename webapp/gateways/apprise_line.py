"""Mail and chats through Apprise: one letter to one address; it arrives, or is worth another try, or has no address.

Apprise says whether it went, not why not. It reads no files here and keeps none, its own log is off (it may name
addresses that are secrets), and it is loaded with the first letter: two seconds and 45 MB.
"""

from __future__ import annotations

import importlib
import logging
from functools import cached_property
from typing import Any

from webapp.config import MailSettings
from webapp.domain.channel import Medium
from webapp.domain.errors import HandrailError, NotNow
from webapp.gateways.letter import Letter

PATIENCE = 5.0  # seconds for connecting, and for each answer
WHOLE_PATIENCE = 12.0  # seconds that one letter may take
ITS_LOG = "apprise"


class NoSuchLine(HandrailError):
    """Nothing can be written to this address."""

    code = "no_such_line"


class AppriseLine:
    """The way to mailboxes and chats; safe for many threads at once."""

    def __init__(self, mail: MailSettings | None, patience: float = PATIENCE) -> None:
        self._mail = mail
        self._patience = patience

    @property
    def media(self) -> frozenset[Medium]:
        """Say by what people can be told: by mail only where a server for it is set."""
        return frozenset({Medium.CHAT} | ({Medium.MAIL} if self._mail else set()))

    def mail(self, address: str, letter: Letter, mark: str) -> None:
        """Send a mail; `mark` names it, and is the same when it is sent again. Raises NotNow and NoSuchLine."""
        mail = self._mail
        if mail is None:
            raise NoSuchLine("No server for mail is set.", hint="Set HANDRAIL_SMTP_URL.")
        given = {
            "schema": "mailto",
            "host": mail.host,
            "smtp_host": mail.host,
            "port": mail.port,
            "user": mail.user,
            "password": mail.password,
            "secure_mode": mail.security.value,
            "from_addr": f"Handrail <{mail.sender}>",
            "targets": [address],
            "headers": {"X-Handrail-Notice": mark, "Auto-Submitted": "auto-generated"},
            "format": "text",
        }
        self._send(self._service(given), letter, "The mail server")

    def chat(self, address: str, letter: Letter) -> None:
        """Write into a chat, with nothing in it that the chat would read. Raises NotNow and NoSuchLine."""
        self._send(self._service(address), letter.inert, "The chat")

    def check(self, address: str) -> None:
        """See that this is an address of a chat, without calling it. Raises NoSuchLine."""
        self._service(address)

    def _service(self, address: str | dict[str, Any]) -> Any:
        apprise = self._apprise
        asset = apprise.AppriseAsset(
            app_id="Handrail", storage_mode="memory", service_timeout=WHOLE_PATIENCE
        )
        service = apprise.Apprise.instantiate(address, asset=asset)
        if service is None:
            raise NoSuchLine(
                "This is no address of a chat.", hint="See docs/channels.md for some that are."
            )
        service.redirects = (
            False  # a letter goes to the address that an admin gave, and nowhere else
        )
        service.socket_connect_timeout = service.socket_read_timeout = self._patience
        service.retry = 0  # the outbox tries again
        return service

    def _send(self, service: Any, letter: Letter, whom: str) -> None:
        sender = self._apprise.Apprise(asset=service.asset)
        sender.add(service)
        arrived = sender.notify(
            title=letter.subject, body=letter.body, body_format="text", interpret_escapes=False
        )
        if not arrived:
            raise NotNow(f"{whom} did not take what was sent.")

    @cached_property
    def _apprise(self) -> Any:
        logging.getLogger(ITS_LOG).disabled = True
        return importlib.import_module("apprise")
