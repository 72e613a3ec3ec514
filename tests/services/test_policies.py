"""Publishing: numbered, never changed, and in force from the moment it is committed."""

import pytest
from sqlalchemy import update

from tests.makers import POLICY
from tests.services.scene import together
from webapp.domain.errors import NotFound, PolicyInvalid, Unavailable
from webapp.services import policies
from webapp.store import policies as store
from webapp.store import tables


def test_versions_are_numbered_and_stay_as_they_were(scene):
    second = scene.publish(POLICY + "# changed\n")
    assert second == 2
    assert [scene.read(policies.at, n).text for n in (1, 2)] == [POLICY, POLICY + "# changed\n"]
    assert scene.read(policies.standing).policy.number == 2
    assert [one[0] for one in scene.read(store.versions)] == [2, 1]


def test_what_is_wrong_is_not_published(scene):
    with pytest.raises(PolicyInvalid):
        scene.publish("actions: {pay: {risk: enormous}}")
    assert scene.read(policies.standing).policy.number == 1


@pytest.mark.parametrize("number", [-1, 0, 2, 2**31, 10**30])
def test_an_unknown_version_is_not_found(scene, number):
    with pytest.raises(NotFound):
        scene.read(policies.at, number)


def test_without_a_policy_nothing_is_routed(read):
    with pytest.raises(Unavailable, match="No policy"):
        read(policies.standing)


def test_versions_published_at_once_have_numbers_of_their_own(scene):
    found = together(*[lambda n=n: scene.publish(f"{POLICY}# {n}\n") for n in range(3)])
    assert sorted(found) == [2, 3, 4]


def test_a_policy_whose_text_was_changed_in_the_database_routes_nothing(scene):
    number = scene.publish(POLICY + "# mine\n")
    changed = update(tables.policies).where(tables.policies.c.number == number)
    scene.transact(lambda work: work.write(changed.values(text=POLICY + "# theirs\n")))
    with pytest.raises(Unavailable, match="not as it was published"):
        scene.read(policies.at, number)
