"""Submitting: recorded once for each name, routed, and delivered for as long as the handoff is kept."""

from dataclasses import replace

import pytest

from tests.makers import ANN, HOUR, POLICY, SURE, UNSURE, pay, question, submission
from tests.services.scene import together
from webapp.domain.action import Action
from webapp.domain.decision import Role
from webapp.domain.errors import ArgsInvalid, IdempotencyConflict, OwnRequest
from webapp.domain.handoff import Status, Verb
from webapp.services import accounts
from webapp.services.deliver import deliver
from webapp.services.find import Filter, find
from webapp.store import tables

WRONG = submission(Action(name="pay", args={"to": "carl"}))
INVALID = {"name": "invalid"}


def test_what_is_asked_is_recorded_whole(scene):
    asked = scene.ask()
    assert scene.now(asked) == asked
    assert (asked.status, asked.summary) == (Status.PENDING, "Pay 10.00 to carl")
    assert scene.events(asked) == ["submitted"]
    assert scene.count(tables.outbox) == 2  # the deadline, and telling people


@pytest.mark.parametrize(
    ("action", "sure", "status"),
    [
        (pay(), SURE, Status.APPROVED),
        (pay(), UNSURE, Status.PENDING),
        (pay(), None, Status.PENDING),
        (pay(to="mars"), SURE, Status.BLOCKED),
        (Action(name="launch", args={}), SURE, Status.PENDING),
    ],
)
def test_the_policy_says_where_it_goes(scene, action, sure, status):
    assert scene.ask(asked=submission(action, confidence=sure)).status is status


def test_the_same_ask_again_gives_the_handoff_as_it_stands(scene):
    first = scene.decide(scene.ask())
    reworded = submission(title="Please pay Carl", confidence=0.9, run_id="another run")
    again = scene.submit("pay:1", reworded)
    assert again.replayed
    assert again.handoff == first
    assert scene.count(tables.handoffs) == 1


def test_numbers_that_json_holds_equal_are_the_same_ask(scene):
    first = scene.ask(asked=submission(pay(amount=1)))
    again = scene.submit("pay:1", submission(pay(amount=1.0)))
    assert (again.replayed, again.handoff.id) == (True, first.id)


def test_another_ask_under_the_same_key_is_a_conflict_that_names_the_first(scene):
    first = scene.ask()
    for other in (submission(pay(amount="11.00")), question()):
        with pytest.raises(IdempotencyConflict) as caught:
            scene.submit("pay:1", other)
        assert caught.value.extra["handoff"].id == first.id


def test_a_key_belongs_to_one_agent(scene):
    mine, theirs = scene.submit("pay:1"), scene.submit("pay:1", by=scene.spender)
    assert not theirs.replayed
    assert mine.handoff.id != theirs.handoff.id


def test_the_same_ask_stays_known_when_its_args_are_not_valid_any_more(scene):
    first = scene.ask()
    scene.publish(policy_that_wants("reason"))
    again = scene.submit("pay:1")
    assert (again.replayed, again.handoff.id) == (True, first.id)
    assert scene.count(tables.counters, **INVALID) == 0


def test_invalid_args_are_named_counted_and_not_stored(scene):
    with pytest.raises(ArgsInvalid) as caught:
        scene.submit("pay:1", WRONG)
    assert [problem.pointer for problem in caught.value.problems] == ["/action/args/amount"]
    assert scene.count(tables.handoffs) == 0
    (counter,) = scene.rows(tables.counters)
    assert (counter.agent_id, counter.name, counter.value) == (scene.payer.id, "invalid", 1)


def test_a_refused_submission_does_not_use_its_key_up(scene):
    for _ in range(2):
        with pytest.raises(ArgsInvalid):
            scene.submit("pay:1", WRONG)
    assert not scene.submit("pay:1").replayed
    assert [row.value for row in scene.rows(tables.counters)] == [2]


def test_eight_at_once_make_one_handoff(scene):
    found = together(*[lambda: scene.submit("pay:1")] * 8)
    assert sorted(one.replayed for one in found) == [False] + [True] * 7
    assert len({one.handoff.id for one in found}) == 1
    assert scene.count(tables.events) == 1


def test_eight_different_asks_at_once_under_one_key_make_one_handoff(scene):
    asks = [submission(pay(amount=str(n))) for n in range(8)]
    found = together(*[lambda one=one: scene.submit("pay:1", one) for one in asks])
    conflicts = [one for one in found if isinstance(one, IdempotencyConflict)]
    assert (len(conflicts), scene.count(tables.handoffs)) == (7, 1)


def test_states_come_back_byte_for_byte(scene):
    state, private = b'{"b": 1.0,\n  "a": "\\u00e9"}', '{"née":[1,1.50]}'.encode()
    asked = scene.ask(asked=submission(state=state, private_state=private))
    for handoff in (asked, scene.decide(asked)):
        found = scene.read(deliver, handoff)
        assert (found.state, found.private_state, found.key) == (state, private, "pay:1")


def test_the_private_state_is_encrypted_at_rest(scene):
    scene.ask(asked=submission(private_state=b"do not show this"))
    scene.ask("pay:2", submission(private_state=b"do not show this"))
    sealed = [bytes(row.private_state) for row in scene.rows(tables.payloads)]
    assert all(b"show" not in one for one in sealed)
    assert sealed[0] != sealed[1]


def test_no_state_is_no_state(scene):
    found = scene.read(deliver, scene.ask(asked=submission(state=None, private_state=b"null")))
    assert (found.state, found.private_state) == (None, b"null")


def test_whom_the_agent_acts_for_cannot_decide(scene):
    gil = scene.user("gil", "*", Role.ADMIN)
    asked = scene.ask(asked=submission(on_behalf_of=" Gil@Example.org"))
    assert asked.requesters == (gil.id,)
    with pytest.raises(OwnRequest):
        scene.decide(asked, by=gil)


def test_who_made_the_agent_s_key_cannot_decide(scene):
    maker = scene.user("max")
    by = replace(scene.payer, key_maker=maker.id)
    asked = scene.submit("pay:1", by=by).handoff
    with pytest.raises(OwnRequest):
        scene.decide(asked, Verb.DENY, maker)
    assert scene.decide(asked, by=ANN).status is Status.APPROVED


def test_a_requester_who_is_nobody_here_is_a_mere_claim(scene):
    assert scene.ask(asked=submission(on_behalf_of="cus_77")).requesters == ()


def test_the_maker_of_a_key_is_known_by_the_key(scene):
    maker = scene.user("max")
    key = scene.transact(accounts.add_key, "payer", by=maker.email)
    assert scene.read(accounts.identify, key.secret, None).key_maker == maker.id


def test_a_question_waits_for_the_people_and_the_time_that_the_policy_names(scene):
    asked = scene.ask(asked=question())
    assert asked.deadline_at == scene.world.now() + 1.5 * HOUR
    assert scene.queue() == [("support", asked.id, asked.deadline_at)]


def test_an_ask_is_found_by_its_key(scene):
    asked = scene.ask("refund:8841")
    wanted = Filter(agent_id=scene.payer.id, key="refund:8841")
    assert [one.id for one in scene.read(find, wanted, 5).handoffs] == [asked.id]
    theirs = replace(wanted, agent_id=scene.spender.id)
    assert scene.read(find, theirs, 5).handoffs == ()


def policy_that_wants(field):
    """The policy, with one more arg that has to be there."""
    return POLICY.replace("required: [to, amount]", f"required: [to, amount, {field}]")
