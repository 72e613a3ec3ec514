"""The benchmark runs from end to end: what it says of speed is for `make bench` on a quiet machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEASURED = (
    "submissions, against bare Flask, ORM, 3 inserts",
    "submissions, against bare Flask, one statement",
    "decision → resume",
    "full round trips",
    "one released among",
    "memory for each who waits",
    "released within a second",
    "queue page",
    "routing by 100 rules (half in CEL), 20 action types, 5 limits",
    "simulation over",
    "embedded default",
    "submission → message in Slack",
    "decision → message redrawn in Slack",
    "press in Slack → answer",
    "messages by one worker: callbacks",
    "3 workers, one backlog",
    "`handrail up` to the first page",
)


@pytest.fixture(scope="module")
def document(tmp_path_factory) -> str:
    """What a quick run writes."""
    file = tmp_path_factory.mktemp("bench") / "performance.md"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(file)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return file.read_text()


@pytest.mark.parametrize("what", MEASURED)
def test_the_table_has_a_line_for_each_aim(document, what):
    assert what in document


def test_nobody_who_was_released_is_lost(document):
    lost = re.search(r"released within a second.*? ms; (\d+)", document)
    assert lost
    assert lost[1] == "0"


def test_no_message_is_with_two_workers_at_the_same_time(document):
    assert re.search(r"messages done twice \| 0 at the same time, 0 at all", document)


def test_the_document_names_the_machine_but_no_place(document):
    assert re.search(r"on \d+ cores with \d+ GiB, Python 3[.]\d+", document)
    assert not re.search(r"(/tmp|/home|/work|127[.]0)", document)
