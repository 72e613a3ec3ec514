"""An agent's endpoint on this computer: takes what it is sent, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

LOOPBACK = "127.0.0.0/8"
Answer = Callable[["Taking"], None]


@dataclass(frozen=True)
class Taken:
    """One post as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def fits(self, secret: str) -> bool:
        """Say whether another implementation of Standard Webhooks takes the signature for one of this secret."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), tz=UTC)
        ours = Webhook(secret).sign(msg_id=self.id, timestamp=at, data=self.body.decode())
        return ours in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """Where posts go; `answers` are used up one after the other, then everything is taken.

    `taken` are the events that were answered so.
    """

    url: str = ""
    posts: list[Taken] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def events(self) -> list[Taken]:
        return [one for one in self.posts if one.json["type"] != "callback.challenge"]

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.events]


class Taking(BaseHTTPRequestHandler):
    """One connection."""

    receiver: Receiver

    def log_message(self, *_said: object) -> None:
        return None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        taken = Taken({name.lower(): value for name, value in self.headers.items()}, body)
        self.taken = taken
        self.receiver.posts.append(taken)
        given = self.receiver.answers
        with suppress(OSError):
            (given.pop(0) if given else echo)(self)

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        self.say(status, json.dumps(body).encode(), **headers)

    def say(self, status: int, text: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def echo(to: Taking) -> None:
    """Take it, and echo the challenge where it is one."""
    if "data" in to.taken.json:
        to.receiver.taken.append(to.taken)
    to.answer(200, {"challenge": to.taken.json.get("challenge")})


def says(status: int, body: object = None, **headers: str) -> Answer:
    """Answer so."""
    return lambda to: to.answer(status, body, **headers)


def raw(text: bytes) -> Answer:
    """Take it, and answer these bytes."""
    return lambda to: to.say(200, text)


def hang_up(to: Taking) -> None:
    """Take it, and go away without a word."""
    to.connection.close()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve an endpoint on a free port."""
    found = Receiver()
    handler = type("Handler", (Taking,), {"receiver": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/handrail"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
