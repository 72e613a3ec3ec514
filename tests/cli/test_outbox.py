"""`handrail outbox` and docs/operations.md: what each line says it does, it does."""

import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.cli.conftest import SECRET
from tests.schema import sqlite_url
from webapp.domain.message import Reach, Topic
from webapp.keyring import Keyring
from webapp.services.readiness import figures
from webapp.store import tables
from webapp.work import open_store, reading, unit_of_work
from webapp.world import RealWorld

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]
HOSTILE = "OSError: \x1b[2J\u202egnp.exe\nand more"
ANN = "ann@example.org"
FORGOTTEN, USELESS, FAILED = 4711, 4712, 4713


@pytest.fixture
def store(terminal):
    url = sqlite_url(terminal.home / "handrail.sqlite3")
    found = open_store(url, RealWorld(), Keyring(SECRET), database_clock=False)
    yield found
    found.engine.dispose()


@pytest.fixture
def terminal(terminal):
    """A command line where Ann may do everything and Bob is an admin of one team."""
    terminal.json("user", "add", ANN, "--role", "admin", "--team", "*")
    terminal.json("user", "add", "bob@example.org", "--role", "admin", "--team", "payments")
    return terminal


@pytest.fixture
def box(store):
    """An outbox with one message that failed and two that were given up."""
    with unit_of_work(store) as work:
        row = {
            "topic": Topic.NOTIFY,
            "reach": Reach.OUTSIDE,
            "handoff_id": "ho_1",
            "due_at": work.now - timedelta(minutes=2),
            "attempt": 100,
            "error": HOSTILE,
        }
        aside = {**row, "given_up_at": work.now}
        rows = [{**aside, "id": FORGOTTEN}, {**aside, "id": USELESS}]
        work.write(insert(tables.outbox), [*rows, {**row, "given_up_at": None, "id": FAILED}])


@pytest.mark.usefixtures("box")
def test_the_list_says_what_is_due_tried_again_and_given_up(terminal):
    said = terminal.json("outbox", "list")
    inside, outside = said["due"]
    assert (inside["depth"], inside["lag_seconds"], inside["oldest_due_at"]) == (0, 0.0, None)
    assert outside["topics"] == {Topic.NOTIFY: 1}
    assert 120 <= outside["lag_seconds"] < 180
    assert said["workers"] is None
    assert [one["id"] for one in said["retried"]["first"]] == [FAILED]
    assert [one["id"] for one in said["given_up"]["first"]] == [FORGOTTEN, USELESS]
    assert said["given_up"]["counts"] == {Topic.NOTIFY: 2}
    assert said["given_up"]["first"][0]["error"] == HOSTILE


@pytest.mark.usefixtures("box")
def test_no_error_writes_on_the_terminal_as_it_likes(terminal):
    lines = terminal.run("outbox", "list").stdout.splitlines()
    [told] = [line for line in lines if line.startswith(str(FORGOTTEN))]
    assert told.endswith("OSError: ⟨U+001B⟩[2J⟨U+202E⟩gnp.exe and more")
    assert "inside: nothing is due" in lines
    assert any("Redis is away" in line for line in lines)


@pytest.mark.usefixtures("box")
def test_every_line_of_the_page_works_and_leaves_nothing_given_up(terminal, store):
    said = []
    for line in LINES:
        program, *words = shlex.split(line)
        assert program == "handrail"
        done = terminal.run(*words)
        assert done.exit_code == (1 if words == ["doctor"] else 0), done.stderr
        said.append(done.stdout)
        if "--all" in words:  # the next line discards what this one has set going
            give_up(store, USELESS)
    assert [one.strip() for one in said[-3:]] == ["1 set going.", "1 set going.", "1 discarded."]
    assert terminal.json("outbox", "list")["given_up"] == {"counts": {}, "first": []}


def give_up(store, number):
    with unit_of_work(store) as work:
        this = tables.outbox.update().where(tables.outbox.c.id == number)
        work.write(this.values(given_up_at=work.now))


@pytest.mark.usefixtures("box")
def test_one_number_that_is_not_given_up_settles_none(terminal):
    said = terminal.refusal("outbox", "redrive", str(FORGOTTEN), str(FAILED))
    assert said == f"No message of the number {FAILED} was given up."
    assert len(terminal.json("outbox", "list")["given_up"]["first"]) == 2
    assert terminal.json("outbox", "redrive", "4711", "4711") == {"redriven": 1}


@pytest.mark.usefixtures("box")
def test_admins_of_one_team_settle_nothing(terminal):
    for words in (("redrive", "4711"), ("redrive", "--all"), ("discard", "4711")):
        said = terminal.refusal("outbox", *words, "--by", "bob@example.org")
        assert said.startswith("Only admins of every team")


def test_what_to_settle_is_said_once(terminal):
    for words in (("redrive",), ("redrive", "1", "--all"), ("discard",)):
        assert "Give the numbers" in terminal.refusal("outbox", *words)


def test_the_page_explains_every_figure_with_its_labels(store):
    with reading(store) as work:
        text = figures(work, {}).decode()
    told = dict(re.findall(r"^\| `(handrail_\w+)` \| (.*?) \|", TEXT, re.MULTILINE))
    assert set(told) == set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    for name, labels in re.findall(r"^(\w+)\{(.*?)\}", text, re.MULTILINE):
        assert re.findall(r"`(\w+)`", told[name]) == re.findall(r"(\w+)=", labels)
