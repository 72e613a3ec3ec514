"""What holds for every file of the repository, whatever it is for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

REGISTRIES = re.compile(
    "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(?:org|com)"))
)
MACHINE_PATHS = re.compile("/" + r"(?:work|root|home/\w+|Users/\w+)/")
DRAFTS = re.compile(r"^(?:<{7}|>{7}|={7})", re.MULTILINE)
MOCKING = re.compile(r"\b(?:monkeypatch|mocker|MagicMock|unittest\.mock)\b|\btime\.sleep\(")


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts(*patterns: str) -> dict[str, str]:
    """Give the tracked files that hold text, ours and not vendored."""
    found = {}
    for name in tracked(*patterns):
        content = (ROOT / name).read_bytes()
        if b"\0" not in content and not name.startswith("static/vendor/"):
            found[name] = content.decode()
    return found


@pytest.mark.parametrize(
    "pattern", [REGISTRIES, MACHINE_PATHS, DRAFTS], ids=["registries", "machine", "drafts"]
)
def test_no_file_names_a_registry_a_machine_or_a_conflict(pattern):
    named = {name: pattern.findall(text) for name, text in texts().items()}
    assert {name: found for name, found in named.items() if found} == {}


def test_tests_neither_patch_nor_sleep():
    ours = texts("tests/*.py", "sdk/tests/*.py")
    ours.pop("tests/house/test_repository.py", None)
    assert [name for name, text in ours.items() if MOCKING.search(text)] == []


def test_nothing_private_or_made_is_tracked():
    made = re.compile(r"(^|/)(\.venv|var|__pycache__|\.env)(/|$)|\.pyc$|\.sqlite3$|secret-key$")
    assert [name for name in tracked() if made.search(name)] == []


def test_ci_runs_the_verbs_and_nothing_else():
    lines = (ROOT / ".ci/run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make lint types test"]


def test_every_verb_of_the_makefile_is_explained():
    text = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())
    explained = set(re.findall(r"^(\w+):.*## ", text, re.MULTILINE))
    assert phony - explained == {"browser"}


def test_imports_follow_the_directions_of_the_house():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
