"""Lists: what waits, soonest first; what there is, newest first; page by page without loss."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.makers import ANN, person, question, submission
from webapp.domain.action import Action
from webapp.domain.decision import Membership, Role
from webapp.domain.handoff import Status, Verb
from webapp.domain.message import Topic
from webapp.services.expire import end_if_due
from webapp.services.find import Filter, find
from webapp.services.inbox import everything, look, queue
from webapp.store.lists import QueuePlace

PAYOUT = submission(Action(name="finance.payout", args={}))
BOTH = replace(ANN, memberships=(*ANN.memberships, Membership(team="finance", role=Role.APPROVER)))
EVERYWHERE = person("root", "*", Role.ADMIN)


def ids(found):
    return [one.id for one in found]


def pages(scene, who, size):
    """Walk through the whole queue."""
    found, after = [], None
    while True:
        page = scene.read(queue, who, size, after)
        found.extend(page.waiting)
        if not page.more:
            return found
        last = page.waiting[-1]
        after = QueuePlace(waits_until=last.deadline_at, handoff_id=last.id)


@pytest.fixture
def seven(scene):
    """Handoffs whose deadlines fall in another order than they were asked in, some on the same instant."""
    minutes = (50, 10, 30, 10, 40, 20, 10)
    return [
        scene.ask(str(n), submission(expires_in=timedelta(minutes=one)))
        for n, one in enumerate(minutes)
    ]


@pytest.mark.parametrize("who", [ANN, BOTH, EVERYWHERE], ids=["one", "two", "every"])
def test_the_queue_is_walked_soonest_first_without_loss(scene, seven, who):
    wanted = [one.id for one in sorted(seven, key=lambda one: (one.deadline_at, one.id))]
    assert [ids(pages(scene, who, size)) for size in (1, 2, 3, 10)] == [wanted] * 4


def test_each_sees_what_waits_for_them(scene):
    paid, out, asked = scene.ask(), scene.ask("2", PAYOUT), scene.ask("3", question())
    assert ids(scene.read(queue, ANN, 9).waiting) == [paid.id]
    assert ids(scene.read(queue, BOTH, 9).waiting) == [out.id, paid.id]
    assert ids(scene.read(queue, EVERYWHERE, 9).waiting) == [out.id, asked.id, paid.id]
    for onlooker in (person(role=Role.VIEWER), person(team="*", role=Role.AUDITOR)):
        assert scene.read(queue, onlooker, 9).waiting == ()


def test_the_queue_holds_only_what_is_pending(scene):
    scene.decide(scene.ask("1"), Verb.DENY)
    scene.decide(scene.ask("2"), Verb.REQUEST_CHANGES)
    scene.approved("3")
    assert [scene.read(queue, who, 9).waiting for who in (ANN, EVERYWHERE)] == [(), ()]


def test_what_nobody_knows_stays_on_people_s_list(scene):
    ran = scene.running()
    scene.world.pass_time(minutes=15)
    scene.transact(end_if_due, Topic.OVERRUN, ran.id)
    assert ids(scene.read(queue, ANN, 9).unknown) == [ran.id]
    assert scene.read(queue, person(team="support"), 9).unknown == ()


def test_an_agent_s_list_is_walked_newest_first_while_others_are_added(scene, seven):
    found, before = [], None
    for _ in range(4):
        page = scene.read(find, Filter(agent_id=scene.payer.id, before=before), 2)
        found.extend(ids(page.handoffs))
        before = page.handoffs[-1].id
        scene.ask(f"later {before}")
    assert found == ids(reversed(seven))
    assert not page.more


def test_a_list_is_filtered(scene):
    first = scene.ask("1", submission(run_id="run-1", thread_id="thread-1"))
    scene.world.pass_time(hours=1)
    second = scene.decide(scene.ask("2"))
    mine = Filter(agent_id=scene.payer.id)
    for wanted, expected in [
        (replace(mine, run_id="run-1"), [first.id]),
        (replace(mine, thread_id="thread-1"), [first.id]),
        (replace(mine, status=Status.APPROVED), [second.id]),
        (replace(mine, since=scene.world.now()), [second.id]),
        (replace(mine, words="carl 10.00"), [second.id, first.id]),
        (replace(mine, words="10%"), []),
        (replace(mine, agent_id=scene.spender.id), []),
    ]:
        assert ids(scene.read(find, wanted, 9).handoffs) == expected


def test_people_find_what_their_teams_may_see(scene):
    paid, out = scene.ask(), scene.ask("2", PAYOUT)
    finance, other = person(team="finance"), person(team="other")
    auditor = person(team="x", role=Role.AUDITOR)
    found = [ids(scene.read(everything, who, Filter(), 9).handoffs) for who in (ANN, auditor)]
    assert found == [[out.id, paid.id]] * 2
    assert ids(scene.read(everything, finance, Filter(), 9).handoffs) == [out.id]
    assert scene.read(everything, other, Filter(), 9).handoffs == ()


def test_a_look_shows_the_whole_story(scene):
    asked = scene.ask()
    done = scene.decide(asked, Verb.EDIT, args={"to": "zoe", "amount": "1.00"}, note="Less.")
    seen = scene.read(look, ANN, done.id)
    assert (seen.proposed, seen.earlier, seen.handoff) == (asked.action, asked.action, done)
    assert [event.type.value for event in seen.events] == ["submitted", "edited"]
    assert seen.bodies[2]["note"] == "Less."
    assert (seen.state, seen.action_type.title) == (submission().state, "Pay")
