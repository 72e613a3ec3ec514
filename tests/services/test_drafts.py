"""A policy on its way: who may write, propose and publish it, and what two people mean."""

import pytest

from tests.makers import POLICY
from tests.services.scene import together
from webapp.domain.decision import EVERY_TEAM, Role
from webapp.domain.errors import Conflict, Forbidden, NotFound, PolicyInvalid, SubmissionInvalid
from webapp.domain.policy_draft import PolicyDraft
from webapp.services import drafts, policies

BY_TWO = POLICY + "publishing: {by: two}\n"
NEXT = BY_TWO.replace("risk: medium", "risk: high")


@pytest.fixture
def admins(scene):
    return tuple(scene.user(name, EVERY_TEAM, Role.ADMIN) for name in ("ada", "ben"))


@pytest.fixture
def by_two(scene):
    """A policy in force that wants two people."""
    return scene.publish(BY_TWO)


def proposed(scene, person, text=NEXT):
    draft = scene.transact(drafts.begin, person, text)
    return scene.transact(drafts.propose, draft.id, person, draft.digest)


def publish(scene, draft, person, **seen):
    return scene.transact(drafts.publish, draft.id, person, seen.pop("shown", draft.digest), **seen)


def in_force(scene):
    return scene.read(policies.standing).policy


def test_a_draft_begins_as_the_policy_in_force_and_is_published_as_the_next(scene, admins):
    draft = scene.transact(drafts.begin, admins[0])
    assert (draft.text, draft.based_on) == (POLICY, 1)
    edited = scene.transact(drafts.edit, draft.id, admins[0], NEXT, "Dearer", draft.digest)
    assert publish(scene, edited, admins[0]) == 2
    assert in_force(scene).text == NEXT
    assert scene.read(drafts.find, draft.id).published_as == 2
    assert scene.read(drafts.open_ones) == []


