"""A type is made of what was recorded, and put into a draft beside what stands there."""

import pytest
from sqlalchemy import delete

from tests.makers import POLICY, decision, submission
from webapp.domain.action import Action
from webapp.domain.decision import EVERY_TEAM, Role
from webapp.domain.errors import Conflict, Forbidden, NotFound
from webapp.domain.handoff import Verb
from webapp.domain.policy_document import check, parse
from webapp.services import drafts, seen_types
from webapp.services.decide import decide
from webapp.store import tables

NAME = "crates.ship"


def ship(n, **args):
    return submission(Action(name=NAME, args={"crate_id": f"c-{n}", "weight": n, **args}))


@pytest.fixture
def ada(scene):
    return scene.user("ada", EVERY_TEAM, Role.ADMIN)


@pytest.fixture
def asked(scene):
    """Three handoffs of an action that the policy does not know."""
    return [scene.ask(f"ship:{n}", ship(n)) for n in range(3)]


def add(scene, person, name=NAME):
    return scene.transact(seen_types.add_type, person, name)


def line(added):
    return added.draft.text.splitlines()[added.line - 1]


def test_a_type_is_drafted_from_what_agents_asked_with(scene, asked):
    seen = scene.read(seen_types.draft_type, NAME)
    assert (seen.seen, seen.value["target"]) == (3, "/crate_id")
    assert seen.value["args"]["properties"]["weight"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 2,
    }


def test_what_people_made_of_it_does_not_count(scene, asked, ada):
    args = {"crate_id": "c-1", "weight": 900}
    edit = decision(asked[0], Verb.EDIT, args=args)
    scene.transact(decide, asked[0].id, edit, ada)
    weight = scene.read(seen_types.draft_type, NAME).value["args"]["properties"]["weight"]
    assert weight["maximum"] == 2


def test_what_was_erased_is_not_counted(scene, asked):
    payloads = tables.payloads
    for one in asked[:2]:
        scene.transact(
            lambda work, id_: work.run(delete(payloads).where(payloads.c.handoff_id == id_)),
            one.id,
        )
    assert scene.read(seen_types.draft_type, NAME).seen == 1


def test_only_the_newest_handoffs_are_looked_at(scene, asked):
    found = scene.read(seen_types.recorded.args_of, NAME, 2, 8_000)
    assert [args["weight"] for args in found] == [2, 1]


@pytest.mark.parametrize("name", ["crates.open", "No name", "x" * 300])
def test_of_what_nobody_asked_for_nothing_is_drafted(scene, asked, ada, name):
    for refused in (lambda: scene.read(seen_types.draft_type, name), lambda: add(scene, ada, name)):
        with pytest.raises(NotFound, match="Nothing is recorded"):
            refused()


def test_a_new_draft_holds_the_policy_in_force_and_the_type(scene, asked, ada):
    added = add(scene, ada)
    assert added.began
    assert line(added).strip().startswith(f"{NAME}:  # drafted from 3 recorded handoffs")
    assert check(added.draft.text).problems == ()
    above, below = POLICY.split("unknown_action")
    assert added.draft.text.startswith(above)
    assert added.draft.text.endswith(f"unknown_action{below}")
    assert scene.read(drafts.find, added.draft.id) == added.draft


def test_a_type_goes_into_the_draft_that_the_person_is_at(scene, asked, ada):
    own = scene.transact(drafts.begin, ada, POLICY + "# mine\n", "Mine")
    added = add(scene, ada)
    assert (added.draft.id, added.began, added.draft.note) == (own.id, False, "Mine")
    assert added.draft.text.endswith("# mine\n")


def test_a_type_that_a_draft_has_already_stays_as_it_was_written(scene, asked, ada):
    first = add(scene, ada)
    text = first.draft.text.replace("risk: high  # until a person says otherwise", "risk: low")
    scene.transact(drafts.edit, first.draft.id, ada, text, "", first.draft.digest)
    again = add(scene, ada)
    assert (again.draft.text, again.line) == (text, first.line)


@pytest.mark.parametrize("text", ["actions: {a.b: {risk: low}\n", "- 1\n"])
def test_a_draft_that_nothing_can_be_written_into_is_left_alone(scene, asked, ada, text):
    own = scene.transact(drafts.begin, ada, text)
    added = add(scene, ada)
    assert added.began
    assert scene.read(drafts.find, own.id).text == text


def test_neither_what_waits_for_another_nor_what_is_theirs_is_changed(scene, asked, ada):
    ben = scene.user("ben", EVERY_TEAM, Role.ADMIN)
    theirs = scene.transact(drafts.begin, ben, POLICY)
    mine = scene.transact(drafts.begin, ada, POLICY)
    scene.transact(drafts.propose, mine.id, ada, mine.digest)
    assert add(scene, ada).draft.id not in {theirs.id, mine.id}


def test_what_the_policy_has_a_type_for_is_not_drafted_anew(scene, ada):
    scene.ask()
    with pytest.raises(Conflict, match="has a type for pay already"):
        add(scene, ada, "pay")


@pytest.mark.parametrize(
    ("team", "role"), [("payments", Role.ADMIN), ("*", Role.APPROVER), ("*", Role.AUDITOR)]
)
def test_only_who_may_write_policies_makes_types(scene, asked, team, role):
    with pytest.raises(Forbidden):
        add(scene, scene.user("eve", team, role))


def test_the_drafted_type_lets_through_what_it_was_made_of(scene, asked, ada):
    drawn = parse(add(scene, ada).draft.text, number=2).actions[NAME]
    assert all(drawn.problems(one.action.args) == () for one in asked)
