"""Asking the address of a look: over a real connection, and nothing that goes wrong there is raised."""

import gzip
import json
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network

import pytest

from tests.serving import Quiet, served
from webapp.domain.executor import Credentials, Header
from webapp.domain.look import MOST_BYTES, Look, Seen
from webapp.domain.redaction import REMOVED
from webapp.gateways.looks import ask
from webapp.gateways.secrets import Secrets
from webapp.gateways.web import Web

LOOPBACK = (ip_network("127.0.0.0/8"),)


class Bank(Quiet):
    """A server that keeps what it was asked, and says `answers` of it."""

    heard: list
    answers: list

    def take(self):
        self.heard.append(self)
        status, body, headers = self.answers.pop(0)
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def bank(body=b"{}", status=200, **headers):
    heard, answers = [], [(status, body, headers)]
    with served(Bank, heard=heard, answers=answers) as address:
        yield address, heard


def asked(look, folder=None, args=None, allowed=LOOPBACK):
    return ask(Web(allowed), Secrets(folder), look, args or {})


def test_a_look_is_one_get_with_the_args_in_its_address():
    with bank(b'{"status": "open"}') as (address, heard):
        seen = asked(Look(url=f"{address}/orders/{{id}}?x={{id}}"), args={"id": "a/ü?"})
    assert seen == Seen(status=200, answer={"status": "open"})
    [request] = heard
    assert (request.command, request.path) == ("GET", "/orders/a%2F%C3%BC%3F?x=a%2F%C3%BC%3F")
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"


def test_secrets_go_by_name_and_never_come_back(tmp_path):
    (tmp_path / "bank").write_text("tk-1\n")
    (tmp_path / "key").write_text("tk-2\n")
    said = json.dumps({"you sent": "Bearer tk-1", "tk-2": True}).encode()
    with bank(said) as (address, heard):
        look = Look(
            url=f"{address}/",
            credentials=Credentials(secret="bank"),
            headers=(Header(name="X-Key", secret="key"), Header(name="Accept", text="text/json")),
        )
        seen = asked(look, tmp_path)
    assert seen.answer == {"you sent": f"Bearer {REMOVED}", REMOVED: True}
    shown = heard[0].headers
    assert shown["authorization"] == "Bearer tk-1"
    assert shown["x-key"] == "tk-2"
    assert shown.get_all("accept") == ["text/json"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((b"<script>alert(1)</script>", 200), "not JSON"),
        ((b"[" * 30_000, 200), "deeper"),
        ((b"9" * (1 << 21), 200), f"larger than {MOST_BYTES:,} bytes"),
        ((gzip.compress(b"{}"), 200), "UTF-8"),
        ((b"{}", 503), "answered 503 Service Unavailable"),
    ],
)
def test_an_answer_that_nobody_can_go_by_is_a_sentence(answer, words):
    with bank(*answer) as (address, _):
        assert words in asked(Look(url=f"{address}/")).problem


def test_a_redirect_is_not_followed():
    with bank(b'{"a": 1}') as (elsewhere, never), bank(b"", 302, location=elsewhere) as (here, _):
        seen = asked(Look(url=f"{here}/"))
    assert "answered 302" in seen.problem
    assert never == []


def test_nobody_is_asked_in_a_network_that_is_not_allowed():
    with bank() as (address, heard):
        seen = asked(Look(url=f"{address}/"), allowed=())
    assert "not on the public internet" in seen.problem
    assert heard == []


def test_what_cannot_be_asked_at_all_is_a_sentence_too(tmp_path):
    with bank() as (address, heard):
        locked = Look(url=f"{address}/", credentials=Credentials(secret="bank"))
        assert "The secret bank" in asked(locked, tmp_path).problem
        assert ". or .. alone" in asked(Look(url=f"{address}/{{id}}"), args={"id": ".."}).problem
        assert heard == []
    assert "cannot be reached" in asked(Look(url=f"{address}/")).problem


def test_a_server_that_takes_its_time_is_left():
    class Slow(Quiet):
        def take(self):
            self.rfile.read(1)  # until the other side is gone

    with served(Slow) as address:
        seen = asked(Look(url=f"{address}/", timeout=timedelta(milliseconds=200)))
    assert "did not answer" in seen.problem
