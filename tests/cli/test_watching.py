"""Standing approvals and alerts on the command line: listed, taken back and settled, by the rules of everybody else."""

import pytest

from tests.cli.conftest import SECRET
from tests.makers import HOUR, submission
from tests.schema import sqlite_url
from tests.services.scene import Scene
from webapp.domain.action import Action
from webapp.domain.decision import Role
from webapp.domain.errors import ArgsInvalid
from webapp.domain.handoff import Status
from webapp.domain.standing_terms import StandingWish
from webapp.keyring import Keyring
from webapp.work import open_store
from webapp.world import RealWorld

POLICY = """\
agents: {payer: {owner: payments, autonomy: {start: standard, max: standard}}}
actions:
  credit:
    title: Credit a customer
    risk: medium
    args: {type: object, required: [to], properties: {to: {type: string}}}
    approvals: {from: [payments]}
    standing: {max_for: 8h, max_uses: 20}
stop_loops: {invalid: 2/1h}
"""
WISH = StandingWish(lasts=2 * HOUR, uses=20)


@pytest.fixture
def scene(terminal):
    """The same database, with a policy, agents and people."""
    url = sqlite_url(terminal.home / "handrail.sqlite3")
    store = open_store(url, RealWorld(), Keyring(SECRET), database_clock=False)
    made = Scene(store, RealWorld(), POLICY)
    made.ann, made.vera = made.user("ann"), made.user("vera", role=Role.VIEWER)
    made.sam = made.user("sam", team="sales")
    yield made
    store.engine.dispose()


def ask(scene, key):
    return scene.ask(key, submission(Action(name="credit", args={"to": "carl"})))


@pytest.fixture
def given(scene):
    """A handoff that was approved, and similar ones with it."""
    return scene.decide(ask(scene, "first"), by=scene.ann, standing=WISH)


@pytest.fixture
def alert(scene):
    """An agent that has sent what cannot be stored, twice."""
    for number in range(2):
        with pytest.raises(ArgsInvalid):
            scene.ask(f"odd:{number}", submission(Action(name="credit", args={})))


def test_what_was_approved_in_advance_is_listed_and_taken_back(terminal, scene, given):
    [listed] = terminal.json("standing", "list")["standing_approvals"]
    assert (listed["handoff"], listed["open"], listed["by"]) == (
        given.id,
        True,
        ["ann@example.org"],
    )
    assert "in force" in terminal.run("standing", "list").stdout
    ended = terminal.json("standing", "revoke", listed["id"])
    assert (ended["open"], ended["ended_because"]) == (False, "command line took it back")
    assert terminal.json("standing", "revoke", listed["id"], "--by", "ann@example.org") == ended
    assert "command line took it back" in terminal.run("standing", "list").stdout
    assert ask(scene, "second").status is Status.PENDING


def test_who_takes_it_back_by_name_has_the_rights_of_that_name(terminal, given):
    [name] = [one["id"] for one in terminal.json("standing", "list")["standing_approvals"]]
    words = ("standing", "revoke", name, "--by")
    assert "Only approvers of payments" in terminal.refusal(*words, "vera@example.org")
    assert "no standing approval" in terminal.refusal(*words, "sam@example.org")
    assert terminal.json("standing", "list", "--by", "sam@example.org") == {
        "standing_approvals": []
    }
    ended = terminal.json(*words, "ann@example.org")
    assert ended["ended_because"] == "ann@example.org took it back"


def test_an_alert_is_listed_until_it_is_settled_and_who_did_is_kept(terminal, alert):
    [listed] = terminal.json("alerts", "list")["alerts"]
    assert (listed["kind"], listed["agent"], listed["settled_by"]) == ("invalid", "payer", None)
    assert listed["says"] in terminal.run("alerts", "list").stdout
    settled = terminal.json("alerts", "settle", listed["id"])
    assert settled["settled_by"] == "command line"
    assert terminal.json("alerts", "settle", listed["id"], "--by", "ann@example.org") == settled
    assert terminal.json("alerts", "list") == {"alerts": []}


def test_who_settles_by_name_has_the_rights_of_that_name(terminal, scene, alert):
    [name] = [one["id"] for one in terminal.json("alerts", "list")["alerts"]]
    words = ("alerts", "settle", name, "--by")
    assert "Only an approver or admin of payments" in terminal.refusal(*words, "vera@example.org")
    assert terminal.json("alerts", "list", "--by", "sam@example.org") == {"alerts": []}
    assert terminal.json(*words, "ann@example.org")["settled_by"] == "ann@example.org"


def test_what_does_not_exist_is_named_with_where_to_look(terminal, scene):
    assert terminal.refusal("standing", "revoke", "sa_x") == (
        "There is no standing approval sa_x: `handrail standing list` lists them."
    )
    assert terminal.refusal("alerts", "settle", "al_x") == (
        "There is no alert al_x: `handrail alerts list` lists those that are open."
    )


def test_where_there_is_nothing_that_is_said(terminal, scene):
    assert terminal.run("standing", "list").stdout == "Nothing was approved in advance.\n"
    assert terminal.run("alerts", "list").stdout == "There is no open alert.\n"
