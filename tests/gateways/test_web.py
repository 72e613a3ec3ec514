"""Requests to addresses that somebody else chose: no private network, no redirect, no end of waiting."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from webapp.gateways.web import (
    MOST_BYTES,
    AddressRefused,
    NoAnswer,
    Request,
    Unreachable,
    Web,
    is_allowed,
)

LOOPBACK = (ip_network("127.0.0.0/8"),)
PUBLIC = "8.8.8.8"


def names(**hosts):
    """Give a resolver that knows these hosts, and notes whom it was asked for."""
    asked = []

    def resolve(host, _port):
        asked.append(host)
        if host not in hosts:
            raise OSError("Name or service not known")
        return hosts[host]

    resolve.asked = asked
    return resolve


@contextmanager
def server(*answers, context=None):
    """Serve these raw answers, one a connection; give the port and what was received."""
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for answer in answers:
                line, _ = listener.accept()
                try:
                    if context:
                        line = context.wrap_socket(line, server_side=True)
                    received.append(line.recv(65536))
                    answer(line) if callable(answer) else line.sendall(answer)
                except OSError:
                    received.append(None)
                finally:
                    line.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received


def ask(url, **changes):
    return Request(method="GET", url=url, headers={}, **changes)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_an_answer_is_asked_for_as_it_is_since_nothing_is_unpacked_here():
    with server(OK, OK) as (port, received):
        web = Web(LOOPBACK)
        web.send(ask(f"http://127.0.0.1:{port}/"))
        asked = Request(
            method="GET", url=f"http://127.0.0.1:{port}/", headers={"Accept-Encoding": "br"}
        )
        web.send(asked)
    encodings = [
        [line for line in one.decode().splitlines() if line.lower().startswith("accept-encoding")]
        for one in received
    ]
    assert [[line.partition(": ")[2] for line in found] for found in encodings] == [
        ["identity"],
        ["br"],
    ]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.7", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "::", "ff02::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1",
        "192.0.0.192", "168.63.129.16", "2001:0:7f00:1::80ff:fffe",
    ],
)  # fmt: skip
def test_an_address_that_only_we_reach_is_refused(address):
    assert is_allowed(address, ()) is False
    with pytest.raises(AddressRefused):
        Web(resolver=names(tool=[address])).send(ask("http://tool/hook"))


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700:4700::1111"])
def test_the_public_internet_is_spoken_to(address):
    assert is_allowed(address, ()) is True


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(AddressRefused):
        Web(resolver=names(tool=[PUBLIC, "127.0.0.1"])).send(ask("http://tool/"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://tool/",
        "file:///etc/passwd",
        "http://",
        "tool",
        "http://user:pw@tool/",
        "http://[::1",
        "http://xn--/",
        "http://tool:99999/",
        "http://tool:0/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url):
    with pytest.raises(AddressRefused):
        Web(resolver=names(tool=[PUBLIC])).send(ask(url))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_another_way_of_writing_loopback_is_loopback(host):
    with pytest.raises((AddressRefused, Unreachable)):
        Web().send(ask(f"http://{host}:9/"))


def test_a_network_that_the_operator_allows_is_spoken_to():
    with server(OK) as (port, received):
        answer = Web(LOOPBACK, names(tool=["127.0.0.1"])).send(ask(f"http://tool:{port}/a?b=c"))
    assert (answer.status, answer.body, answer.cut) == (200, b"ok", False)
    assert received[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"host: tool:{port}\r\n".encode() in received[0].lower()


def test_a_name_is_looked_up_once_and_the_connection_goes_where_it_was_looked_at():
    turns = iter([["127.0.0.1"], ["169.254.169.254"]])
    with server(OK) as (port, _):
        answer = Web(LOOPBACK, lambda _host, _port: next(turns)).send(ask(f"http://tool:{port}/"))
    assert answer.status == 200
    assert next(turns) == ["169.254.169.254"]


def test_the_name_that_is_looked_up_is_the_one_that_is_asked_for():
    resolve = names(
        **{"xn--fa-hia.example": ["127.0.0.1"]}
    )  # an older rule makes fass.example of it
    with server(OK) as (port, received):
        Web(LOOPBACK, resolve).send(ask(f"http://fa\u00df.example:{port}/"))
    assert resolve.asked == ["xn--fa-hia.example"]
    assert f"host: xn--fa-hia.example:{port}".encode() in received[0].lower()


def test_a_redirect_is_not_followed():
    away = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    resolve = names(tool=["127.0.0.1"])
    with server(away) as (port, received):
        answer = Web(LOOPBACK, resolve).send(ask(f"http://tool:{port}/"))
    assert (answer.status, len(received), resolve.asked) == (302, 1, ["tool"])


def test_who_is_not_there_is_unreachable_and_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        Web(LOOPBACK, names(tool=["127.0.0.1"])).send(ask(f"http://tool:{port}/"))
    with pytest.raises(Unreachable):
        Web(LOOPBACK, names()).send(ask("http://tool/"))


def test_where_one_address_of_a_host_is_dead_the_next_is_spoken_to():
    resolve = names(tool=["127.0.0.2", "127.0.0.1"])
    with server(OK) as (port, received):
        answer = Web(LOOPBACK, resolve).send(ask(f"http://tool:{port}/"))
    assert (answer.status, len(received)) == (200, 1)


def test_who_was_sent_something_is_not_passed_over_for_another_address():
    resolve = names(tool=["127.0.0.1", "127.0.0.1"])
    with server(lambda _line: None, OK) as (port, received):
        with pytest.raises(NoAnswer):
            Web(LOOPBACK, resolve).send(ask(f"http://tool:{port}/"))
        assert len(received) == 1
        socket.create_connection(("127.0.0.1", port)).close()


def test_who_hangs_up_without_an_answer_leaves_open_what_was_done():
    with (
        server(lambda _line: None) as (port, _),
        pytest.raises(NoAnswer),
    ):
        Web(LOOPBACK, names(tool=["127.0.0.1"])).send(ask(f"http://tool:{port}/"))


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "nothing": (b"", b""),
    "a body": (HEAD + b"Content-Length: 1000\r\n\r\n", b"x"),
    "a header": (HEAD + b"X-Long: ", b"x"),
    "a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "interim answers": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_nobody_keeps_us_waiting_beyond_the_time_of_the_request(what):
    over = threading.Event()
    first, drop = DRIPS[what]

    def slowly(line):
        line.sendall(first)
        ends = time.monotonic() + 5
        while time.monotonic() < ends and not over.wait(0.05):
            line.sendall(drop)

    began = time.monotonic()
    with server(slowly) as (port, _):
        with pytest.raises(NoAnswer):
            Web(LOOPBACK, names(tool=["127.0.0.1"])).send(ask(f"http://tool:{port}/", timeout=0.4))
        over.set()
    assert time.monotonic() - began < 4


def test_who_reads_slowly_what_we_send_is_not_waited_for_either():
    over = threading.Event()

    def slowly(line):
        ends = time.monotonic() + 5
        while time.monotonic() < ends and not over.wait(0.05):
            line.recv(262_144)

    began = time.monotonic()
    with server(slowly) as (port, _):
        asked = ask(f"http://tool:{port}/", timeout=0.4, body=bytes(64 << 20))
        with pytest.raises(NoAnswer):
            Web(LOOPBACK, names(tool=["127.0.0.1"])).send(asked)
        over.set()
    assert time.monotonic() - began < 4


def test_what_one_server_would_have_us_remember_is_told_to_no_other():
    cookie = HEAD + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    web = Web(LOOPBACK, names(tool=["127.0.0.1"], other=["127.0.0.1"]))
    with server(cookie, OK) as (port, received):
        web.send(ask(f"http://tool:{port}/"))
        web.send(ask(f"http://other:{port}/"))
    assert b"cookie" not in received[1].lower()


def test_where_no_time_is_left_to_connect_nothing_was_sent():
    with server(OK) as (port, received):
        with pytest.raises(Unreachable):
            Web(LOOPBACK).send(ask(f"http://127.0.0.1:{port}/", timeout=0.0))
        assert received == []


def test_a_header_that_comes_twice_is_read_as_one():
    twice = b"HTTP/1.1 200 OK\r\nX-One: a\r\nx-one: \xe9\r\nContent-Length: 0\r\n\r\n"
    with server(twice) as (port, _):
        answer = Web(LOOPBACK).send(ask(f"http://127.0.0.1:{port}/"))
    assert answer.headers["x-one"] == "a, é"


def test_a_post_says_how_long_it_is_and_our_own_headers_stand():
    given = {"HOST": "elsewhere", "Connection": "keep-alive", "Content-Length": "7", "X-Own": "1"}
    with server(OK, OK) as (port, received):
        for body in (b"", b"{}"):
            asked = Request(
                method="POST", url=f"http://127.0.0.1:{port}/", headers=given, body=body
            )
            Web(LOOPBACK).send(asked)
    for request, length in zip(received, (0, 2), strict=True):
        lines = request.lower().split(b"\r\n")
        ours = (f"host: 127.0.0.1:{port}", "connection: close", f"content-length: {length}")
        assert {*map(str.encode, ours), b"x-own: 1"} <= set(lines)
        assert b"elsewhere" not in request


def test_an_answer_without_end_is_cut():
    def endless(line):
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"x" * 65536)

    with server(endless) as (port, _):
        answer = Web(LOOPBACK, names(tool=["127.0.0.1"])).send(ask(f"http://tool:{port}/"))
    assert (len(answer.body), answer.cut) == (MOST_BYTES, True)


def certificate(host, folder):
    """Make a key and a certificate for `host` that signs itself; give its file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(plain + made.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("host", ["tool.example", "other.example"])
def test_the_certificate_must_be_that_of_the_name(host, tmp_path):
    file = certificate("tool.example", tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    web = Web(LOOPBACK, lambda *_: ["127.0.0.1"], ssl.create_default_context(cafile=file))
    with server(OK, context=serving) as (port, _):
        if host == "tool.example":
            assert web.send(ask(f"https://{host}:{port}/")).status == 200
        else:
            with pytest.raises(Unreachable):
                web.send(ask(f"https://{host}:{port}/"))
