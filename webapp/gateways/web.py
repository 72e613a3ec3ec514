"""Requests to addresses that somebody else chose: looked at before each connection, never redirected, never endless.

An agent's callback, a tool server, a chat's webhook: whoever names an address must not be able to make us speak to what
only we can reach (CWE-918). So the name is looked up here, every address that it has is looked at, and the connection
goes to one of exactly those: what the name says a moment later does not matter (DNS rebinding).
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

import httpcore
import httpx

from webapp.config import Network
from webapp.domain.errors import NotNow, SubmissionInvalid
from webapp.gateways.exchange import Limits, Target, exchange

MOST_BYTES = 1 << 20  # of an answer that are read, unless fewer are asked for
LONGEST_CONNECT = 5.0  # seconds, or what is left of the request's time
# what was packed would be bounded before it is unpacked, and read as if it were not
USUAL = {"user-agent": "Handrail", "accept": "*/*", "accept-encoding": "identity"}
# say how long their body is, also where it is empty (RFC 9110, 8.6)
WRITING = frozenset({"POST", "PUT", "PATCH"})
PORTS = {"http": 80, "https": 443}
# 64:ff9b::/96 is how IPv6-only networks reach IPv4, private IPv4 too (RFC 6052)
TRANSLATED = IPv6Network("64:ff9b::/96")
# all that was ever given out for the public internet; the rest is local, or another way of writing IPv4
GIVEN_OUT = IPv6Network("2000::/3")
# clouds answer their own machines there: protocol assignments (RFC 6890), and Azure's host
OF_CLOUDS = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16/32"))
MOST_PORTS = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of somebody else's server; `timeout` is for all of it, in seconds, `most` bytes are read of it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    timeout: float = 10.0
    most: int = MOST_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: as much of the body as was asked for, and whether there was more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


class AddressRefused(SubmissionInvalid):
    """This address leads into a private network, which whoever runs Handrail has not allowed."""

    code = "address_refused"


class Unreachable(NotNow):
    """The server could not be reached; nothing was sent."""

    code = "unreachable"


class NoAnswer(NotNow):
    """The request was sent, or begun to be, and no whole answer came; nobody knows what the server did."""

    code = "no_answer"


class Resolver(Protocol):
    """Give the addresses of a host; raises OSError where there are none."""

    def __call__(self, host: str, port: int) -> list[str]: ...


def look_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Web:
    """Speak to servers whose addresses somebody else chose; safe for many threads at once.

    `allowed` are private networks that the operator lets us speak to; `trust` says whose certificates are believed, the
    public ones unless told otherwise.
    """

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        resolver: Resolver = look_up,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolver = resolver
        self._trust = trust or httpx.create_ssl_context(trust_env=False)

    def send(self, request: Request) -> Answer:
        """Send a request and give the answer, whatever its status.

        Raises AddressRefused (nothing was sent), Unreachable (nothing was sent) and NoAnswer.
        """
        deadline = time.monotonic() + request.timeout
        url = self._parsed(request.url)
        *others, last = self._found(url)
        for address in others:
            try:
                return self._asked(request, url, address, deadline)
            except Unreachable:  # nothing was sent: another address of the same host may listen
                if time.monotonic() > deadline:
                    raise
        return self._asked(request, url, last, deadline)

    def look_at(self, address: str) -> tuple[httpx.URL, list[str]]:
        """Give a web address in its parts, and where it leads now. Raises AddressRefused and Unreachable."""
        url = self._parsed(address)
        return url, self._found(url)

    def _parsed(self, text: str) -> httpx.URL:
        try:
            url = httpx.URL(text)
            host, port = url.host, PORTS.get(url.scheme, 0) if url.port is None else url.port
        except (httpx.InvalidURL, ValueError) as error:
            raise AddressRefused(f"{text[:200]} is no web address.") from error
        if url.scheme not in PORTS or not host or url.userinfo or not 0 < port <= MOST_PORTS:
            raise AddressRefused(
                f"{text[:200]} is not an address that is spoken to: http or https, a host, and no password in it."
            )
        return url

    def _found(self, url: httpx.URL) -> list[str]:
        """Give the addresses of the host; raises where one of them is not to be spoken to."""
        port = url.port or PORTS[url.scheme]
        try:
            # as it is asked for: a resolver may know other rules for what is no ASCII
            found = self._resolver(url.raw_host.decode(), port)
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"{url.host} has no address: {_said(error)}.") from error
        for one in found:
            if not is_allowed(one, self._allowed):
                raise AddressRefused(
                    f"{url.host} leads to {one}, which is not on the public internet.",
                    hint="Whoever runs Handrail may allow its network: HANDRAIL_ALLOW_NETWORKS=10.1.0.0/16.",
                )
        if not found:
            raise Unreachable(f"{url.host} has no address.")
        return found

    def _asked(self, request: Request, url: httpx.URL, address: str, deadline: float) -> Answer:
        # a connection of its own for each request: a kept one would skip the look at the address
        target = Target(origin=_origin(url), address=address, trust=self._trust)
        limits = Limits(deadline=deadline, most=request.most)
        try:
            status, headers, body = exchange(target, _written(request, url), limits)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise Unreachable(f"{url.host} cannot be reached: {_said(error)}.") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
        ) as error:
            raise NoAnswer(f"{url.host} did not answer: {_said(error)}.") from error
        cut = len(body) > request.most
        return Answer(status=status, headers=headers, body=body[: request.most], cut=cut)


def is_allowed(text: str, allowed: Iterable[Network]) -> bool:
    """Say whether an address is on the public internet or in a network that is allowed."""
    found = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_allowed(str(inner), allowed)
    if any(found in network for network in allowed if network.version == found.version):
        return True
    return _is_public(found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    is_given_out = isinstance(address, IPv4Address) or address in GIVEN_OUT
    is_of_cloud = any(address in network for network in OF_CLOUDS)
    return is_given_out and address.is_global and not (address.is_multicast or is_of_cloud)


def _origin(url: httpx.URL) -> httpcore.Origin:
    return httpcore.Origin(url.raw_scheme, url.raw_host, url.port or PORTS[url.scheme])


def _written(request: Request, url: httpx.URL) -> httpcore.Request:
    """Write a request as it goes out: with its own headers, and those that are ours to set."""
    named = {name.lower(): value for name, value in request.headers.items()}
    headers = {**USUAL, **named, "host": url.netloc.decode(), "connection": "close"}
    if request.body or request.method in WRITING:
        headers["content-length"] = str(len(request.body))
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=list(headers.items()),
        content=request.body,
        extensions={"timeout": {"connect": LONGEST_CONNECT}},
    )


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address that an IPv6 address is another way of writing; None where it is none."""
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _said(error: Exception) -> str:
    """Say what went wrong in a few words, without the address, which may hold a secret."""
    words = str(error).partition("\n")[0]
    return words[:200].rstrip(".") or type(error).__name__
