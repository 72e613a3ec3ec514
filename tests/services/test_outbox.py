"""The outbox: nothing is handed out twice at a time, nothing is lost, nothing is tried for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from tests.worker.office import office
from webapp.domain import retry
from webapp.domain.message import Attempt, Reach, Topic
from webapp.services import operations, outbox
from webapp.store import tables

LENGTH = timedelta(seconds=30)


@pytest.fixture
def desk(database_url):
    with office(database_url) as there:
        yield there


def lease(desk, limit: int = 100, reach: Reach = Reach.OUTSIDE) -> list[Attempt]:
    return desk.desk.transact(lambda work: outbox.lease(work, reach, limit, LENGTH))


def next_due(desk, reach: Reach) -> timedelta | None:
    return desk.desk.read(lambda work: outbox.next_due(work, reach))


def claim(desk, attempt: Attempt):
    return desk.desk.read(lambda work: outbox.claim(work, attempt))


def fail(desk, attempt: Attempt, error: str = "it broke") -> bool:
    return desk.desk.transact(lambda work: outbox.failed(work, attempt, error))


def test_a_message_is_leased_when_it_is_due_and_not_before(desk):
    desk.ask()
    (told,) = lease(desk)
    assert claim(desk, told).topic is Topic.NOTIFY
    desk.world.pass_time(hours=2)
    assert [claim(desk, one).topic for one in lease(desk)] == [Topic.NOTIFY]
    assert [claim(desk, one).topic for one in lease(desk, reach=Reach.INSIDE)] == [Topic.EXPIRE]


def test_what_waits_for_a_neighbour_stands_in_nobodys_way(desk):
    for _ in range(3):
        desk.ask()
    desk.world.pass_time(hours=2)
    topics = [claim(desk, one).topic for one in lease(desk, 3, Reach.INSIDE)]
    assert topics == [Topic.EXPIRE] * 3


def test_a_job_that_may_take_long_keeps_its_message(desk):
    desk.ask()
    (told,) = lease(desk)
    hour = timedelta(hours=1)
    assert desk.desk.transact(lambda work: outbox.hold(work, told, hour)) is True
    desk.world.pass_time(minutes=59)
    assert lease(desk) == []
    desk.world.pass_time(minutes=2)
    assert len(lease(desk)) == 1
    assert desk.desk.transact(lambda work: outbox.hold(work, told, hour)) is False


def test_a_neighbour_that_asks_to_wait_is_given_the_time_but_not_for_ever(desk):
    desk.ask()
    longest = retry.USUAL.longest
    for asked, given in ((timedelta(minutes=3), timedelta(minutes=3)), (longest * 9, longest)):
        (one,) = lease(desk)
        desk.desk.transact(partial(outbox.failed, attempt=one, error="429", after=asked))
        assert next_due(desk, Reach.OUTSIDE) == given
        desk.world.pass_time(seconds=given.total_seconds())


def test_the_oldest_messages_are_leased_first(desk):
    asked = []
    for _ in range(3):
        asked.append(desk.ask().id)
        desk.world.pass_time(minutes=1)
    assert [claim(desk, one).handoff_id for one in lease(desk, 2)] == asked[:2]


def test_a_leased_message_is_given_to_nobody_else(desk):
    desk.ask()
    assert (len(lease(desk)), lease(desk)) == (1, [])


def test_relays_at_the_same_time_never_lease_the_same_message(desk):
    for _ in range(40):
        desk.ask()
    with ThreadPoolExecutor(4) as relays:
        taken = [one for found in relays.map(lambda _: lease(desk, 10), range(8)) for one in found]
    assert len({one.id for one in taken}) == len(taken)
    assert len(taken) + len(lease(desk)) == 40


def test_a_lease_that_ends_makes_the_message_due_again_as_another_attempt(desk):
    desk.ask()
    (first,) = lease(desk)
    desk.world.pass_time(seconds=31)
    assert lease(desk) == [Attempt(id=first.id, number=2)]


def test_what_nobody_was_given_is_not_claimed_by_its_number(desk):
    desk.ask()
    (told,) = lease(desk)
    numbers = [
        row.id for row in desk.desk.read(lambda work: work.run(tables.outbox.select()).all())
    ]
    assert [claim(desk, Attempt(id=one, number=0)) for one in numbers] == [None] * 2
    fail(desk, told)
    assert claim(desk, told) is None  # it is put off, and comes again as another attempt


def test_an_overtaken_attempt_claims_nothing_and_records_nothing(desk):
    desk.ask()
    (first,) = lease(desk)
    desk.world.pass_time(seconds=31)
    (second,) = lease(desk)
    fail(desk, first)
    desk.desk.transact(lambda work: outbox.done(work, first))
    assert (claim(desk, first), bool(claim(desk, second))) == (None, True)


def test_what_is_done_is_gone(desk):
    desk.ask()
    (told,) = lease(desk)
    desk.desk.transact(lambda work: outbox.done(work, told))
    assert (claim(desk, told), desk.topics()) == (None, ["handoff.expire"])


def test_what_failed_comes_again_after_the_backoff(desk):
    desk.ask()
    (first,) = lease(desk)
    assert fail(desk, first) is False
    pause = retry.USUAL.delay(1, 0.5)
    assert next_due(desk, Reach.OUTSIDE) == pause
    desk.world.pass_time(seconds=pause.total_seconds())
    assert lease(desk) == [Attempt(id=first.id, number=2)]


def test_the_last_failure_gives_up_and_stays_visible(desk):
    desk.ask()
    (first,) = lease(desk)
    last = Attempt(id=first.id, number=retry.USUAL.attempts)
    tried = tables.outbox.update().where(tables.outbox.c.id == last.id)
    desk.desk.transact(lambda work: work.write(tried.values(attempt=last.number)))
    assert fail(desk, last) is True
    assert desk.desk.read(operations.backlog).given_up == {Topic.NOTIFY: 1}
    desk.world.pass_time(minutes=30)
    assert lease(desk) == []


def test_a_long_error_is_cut(desk):
    desk.ask()
    fail(desk, lease(desk)[0], "x" * 5000)
    stored = desk.desk.read(
        lambda work: work.run(
            tables.outbox.select().where(tables.outbox.c.error.is_not(None))
        ).one()
    )
    assert len(stored.error) == outbox.LONGEST_ERROR


def test_the_next_message_is_due_at_once_later_or_never(desk):
    assert next_due(desk, Reach.OUTSIDE) is None
    desk.ask()
    assert next_due(desk, Reach.OUTSIDE) == timedelta(0)
    lease(desk)
    assert next_due(desk, Reach.OUTSIDE) is None
    assert next_due(desk, Reach.INSIDE) == timedelta(hours=2)
