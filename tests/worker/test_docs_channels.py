"""docs/channels.md: what it says to type works, and no secret is shown."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.schema import prepare, sqlite_url

TEXT = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]
EXPECTED = "the address of a Teams workflow"


@pytest.fixture
def terminal(tmp_path):
    prepare(sqlite_url(tmp_path / "handrail.sqlite3"))
    return Terminal(tmp_path)


def test_every_line_works_and_shows_no_secret(terminal):
    for line in LINES:
        program, *words = shlex.split(line)
        assert program == "handrail"
        terminal.json(*words)
    told = terminal.json("channel", "list")["channels"]
    assert [one["address"] for one in told] == [
        "payments@example.org",
        "oncall@example.org",
        "https://…",
        "mmosts://…",
        "jsons://…",
    ]


def test_who_adds_a_mailbox_where_no_mail_goes_out_is_told(terminal):
    done = terminal.run("channel", "add", "payments", "--mail", "a@example.org")
    assert "set HANDRAIL_SMTP_URL" in done.stdout


def test_who_adds_a_channel_of_slack_where_slack_is_not_set_up_is_told(terminal):
    done = terminal.run("channel", "add", "payments", "--slack", "#refunds")
    assert "set SLACK_BOT_TOKEN" in done.stdout


def test_the_list_says_when_people_are_told(terminal):
    terminal.json("channel", "add", "payments", "--mail", "a@example.org", "--digest", "90m")
    quiet = ("--quiet", "22:00-07:00 Europe/Berlin")
    terminal.json("channel", "add", "payments", "--mail", "b@example.org", *quiet)
    said = terminal.run("channel", "list").stdout
    assert "digest every 90m" in said
    assert "quiet 22:00-07:00 Europe/Berlin" in said


@pytest.mark.parametrize(
    "address",
    [
        "syslog://localhost",
        "file:///etc/passwd",
        "mailto://user:secret@example.org",
        "workflows://host:443/secret/b?template=/etc/passwd",
        "workflows://host:443/secret/b?%74emplate=/etc/passwd",
        "discord://1/secret?a=b;+Template%20=/etc/passwd",
        "json://host/secret?format=html",
    ],
)
def test_what_reads_files_or_is_no_chat_is_refused_and_not_repeated(terminal, address):
    said = terminal.refusal("channel", "add", "payments", "--chat", address)
    assert EXPECTED in said
    assert "secret" not in said
    assert "passwd" not in said


def test_an_address_that_no_chat_has_is_refused(terminal):
    said = terminal.refusal("channel", "add", "payments", "--chat", "https://example.com/secret")
    assert "no address of a chat" in said
    assert "See docs/channels.md" in said
    assert "secret" not in said
    assert terminal.json("channel", "list")["channels"] == []
