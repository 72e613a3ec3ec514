"""A mail server on this computer: keeps what it is sent, or refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.servers import free_port

TAKEN = "250 OK"


@dataclass
class PostOffice:
    """Where mail goes; `answers` are used up one after the other, then everything is taken."""

    host: str = ""
    tried: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.tried += 1
        said = self.answers.pop(0) if self.answers else TAKEN
        if said == TAKEN:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return said

    @property
    def url(self) -> str:
        return f"smtp+plain://{self.host}"


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Serve it on a free port."""
    found = PostOffice()
    server = Controller(found, hostname="127.0.0.1", port=free_port())
    server.start()
    found.host = f"127.0.0.1:{server.port}"
    try:
        yield found
    finally:
        server.stop()
