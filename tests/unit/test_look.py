"""A look: whatever an agent writes into its args, the same server and the same path are asked."""

import json
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.executor import Credentials, Header
from webapp.domain.look import (
    LONGEST_URL,
    MOST_BYTES,
    ArgRefused,
    Look,
    Seen,
    address_of,
    from_json,
    read_answer,
    to_json,
)
from webapp.domain.redaction import REMOVED

HOSTILE = st.text(st.sampled_from("/\\.?#@:;%&=+{}ab \r\n\0é") | st.characters(codec="utf-8"))
LOOK = Look(url="https://bank.internal/orders/{id}?from={/who/name}&all")


def filled(value, url="https://bank.internal/orders/{id}"):
    return address_of(Look(url=url), {"id": value})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("8841", "8841"),
        ("a?x=1", "a%3Fx%3D1"),
        ("a#b", "a%23b"),
        ("a\r\nHost: evil", "a%0D%0AHost%3A%20evil"),
        ("%2e%2e%2f", "%252e%252e%252f"),
        ("2026/11", "2026%2F11"),
        ("@evil.example", "%40evil.example"),
        ("né…\u202e", "n%C3%A9%E2%80%A6%E2%80%AE"),
        ("...", "..."),
        (12, "12"),
        (0.5, "0.5"),
        (True, "true"),
    ],
)
def test_an_arg_is_encoded_whole(value, written):
    assert filled(value) == f"https://bank.internal/orders/{written}"


@pytest.mark.parametrize("value", ["..", ".", "", "../admin", "x/../../admin", "..\\admin", "a/."])
def test_an_arg_never_leads_out_of_its_place_in_the_path(value):
    with pytest.raises(ArgRefused):
        filled(value)


def test_a_dot_beside_a_dot_is_two():
    with pytest.raises(ArgRefused):
        filled(".", "https://bank.internal/.{id}/x")


@pytest.mark.parametrize("value", [None, [], {}, {"a": 1}])
def test_what_is_not_one_word_is_refused(value):
    with pytest.raises(ArgRefused):
        filled(value)
    with pytest.raises(ArgRefused):
        address_of(LOOK, {})


def test_in_the_query_anything_goes_and_stays_one_value():
    url = address_of(LOOK, {"id": "1", "who": {"name": "../a&b=c"}})
    assert url == "https://bank.internal/orders/1?from=..%2Fa%26b%3Dc&all"
    assert filled("", "https://bank.internal/?q={id}") == "https://bank.internal/?q="


def test_an_endless_arg_is_refused():
    with pytest.raises(ArgRefused, match="longer"):
        filled("é" * LONGEST_URL)


@given(HOSTILE, HOSTILE)
def test_no_arg_changes_server_path_or_number_of_parts(path, query):
    try:
        url = address_of(LOOK, {"id": path, "who": {"name": query}})
    except ArgRefused:
        return
    parsed = httpx.URL(url)
    assert (parsed.scheme, parsed.netloc) == ("https", b"bank.internal")
    assert url.startswith("https://bank.internal/orders/")
    assert parsed.raw_path.startswith(b"/orders/")
    assert parsed.raw_path.partition(b"?")[0].count(b"/") == 2
    assert list(parsed.params) == ["from", "all"]
    assert parsed.params["from"] == query
    assert parsed.fragment == ""
    assert parsed.path == f"/orders/{path}"


def seen(body, status=200, **how):
    return read_answer(status, body, **{"cut": False, **how})


def test_an_answer_is_json_of_any_kind():
    assert seen(b'{"status": "open"}') == Seen(status=200, answer={"status": "open"})
    assert seen(b"null") == Seen(status=200)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<script>alert(1)</script>", "not JSON"),
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": NaN}', "number"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b"[" * 17 + b"]" * 17, "deeper"),
        (b"[" * 20_000, "deeper"),
        (json.dumps({str(n): n for n in range(1_001)}).encode(), "keys"),
        (b'"' + b"x" * MOST_BYTES + b'"', "larger"),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_sentence(body, words):
    found = seen(body)
    assert words in found.problem
    assert found.answer is None


def test_half_an_answer_is_none():
    assert "larger" in seen(b"{}", cut=True).problem


@pytest.mark.parametrize("status", [302, 404, 500, 799])
def test_another_status_than_success_is_a_problem_with_its_answer(status):
    found = seen(b'{"error": "gone"}', status)
    assert f"answered {status}" in found.problem
    assert found.answer == {"error": "gone"}
    assert seen(b"<html>", status).problem == found.problem


def test_what_was_shown_is_never_kept():
    found = seen(b'{"tk-1": ["Bearer tk-1"], "tk-1": 1}', secrets=["tk-1", ""])
    assert "tk-1" not in found.problem
    found = seen(b'{"tk-1": ["Bearer tk-1"]}', secrets=["tk-1", ""])
    assert found.answer == {REMOVED: [f"Bearer {REMOVED}"]}


def test_a_look_is_stored_and_read_again_as_it_was():
    look = Look(
        url="https://bank.internal/{id}",
        headers=(Header(name="X-Api-Key", secret="bank"), Header(name="X-Team", text="pay")),
        credentials=Credentials(secret="bank-token"),
        timeout=timedelta(seconds=7),
    )
    assert from_json(json.loads(json.dumps(to_json(look)))) == look
    assert from_json(to_json(LOOK)) == LOOK
    assert to_json(None) is from_json(None) is None
    assert look.secrets == ("bank", "bank-token")
    assert LOOK.says == f"GET {LOOK.url}"
