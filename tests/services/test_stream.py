"""The stream of events: each exactly once, in order, also while many write."""

from threading import Event as Flag

import pytest

from tests.makers import pay, submission
from tests.services.scene import Scene, together
from webapp.keyring import Keyring
from webapp.services.stream import Place, happened_since, newest_place
from webapp.services.submit import submit
from webapp.store import tables
from webapp.work import open_store, unit_of_work

BEGINNING = Place(xid=0, id=0)


@pytest.fixture
def on_postgresql(postgres_url, world):
    store = open_store(postgres_url, world, Keyring("secret" * 6), database_clock=False)
    yield Scene(store, world)
    store.engine.dispose()


def told(scene, place=BEGINNING, at_most=100):
    return scene.read(happened_since, scene.payer.id, place, at_most)


def test_an_agent_is_told_what_happens_to_its_own(scene):
    done = scene.approved()
    scene.submit("pay:1", by=scene.spender)
    found = [(one.handoff_id, one.type, one.status, one.version) for one in told(scene)]
    assert found == [
        (done.id, "submitted", "pending", 1),
        (done.id, "approved", "approved", 2),
    ]


def test_a_stream_goes_on_where_it_was_left(scene):
    scene.running()
    place, found = BEGINNING, []
    while batch := told(scene, place, at_most=1):
        place = Place.read(str(batch[0].place))
        found.append(batch[0].type)
    assert found == ["submitted", "approved", "redeemed"]
    assert told(scene, scene.read(newest_place)) == []


def test_votes_that_do_not_complete_a_quorum_leave_the_version_as_it_is(scene):
    scene.decide(scene.ask(asked=submission(pay(to="bank"))))
    assert [one.version for one in told(scene)] == [1, 1]


@pytest.mark.parametrize(
    "text", ["", "1-2", "2-1-1", "1-x-1", "1-1-1 ", f"1-{1 << 63}-1", "1--1-1"]
)
def test_what_is_no_place_is_refused(text):
    assert Place.read(text) is None


def test_on_postgresql_a_later_commit_is_not_told_before_an_earlier_begin(on_postgresql):
    scene = on_postgresql
    with unit_of_work(scene.store) as work:
        work.begin()
        early = submit(work, scene.payer, "early", submission()).handoff
        late = scene.ask("late")
        assert told(scene) == []
        assert scene.read(newest_place) == BEGINNING
    assert [one.handoff_id for one in told(scene)] == [early.id, late.id]


def test_on_postgresql_a_reader_beside_many_writers_skips_nothing(on_postgresql):
    scene, over = on_postgresql, Flag()

    def write(who):
        try:
            for n in range(12):
                scene.approved(f"{who}:{n}")
        finally:
            finished.append(who)

    def read():
        place, found = BEGINNING, []
        while not over.is_set() or told(scene, place):
            for one in told(scene, place, at_most=7):
                place = one.place
                found.append((one.handoff_id, one.type))
            if len(finished) == 4:
                over.set()
        return found

    finished = []
    *_, found = together(*[lambda who=who: write(who) for who in range(4)], read)
    stored = [(row.handoff_id, row.type) for row in scene.rows(tables.events, "xid", "id")]
    assert found == stored
    assert len(found) == 4 * 12 * 2
