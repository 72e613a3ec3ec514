"""A receiver of callbacks that answers at once: a process of its own, which remembers when each came and went.

It writes its address on one line. Each line that it reads says how many seconds to take from now on, and asks for what
came since the last one, as JSON: the arrivals (`perf_counter`), how many names came twice, and how many of them were in
flight twice at the same time.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from time import perf_counter

NAME = re.compile(rb"\r\nwebhook-id: ([^\r]+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"


class Seen:
    """What came in."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.names: set[bytes] = set()
        self.flying: set[bytes] = set()
        self.again = 0
        self.at_once = 0
        self.delay = 0.0

    def told(self) -> dict[str, object]:
        """Give what came since this was asked last."""
        told = {"arrivals": self.arrivals, "again": self.again, "at_once": self.at_once}
        self.arrivals, self.again, self.at_once = [], 0, 0
        return told

    def begin(self, name: bytes) -> None:
        """Note that this name is being told."""
        self.arrivals.append(perf_counter())
        self.again += name in self.names
        self.at_once += name in self.flying
        self.names.add(name)
        self.flying.add(name)


class Taking(asyncio.Protocol):
    """One connection, one post."""

    seen: Seen

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self.transport = transport
        self.data = b""
        self.name: bytes | None = None

    def data_received(self, data: bytes) -> None:
        """Read on; once all is there, answer."""
        self.data += data
        head, end, body = self.data.partition(HEAD_END)
        length = LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        name = NAME.search(head)
        self.name = name[1] if name else b""
        self.seen.begin(self.name)
        asyncio.get_running_loop().call_later(self.seen.delay, self.answer, body)

    def answer(self, body: bytes) -> None:
        """Take it; a challenge is echoed."""
        said = body if b'"challenge"' in body else b""
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(said)}\r\nconnection: close\r\n\r\n"
        self.seen.flying.discard(self.name or b"")
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(head.encode() + said)
            self.transport.close()


async def main() -> None:
    """Serve until there is nothing more to read."""
    loop, seen = asyncio.get_running_loop(), Seen()
    handler = type("Handler", (Taking,), {"seen": seen})
    server = await loop.create_server(handler, "127.0.0.1", 0, backlog=512)
    say(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/handrail")
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        seen.delay = float(line)
        say(json.dumps(seen.told()))
    server.close()


def say(line: str) -> None:
    """Answer who started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
