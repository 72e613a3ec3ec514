"""A lean HTTP client: many keep-alive connections on one epoll loop, each driven by a script.

A script is a generator. It yields what it wants next and is sent what came of it: bytes are a request, answered by a
Reply; a number is a pause in seconds; None parks the connection until somebody calls `poke`.
"""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
from collections import deque
from collections.abc import Generator
from time import perf_counter
from typing import Any, NamedTuple

Script = Generator[bytes | float | None, Any, None]
CHUNK = 1 << 18
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Reply(NamedTuple):
    """One answer, and when its request was sent and it was there (seconds of `perf_counter`)."""

    status: int
    head: bytes
    body: bytes
    sent_at: float
    got_at: float


class Unexpected(Exception):
    """The server answered something else than it should have."""


def checked(reply: Reply, *statuses: int) -> Reply:
    """Give the reply where its status is one of these."""
    if reply.status not in statuses:
        raise Unexpected(f"{reply.status}: {reply.body[:300]!r}")
    return reply


class Connection:
    """One keep-alive connection and the script that uses it."""

    __slots__ = ("inbox", "needs", "parked", "parts", "script", "sent_at", "size", "socket")

    def __init__(self, script: Script, line: socket.socket) -> None:
        self.script = script
        self.socket = line
        self.parts: list[bytes] = []
        self.size = 0
        self.needs = 0
        self.sent_at = 0.0
        self.parked = False
        self.inbox: deque[Any] = deque()


class Wire:
    """Run scripts against one server until all have ended or the time is up."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Connection]] = []
        self._order = itertools.count()
        self._poked: deque[Connection] = deque()
        self._open: set[Connection] = set()

    def start(self, script: Script, port: int | None = None) -> Connection:
        """Open a connection, to another port where one is given, and run `script` to its first wish."""
        line = socket.create_connection((self._host, port or self._port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setblocking(False)  # noqa: FBT003 — the standard library's own signature
        connection = Connection(script, line)
        self._selector.register(line, selectors.EVENT_READ, connection)
        self._open.add(connection)
        self._go_on(connection, None)
        return connection

    def poke(self, connection: Connection, value: object) -> None:
        """Hand `value` to a script once it is parked, and after the script that calls this."""
        connection.inbox.append(value)
        self._poked.append(connection)

    def run(self, until: float) -> None:
        """Serve the scripts until the instant `until` of `perf_counter` or until none is left."""
        while self._open and perf_counter() < until:
            self._run_poked()
            if not self._open:
                return
            for key, _ in self._selector.select(self._patience(until)):
                self._receive(key.data)
            self._run_timers()

    def close(self) -> None:
        """Close whatever is open."""
        for connection in list(self._open):
            self._end(connection)
        self._selector.close()

    def _patience(self, until: float) -> float:
        if self._poked:
            return 0.0
        due = min(self._timers[0][0], until) if self._timers else until
        return max(due - perf_counter(), 0.0)

    def _run_poked(self) -> None:
        while self._poked:
            connection = self._poked.popleft()
            if connection.parked and connection.inbox:
                self._go_on(connection, connection.inbox.popleft())

    def _run_timers(self) -> None:
        now = perf_counter()
        while self._timers and self._timers[0][0] <= now:
            self._go_on(heapq.heappop(self._timers)[2], None)

    def _go_on(self, connection: Connection, value: object) -> None:
        """Send `value` into the script and do what it asks for next."""
        if connection not in self._open:
            return
        try:
            wish = connection.script.send(value)
        except StopIteration:
            self._end(connection)
            return
        connection.parked = wish is None
        if isinstance(wish, bytes):
            connection.sent_at = perf_counter()
            if connection.socket.send(wish) != len(wish):
                raise BufferError("a request does not fit into the socket's buffer")
        elif wish is not None:
            due = perf_counter() + wish
            heapq.heappush(self._timers, (due, next(self._order), connection))
        elif connection.inbox:
            self._poked.append(connection)

    def _receive(self, connection: Connection) -> None:
        data = connection.socket.recv(CHUNK)
        got_at = perf_counter()
        if not data:
            raise ConnectionError("the server closed a connection")
        connection.parts.append(data)
        connection.size += len(data)
        if not connection.needs:
            connection.needs = _needed(b"".join(connection.parts))
        if not connection.needs or connection.size < connection.needs:
            return
        head, _, body = b"".join(connection.parts).partition(HEAD_END)
        connection.parts, connection.size, connection.needs = [], 0, 0
        reply = Reply(int(head[9:12]), head, body, connection.sent_at, got_at)
        self._go_on(connection, reply)

    def _end(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._selector.unregister(connection.socket)
        connection.socket.close()


def _needed(data: bytes) -> int:
    """Say how many bytes an answer has in all, 0 while its head is not complete."""
    end = data.find(HEAD_END)
    if end < 0:
        return 0
    head = data[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        return end + len(HEAD_END)  # 204 and 304 have no body
    return end + len(HEAD_END) + int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])


def request(
    method: str, path: str, headers: dict[str, str], body: bytes = b"", *, host: str = "localhost"
) -> bytes:
    """Write one HTTP/1.1 request."""
    said = {"Host": host, **headers}
    if body:
        said["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
