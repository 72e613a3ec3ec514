"""What we took from others is exactly what the lock file says, and nothing else is loaded."""

import importlib.util
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"
TEMPLATES = STATIC.with_name("templates")


@pytest.fixture(scope="module")
def fetch():
    spec = importlib.util.spec_from_file_location("fetch", STATIC / "vendor" / "fetch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_has_the_sum_in_the_lock_file(fetch):
    assert fetch.wrong_sums(fetch.read_lock()) == []


def test_a_changed_file_is_noticed(fetch):
    lock = fetch.read_lock()
    lock["outputs"]["icons.svg"]["sha384"] = fetch.digest(b"something else")
    assert fetch.wrong_sums(lock) == ["icons.svg"]


def test_nothing_lies_in_vendor_that_the_lock_file_does_not_name(fetch):
    found = {
        str(path.relative_to(STATIC / "vendor"))
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert found == {*fetch.read_lock()["outputs"], "lock.json", "fetch.py"}


def test_every_icon_in_use_is_in_the_sprite_and_no_other(fetch):
    root = STATIC.parent
    sources = [
        *TEMPLATES.rglob("*.html"),
        *(root / "webapp" / "browser").glob("*.py"),
        *(root / "webapp" / "http").glob("*.py"),
    ]
    text = "\n".join(path.read_text() for path in sources)
    listed = set(fetch.read_lock()["outputs"]["icons.svg"]["icons"])
    quoted = set(re.findall(r"""["']([a-z][a-z0-9-]*)["']""", text))
    named = set(re.findall(r"""icon\(["']([a-z0-9-]+)["']\)""", text))
    assert named <= listed
    assert listed <= quoted


def test_every_package_has_its_licence_text(fetch):
    licences = {path.read_text()[:20] for path in (STATIC / "vendor" / "licences").iterdir()}
    assert len(licences) == len(fetch.read_lock()["packages"])
