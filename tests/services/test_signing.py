"""The keys behind permits: made once, rotated without a gap, and forgotten when their last token has ended."""

import pytest

from tests.services.scene import together
from webapp.domain.permit import KEPT_AFTER, TOKEN_LIFE
from webapp.services import signing
from webapp.store import tables


@pytest.fixture
def desk(scene):
    """The scene, and short words for what is done with keys."""
    scene.begin = lambda: scene.transact(signing.begin)
    scene.rotate = lambda **how: scene.transact(signing.rotate, **how)
    scene.published = lambda: [key.kid for key in scene.read(signing.published)]
    return scene


def test_the_first_key_is_made_once_however_many_ask_for_it(desk):
    found = together(*[desk.begin] * 4)
    assert len({keys[0].kid for keys in found}) == 1
    assert desk.count(tables.signing_keys) == 1


def test_a_rotation_makes_the_key_that_signs_from_now_on(desk):
    (old,) = desk.begin()
    new, still = desk.rotate()
    assert (still.kid, new.superseded_at) == (old.kid, None)
    assert desk.published() == [new.kid, old.kid]
    assert new.to_jwk()["x"] != old.to_jwk()["x"]


def test_an_old_key_stays_published_until_its_last_token_has_ended_and_is_then_forgotten(desk):
    (old,) = desk.begin()
    desk.world.pass_time(days=1)
    new = desk.rotate()[0]
    desk.world.pass_time(seconds=TOKEN_LIFE.total_seconds())
    assert desk.published() == [new.kid, old.kid]
    desk.world.pass_time(seconds=(KEPT_AFTER - TOKEN_LIFE).total_seconds())
    assert desk.published() == [new.kid]
    desk.rotate()
    assert old.kid not in {row.kid for row in desk.rows(tables.signing_keys)}


def test_after_a_leak_the_old_keys_are_gone_at_once(desk):
    desk.begin()
    desk.rotate()
    (new,) = desk.rotate(revoke=True)
    assert desk.published() == [new.kid]
    assert desk.count(tables.signing_keys) == 1


def test_of_rotations_at_once_one_key_signs_in_the_end(desk):
    desk.begin()
    together(*[desk.rotate] * 3)
    assert desk.count(tables.signing_keys) == 4
    assert len(set(desk.published())) == 4


def test_a_rotation_before_the_first_permit_makes_the_first_key(desk):
    assert len(desk.rotate()) == 1
