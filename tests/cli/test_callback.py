"""`handrail agent callback` and `handrail callbacks`: from the first address to what was given up."""

from dataclasses import replace

import pytest

from tests.receiver import LOOPBACK, receiver, says

NAME = "billing-agent"


@pytest.fixture
def terminal(terminal):
    terminal.json("agent", "add", NAME, "--owner", "payments")
    return replace(terminal, networks=LOOPBACK)


@pytest.fixture
def hook():
    with receiver() as found:
        yield found


def call(terminal, *words):
    return terminal.json("agent", "callback", NAME, *words)


def test_an_endpoint_is_registered_verified_rotated_and_removed(terminal, hook):
    assert call(terminal)["callback"] is None
    made = call(terminal, "--url", hook.url, "--content", "full")
    secret = made.pop("secret")
    assert made["callback"]["state"] == "unverified"
    assert set(made["callback"]) == {
        "url", "content", "state", "verified_at", "old_secret_until", "problem",
    }  # fmt: skip
    assert call(terminal, "--verify")["callback"]["state"] == "verified"
    assert hook.posts[0].fits(secret)
    rotated = call(terminal, "--rotate")
    assert rotated["secret"] != secret
    assert rotated["callback"]["old_secret_until"]
    assert call(terminal, "--end-old")["callback"]["old_secret_until"] is None
    assert "secret" not in call(terminal, "--show")
    assert call(terminal, "--content", "thin")["callback"]["content"] == "thin"
    assert call(terminal, "--remove") == {"agent": NAME, "removed": hook.url}
    assert "has no endpoint" in terminal.refusal("agent", "callback", NAME, "--rotate")


def test_an_endpoint_that_does_not_echo_is_said_why(terminal, hook):
    call(terminal, "--url", hook.url)
    hook.answers.append(says(500))
    said = terminal.refusal("agent", "callback", NAME, "--verify")
    assert "it answered 500 Internal Server Error" in said
    assert "The last challenge failed" in terminal.run("agent", "callback", NAME).stdout


def test_another_address_is_verified_at_once_with_the_secret_that_there_is(terminal, hook):
    secret = call(terminal, "--url", "http://127.0.0.1:9/")["secret"]
    moved = call(terminal, "--url", hook.url)
    assert moved["callback"]["state"] == "verified"
    assert "secret" not in moved
    assert hook.posts[0].fits(secret)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost:6379/", "http://[::1]/"]
)
def test_an_address_inside_is_refused_unless_whoever_runs_handrail_allows_it(terminal, url):
    outside = replace(terminal, networks="")
    said = outside.refusal("agent", "callback", NAME, "--url", url)
    assert "HANDRAIL_ALLOW_NETWORKS" in said or "has no address" in said
    assert call(terminal)["callback"] is None


def test_somebody_without_the_right_is_refused(terminal, hook):
    terminal.json("user", "add", "ann@example.org", "--role", "approver", "--team", "payments")
    said = terminal.refusal("agent", "callback", NAME, "--url", hook.url, "--by", "ann@example.org")
    assert said == "Only admins of payments may do this."


def test_two_things_at_once_are_refused(terminal, hook):
    words = ("agent", "callback", NAME, "--url", hook.url, "--rotate")
    assert "--rotate by itself" in terminal.refusal(*words)


def test_what_was_told_and_given_up_is_listed(terminal):
    assert terminal.json("callbacks", "list", NAME) == {"agent": NAME, "callbacks": []}
    assert terminal.json("callbacks", "list", NAME, "--given-up")["callbacks"] == []
    assert terminal.json("callbacks", "redrive", NAME) == {"agent": NAME, "redriven": 0}
    assert "about ho_1" in terminal.refusal("callbacks", "redrive", NAME, "--handoff", "ho_1")
