"""What a receiver takes for the desk's: signed with its secret, just now, and not changed by a byte."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from handrail import CallbackRefused, World, callbacks

README = Path(__file__).parents[1] / "README.md"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WORLD = World(now=lambda: NOW)
SECRET, OTHER = (f"whsec_{base64.b64encode(one * 32).decode()}" for one in (b"s", b"o"))
DATA = {"id": "ho_1", "status": "approved", "version": 2, "revision": 1, "links": {}}
BODY = json.dumps(
    {"type": "handoff.approved", "timestamp": "2026-11-21T09:00:00Z", "data": DATA}
).encode()


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    """Give the headers as another implementation of the standard makes them."""
    signature = Webhook(secret).sign("ho_1_v2", at, body.decode())
    return {
        "Webhook-Id": "ho_1_v2",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": signature,
    }


def check(headers, body=BODY, secret=SECRET):
    return callbacks.verify(secret, headers, body, world=WORLD)


def test_what_the_desk_signed_is_read():
    event = check(signed())
    assert (event.id, event.type) == ("ho_1_v2", "handoff.approved")
    assert (event.handoff_id, event.status, event.version) == ("ho_1", "approved", 2)
    assert event.reply == {}


def test_a_challenge_is_to_be_echoed():
    body = b'{"type": "callback.challenge", "challenge": "abc"}'
    event = check(signed(body), body)
    assert (event.reply, event.handoff_id, event.version) == ({"challenge": "abc"}, None, 0)


def test_while_a_secret_is_rotated_either_will_do():
    both = {**signed(), "Webhook-Signature": "v1a,x v1,! " + signed()["Webhook-Signature"]}
    assert check(both).version == 2
    assert check(signed(), secret=[OTHER, SECRET]).version == 2
    with pytest.raises(CallbackRefused):
        check(signed(), secret=[OTHER])


def test_an_empty_secret_takes_nothing():
    for empty in ("", "whsec_"):
        with pytest.raises(ValueError, match="empty"):
            check(signed(), secret=empty)


def test_the_lines_of_the_readme_run():
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    [block] = [one for one in blocks if "callbacks.verify" in one]
    at = World().now()
    here = {"secret": SECRET, "headers": signed(at=at), "body": BODY}
    exec(compile(block, "README", "exec"), here)
    assert here["event"].version == 2


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_is_not_of_this_moment_is_refused(seconds):
    with pytest.raises(CallbackRefused, match="clock"):
        check(signed(at=NOW + timedelta(seconds=seconds)))
    assert check(signed(at=NOW + timedelta(seconds=seconds - seconds // 150)))


def test_a_body_with_one_byte_changed_is_refused():
    with pytest.raises(CallbackRefused):
        check(signed(), BODY.replace(b"approved", b"approvee"))


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
@pytest.mark.parametrize("value", [None, "", "x", "v1,x", "1e9", "-1", "²", "v1,é"])
def test_what_is_not_signed_as_it_must_be_is_refused(name, value):
    headers = signed()
    del headers[name]
    if value is not None:
        headers[name] = value
    with pytest.raises(CallbackRefused):
        check(headers)
