"""docs/slack.md: what it says to type works, and the manifest asks for just what is used."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Terminal
from tests.schema import prepare, sqlite_url
from tests.slack.fake import METHODS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "slack.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]
SCOPE_OF = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "bots.info": "users:read",
}


@pytest.fixture
def terminal(tmp_path):
    """A command line on a database with one person."""
    prepare(sqlite_url(tmp_path / "handrail.sqlite3"))
    here = Terminal(tmp_path)
    here.json("user", "add", "ann@example.org", "--role", "approver", "--team", "payments")
    return here


def test_every_line_works(terminal):
    for line in LINES:
        program, *words = shlex.split(line)
        assert program == "handrail"
        terminal.json(*words)
    told = terminal.json("channel", "list")["channels"]
    assert [one["team"] for one in told] == ["payments", "payments", "platform", "*"]
    assert told[1]["quiet"] == "22:00-07:00 Europe/Berlin"
    assert told[2]["digest_minutes"] == 60


def test_the_manifest_asks_for_what_is_used_and_sends_people_where_we_listen():
    manifest = yaml.safe_load((DOCS / "slack-manifest.yaml").read_text())
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert {SCOPE_OF[name] for name in METHODS if name in SCOPE_OF} <= scopes
    address = manifest["settings"]["interactivity"]["request_url"]
    assert address.endswith("/slack/interactions")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("payments",), "Say where, once"),
        (("payments", "--slack", "refunds"), "a channel such as #refunds"),
        (("payments", "--slack", "#a", "--mail", "a@example.org"), "Say where, once"),
        (("payments", "--mail", "nobody"), "an e-mail address"),
        (("payments", "--slack", "#a", "--quiet", "at night"), "22:00-07:00"),
        (("payments", "--slack", "#a", "--digest", "1s"), "five minutes"),
        (("pay ments", "--slack", "#a"), "a team's name"),
    ],
)
def test_what_cannot_be_told_to_is_refused_with_what_can(terminal, words, said):
    assert said in terminal.refusal("channel", "add", *words)
