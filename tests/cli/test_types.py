"""`handrail policy type` drafts an action type from what was recorded."""

import pytest

from tests.cli.conftest import SECRET
from tests.makers import submission
from tests.schema import sqlite_url
from tests.services.scene import Scene
from tests.worlds import FixedWorld
from webapp.domain.action import Action
from webapp.keyring import Keyring
from webapp.work import open_store


@pytest.fixture
def recorded(terminal):
    """Three handoffs of an action that the policy does not know."""
    url = sqlite_url(terminal.home / "handrail.sqlite3")
    store = open_store(url, FixedWorld(), Keyring(SECRET), database_clock=False)
    scene = Scene(store, store.world)
    for n in range(3):
        scene.ask(f"ship:{n}", submission(Action(name="crates.ship", args={"crate_id": f"c-{n}"})))
    store.engine.dispose()
    return terminal


def test_a_drafted_type_is_a_document_that_passes_the_check(recorded):
    said = recorded.run("policy", "type", "crates.ship").stdout
    assert "crate_id: {type: string, maxLength: 10}  # seen in 3 of 3, 3 values" in said
    file = recorded.file("type.yaml", said)
    found = recorded.json("policy", "check", file)
    about_people = {"nobody_decides", "team_empty", "team_unknown", "too_few_people"}
    told = [one for one in found["warnings"] if one["code"] not in about_people]
    assert (found["problems"], told) == ([], [])


def test_a_drafted_type_is_given_to_scripts_as_yaml_and_as_a_value(recorded):
    made = recorded.json("policy", "type", "crates.ship")
    assert (made["action"], made["seen"]) == ("crates.ship", 3)
    assert (made["type"]["risk"], made["type"]["reversible"]) == ("high", False)
    assert made["yaml"].startswith("actions:\n  crates.ship:")


def test_of_what_nobody_asked_for_no_type_is_drafted(recorded):
    said = recorded.refusal("policy", "type", "crates.open")
    assert said.startswith("Nothing is recorded of crates.open.")
