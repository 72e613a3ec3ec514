"""One request and its answer over a connection of its own, to an address that was chosen before, within a time.

A layer below httpx, whose time limits are for each thing by itself: whoever sends a byte at a time is never late there.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore

PIECE = 1 << 16  # bytes that are written at once, so that the time is looked at in between
LEAST = 0.001  # seconds; none at all would mean not to wait, or for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom to speak to: the name, by which a certificate is checked, and the address, to which we connect."""

    origin: httpcore.Origin
    address: str
    trust: ssl.SSLContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Until when the whole exchange may take, by the monotonic clock, and how many bytes of the answer are wanted."""

    deadline: float
    most: int

    def within(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
        """Give the seconds that one thing may take: as it would, or as is left; raises `late` where nothing is."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise late("it took too long")
        return max(LEAST, left if timeout is None else min(left, timeout))


def exchange(
    target: Target, asked: httpcore.Request, limits: Limits
) -> tuple[int, Mapping[str, str], bytes]:
    """Send a request and give status, headers and body, of which no more than one piece too much was read.

    Raises httpcore's errors: ConnectError and ConnectTimeout where nothing was sent.
    """
    with httpcore.HTTPConnection(
        target.origin, ssl_context=target.trust, network_backend=_Way(target, limits)
    ) as connection:
        answer = connection.handle_request(asked)
        try:
            headers = _read(answer.headers)
            return answer.status, headers, _body(answer.iter_stream(), limits)
        finally:
            answer.close()


def _body(pieces: Iterable[bytes], limits: Limits) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > limits.most:
            break
    return bytes(body)


def _read(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Give the headers by their names in small letters; of the same name, one after the other (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


class _Way(httpcore.NetworkBackend):
    """Connect to where the name was looked up before, and to nothing else."""

    def __init__(self, target: Target, limits: Limits) -> None:
        self._addresses = {target.origin.host.decode(): target.address}
        self._limits = limits

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect."""
        found = httpcore.SyncBackend().connect_tcp(
            self._addresses[host],
            port,
            self._limits.within(timeout, httpcore.ConnectTimeout),
            local_address,
            socket_options,
        )
        return _Stream(found, self._limits)


class _Stream(httpcore.NetworkStream):
    """A connection on which no single thing takes longer than is left for the whole."""

    def __init__(self, inner: httpcore.NetworkStream, limits: Limits) -> None:
        self._inner, self._limits = inner, limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is."""
        return self._inner.read(max_bytes, self._limits.within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        for start in range(0, len(buffer), PIECE):
            patience = self._limits.within(timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + PIECE], patience)

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted, once the certificate is that of the name."""
        patience = self._limits.within(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, patience)
        return _Stream(inner, self._limits)

    def get_extra_info(self, info: str) -> Any:
        """Say more of the connection."""
        return self._inner.get_extra_info(info)