@pytest.mark.parametrize(
    ("team", "role"), [("payments", Role.ADMIN), ("*", Role.APPROVER), ("*", Role.AUDITOR)]
)
def test_only_admins_of_every_team_write_and_publish(scene, admins, team, role):
    other = scene.user("eve", team, role)
    draft = proposed(scene, admins[0])
    for refused in (
        lambda: scene.transact(drafts.begin, other),
        lambda: scene.transact(drafts.edit, draft.id, other, "{}", "", draft.digest),
        lambda: scene.transact(drafts.propose, draft.id, other, draft.digest),
        lambda: scene.transact(drafts.discard, draft.id, other, draft.digest),
        lambda: publish(scene, draft, other),
        lambda: scene.transact(drafts.publish_text, "{}", other, other.email),
        lambda: scene.transact(drafts.roll_back, 1, other, other.email),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert in_force(scene).number == 1


def test_where_two_must_publish_nobody_publishes_what_is_theirs(scene, admins, by_two):
    ada, ben = admins
    draft = proposed(scene, ada)
    with pytest.raises(Forbidden, match="is yours"):
        publish(scene, draft, ada)
    assert publish(scene, draft, ben) == by_two + 1


def test_who_changed_it_last_counts_as_well_as_who_proposed_it(scene, admins, by_two):
    ada, ben = admins
    draft = scene.transact(drafts.begin, ada, NEXT)
    draft = scene.transact(drafts.propose, draft.id, ben, draft.digest)
    for person in admins:
        with pytest.raises(Forbidden, match="is yours"):
            publish(scene, draft, person)
    assert publish(scene, draft, scene.user("cleo", EVERY_TEAM, Role.ADMIN)) == by_two + 1


def test_what_is_changed_after_it_was_proposed_must_be_proposed_again(scene, admins, by_two):
    ada, ben = admins
    draft = proposed(scene, ada)
    draft = scene.transact(drafts.edit, draft.id, ada, BY_TWO + "# more\n", "", draft.digest)
    with pytest.raises(Conflict, match="propose it first"):
        publish(scene, draft, ben)


def test_the_policy_in_force_decides_by_how_many(scene, admins, by_two):
    ada, ben = admins
    by_one = proposed(scene, ada, POLICY)
    with pytest.raises(Forbidden):
        publish(scene, by_one, ada)
    publish(scene, by_one, ben)
    assert publish(scene, proposed(scene, ada), ada) == by_two + 2


def test_a_document_is_published_by_two_only_as_somebody_else_proposed_it(scene, admins, by_two):
    ada, ben = admins
    for person in (None, ada, ben):
        with pytest.raises(Forbidden, match="wants two people"):
            scene.transact(drafts.publish_text, NEXT, person, "x")
    proposed(scene, ada)
    for person, text in ((None, NEXT), (ada, NEXT), (ben, NEXT + "# a word more\n")):
        with pytest.raises(Forbidden, match="wants two people"):
            scene.transact(drafts.publish_text, text, person, "x")
    assert scene.transact(drafts.publish_text, NEXT, ben, ben.email) == by_two + 1


def test_rolling_back_publishes_the_old_text_as_a_new_version(scene, admins):
    scene.publish(POLICY + "# second\n")
    assert scene.transact(drafts.roll_back, 1, admins[0], "ada") == 3
    assert in_force(scene).text == POLICY
    with pytest.raises(NotFound):
        scene.transact(drafts.roll_back, 9, admins[0], "ada")


def test_rolling_back_takes_two_where_publishing_does(scene, admins, by_two):
    ada, ben = admins
    with pytest.raises(Forbidden):
        scene.transact(drafts.roll_back, 1, None, "x")
    draft = scene.transact(drafts.roll_back, 1, ada, ada.email)
    assert isinstance(draft, PolicyDraft)
    assert in_force(scene).number == by_two
    assert publish(scene, draft, ben) == by_two + 1
    assert in_force(scene).text == POLICY


def test_nobody_publishes_or_changes_what_they_have_not_seen(scene, admins):
    ada, ben = admins
    draft = scene.transact(drafts.begin, ada, NEXT)
    scene.transact(drafts.edit, draft.id, ada, "{}", "", draft.digest)
    for change in (
        lambda: publish(scene, draft, ben),
        lambda: scene.transact(drafts.edit, draft.id, ben, POLICY, "", draft.digest),
        lambda: scene.transact(drafts.propose, draft.id, ben, draft.digest),
        lambda: scene.transact(drafts.discard, draft.id, ben, draft.digest),
    ):
        with pytest.raises(Conflict, match="changed this draft meanwhile"):
            change()


def test_what_was_compared_with_another_version_is_compared_again(scene, admins):
    draft = scene.transact(drafts.begin, admins[0], NEXT)
    scene.publish(POLICY + "# meanwhile\n")
    with pytest.raises(Conflict, match="published meanwhile"):
        publish(scene, draft, admins[0], over=1)
    assert publish(scene, draft, admins[0], over=2) == 3


def test_what_has_problems_is_neither_proposed_nor_published(scene, admins):
    draft = scene.transact(drafts.begin, admins[0], "unknown_acton: block\n")
    with pytest.raises(PolicyInvalid):
        scene.transact(drafts.propose, draft.id, admins[0], draft.digest)
    with pytest.raises(PolicyInvalid):
        publish(scene, draft, admins[0])
    assert scene.read(drafts.find, draft.id).is_open


def test_a_draft_that_is_over_stays_over(scene, admins):
    draft = scene.transact(drafts.begin, admins[0], NEXT)
    scene.transact(drafts.discard, draft.id, admins[0], draft.digest)
    with pytest.raises(Conflict, match="published or discarded"):
        publish(scene, draft, admins[0])
    with pytest.raises(NotFound):
        scene.read(drafts.find, "pd_none")


def test_a_document_too_large_to_read_is_not_kept(scene, admins):
    with pytest.raises(SubmissionInvalid):
        scene.transact(drafts.begin, admins[0], "x" * 300_000)


def test_lines_end_as_on_this_side(scene, admins):
    assert scene.transact(drafts.begin, admins[0], "timezone: UTC\r\n").text == "timezone: UTC\n"


def test_two_who_publish_one_draft_at_once_publish_it_once(scene, admins):
    draft = scene.transact(drafts.begin, admins[0], NEXT)
    done = together(*[lambda person=one: publish(scene, draft, person) for one in admins])
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "int"]
    assert in_force(scene).number == 2
