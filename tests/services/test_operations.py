"""Operations: what is due, tried again and given up is counted, listed and settled by who may."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import insert

from tests.services.test_outbox import fail, lease
from tests.worker.office import ANA, office
from webapp.domain import retry
from webapp.domain.backlog import MOST_COUNTED, counted
from webapp.domain.decision import Membership, Role
from webapp.domain.errors import Forbidden, NotFound
from webapp.domain.message import Reach, Topic
from webapp.services import operations
from webapp.store import acts, tables

BOSS = replace(ANA, memberships=(Membership(team="*", role=Role.ADMIN),))


@pytest.fixture
def desk(database_url):
    with office(database_url) as there:
        yield there


def look(desk, by=BOSS):
    return desk.desk.read(lambda work: operations.look(work, by))


def give_up(desk, error: str = "it broke") -> int:
    """Have the message that tells people of a handoff given up; say its number."""
    desk.ask()
    (told,) = lease(desk)
    last = replace(told, number=retry.USUAL.attempts)
    tried = tables.outbox.update().where(tables.outbox.c.id == last.id)
    desk.desk.transact(lambda work: work.write(tried.values(attempt=last.number)))
    assert fail(desk, last, error) is True
    return last.id


def test_what_is_due_is_counted_by_reach_and_topic_with_its_age(desk):
    desk.ask()
    desk.world.pass_time(minutes=1)
    desk.ask()
    inside, outside = look(desk).backlog.due
    assert (inside.depth, inside.oldest_at, inside.lag(desk.world.now())) == (0, None, 0)
    assert (outside.topics, outside.lag(desk.world.now())) == ({Topic.NOTIFY: 2}, 60)
    desk.world.pass_time(hours=2)
    assert look(desk).backlog.due[0].topics == {Topic.EXPIRE: 2}
    assert desk.desk.read(operations.lag_seconds) == 7260


def test_what_failed_is_listed_until_it_is_done_with_its_next_try(desk):
    desk.ask()
    fail(desk, lease(desk)[0], "it broke")
    found = look(desk)
    [one] = found.retried
    pause = retry.USUAL.delay(1, 0.5)
    assert (one.topic, one.tries, one.error) == (Topic.NOTIFY, 1, "it broke")
    assert one.next_at == desk.world.now() + pause
    assert found.backlog.retried == {Topic.NOTIFY: 1}
    assert (found.given_up, found.backlog.given_up) == ((), {})


def test_what_was_given_up_is_not_due_and_not_tried_again_but_listed(desk):
    number = give_up(desk)
    found = look(desk)
    [one] = found.given_up
    assert (one.id, one.tries, one.at) == (number, retry.USUAL.attempts, desk.world.now())
    assert (found.retried, found.backlog.given_up) == ((), {Topic.NOTIFY: 1})
    assert found.backlog.due[1].depth == 0


def test_a_message_is_set_going_or_struck_out_and_who_did_it_is_known(desk):
    first, second = give_up(desk), give_up(desk)
    one = desk.desk.transact(partial(operations.redrive, message_id=first, by=BOSS))
    two = desk.desk.transact(partial(operations.discard, message_id=second, by=BOSS))
    assert [attempt.id for attempt in lease(desk)] == [first]
    for message, what in ((one, "message.redriven"), (two, "message.discarded")):
        [act] = desk.desk.read(partial(acts.of, about=message.handoff_id, at_most=9))
        assert (act.by, act.what) == (BOSS.email, what)
    for settle in (operations.redrive, operations.discard):
        with pytest.raises(NotFound, match=f"number {second}"):
            desk.desk.transact(partial(settle, message_id=second, by=BOSS))


def test_all_that_was_given_up_is_set_going_at_once(desk):
    numbers = [give_up(desk) for _ in range(3)]
    assert desk.desk.transact(partial(operations.redrive_all, by=BOSS)) == 3
    assert [attempt.id for attempt in lease(desk)] == numbers


@pytest.mark.parametrize(
    "membership",
    [Membership(team="payments", role=Role.ADMIN), Membership(team="*", role=Role.APPROVER)],
)
def test_only_admins_of_every_team_see_and_settle(desk, membership):
    number, other = give_up(desk), replace(ANA, memberships=(membership,))
    for use_case in (
        operations.look,
        operations.redrive_all,
        partial(operations.redrive, message_id=number),
        partial(operations.discard, message_id=number),
    ):
        with pytest.raises(Forbidden):
            desk.desk.transact(partial(use_case, by=other))
    assert len(look(desk).given_up) == 1


def test_counting_ends_where_it_would_take_long(desk):
    row = {"topic": Topic.EXPIRE, "reach": Reach.INSIDE, "handoff_id": "ho_1", "error": "it broke"}
    rows = [{**row, "due_at": desk.world.now() - timedelta(seconds=1)}] * (MOST_COUNTED + 9)
    desk.desk.transact(lambda work: work.connection.execute(insert(tables.outbox), rows))
    found = look(desk)
    assert found.backlog.due[0].depth == found.backlog.retried[Topic.EXPIRE] == MOST_COUNTED + 1
    assert len(found.retried) == operations.MOST_LISTED
    assert [counted(n) for n in (MOST_COUNTED + 1, MOST_COUNTED)] == ["10,000+", "10,000"]
