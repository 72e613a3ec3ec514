"""Tasks at the gate: admitted at once, or completed by people within what the policy lets them."""

import pytest

from tests.makers import ANN, errand, person, question, submission, task
from tests.services.scene import Scene
from webapp.domain.action import Action
from webapp.domain.errors import (
    AlreadyDecided,
    IdempotencyConflict,
    NotAnApprover,
    SubmissionInvalid,
)
from webapp.domain.handoff import Kind, Status, Verb
from webapp.domain.run_errors import PolicyChanged
from webapp.domain.stop import Scope
from webapp.domain.verdict import Route
from webapp.services import resumption, stops
from webapp.services.deliver import BEGIN, BEGIN_SCOPED, deliver, instruction
from webapp.services.find import Filter, find
from webapp.services.withdraw import end_run, withdraw

POLICY = """\
agents: {payer: {owner: payments}}
tasks:
  ticket:
    inputs: {type: object, required: [ticket], properties: {ticket: {type: string}}}
    touches: {allow: ["orders/*"], review: ["customers/*"], deny: ["customers/secret/*"]}
    approvals: {from: [support]}
    deadline: {after: 2h}
"""
SUE = person("sue", "support")
FIT = {"inputs": {"ticket": "42"}, "touches": ["orders/1"]}


@pytest.fixture
def gate(store, world) -> Scene:
    return Scene(store, world, POLICY)


def ask(scene, key="ticket:42", **changes):
    return scene.ask(key, errand(task(**{**FIT, **changes})))


def scope(scene, handoff, by=SUE, **completed):
    return scene.decide(handoff, Verb.RESPOND, by, response={"task": completed})


def wrong(caught):
    return [(one.pointer, one.code) for one in caught.value.problems]


def test_a_fit_task_is_admitted_at_once_and_waits_for_nobody(gate):
    handoff = ask(gate)
    assert (handoff.status, handoff.decided, handoff.permit) == (Status.ANSWERED, None, None)
    assert handoff.is_admitted
    assert gate.queue() == []
    assert gate.events(handoff) == ["submitted"]
    assert instruction(gate.now(handoff)) == BEGIN


def test_what_is_not_fit_waits_for_the_team_of_its_type(gate):
    handoff = ask(gate, inputs={})
    assert handoff.status is Status.PENDING
    assert [(team, name) for team, name, _ in gate.queue()] == [("support", handoff.id)]
    assert gate.now(handoff) == handoff
    assert "Do not begin" in instruction(handoff)


def test_a_person_completes_it_and_the_agent_gets_the_whole_task(gate):
    handoff = scope(gate, ask(gate, inputs={}), inputs={"ticket": "42"})
    assert handoff.is_admitted
    assert (handoff.verdict.route, instruction(handoff)) == (Route.AUTO, BEGIN_SCOPED)
    given = gate.read(deliver, handoff).said["response"]["task"]
    assert given == task(**FIT).to_json()
    assert gate.faults() == []


def test_what_it_still_lacks_is_told_field_by_field_and_nothing_is_stored(gate):
    handoff = ask(gate, inputs={}, acceptance=[])
    with pytest.raises(SubmissionInvalid) as caught:
        scope(gate, handoff, acceptance=["well done"])
    assert wrong(caught) == [
        ("/response/task/inputs/ticket", "task_input_missing"),
        ("/response/task/acceptance", "task_acceptance_uncheckable"),
    ]
    assert gate.now(handoff) == handoff


def test_a_person_may_let_it_touch_what_needs_a_word(gate):
    handoff = ask(gate, touches=["customers/1", "stock/1"])
    assert handoff.status is Status.PENDING
    admitted = scope(gate, handoff, touches=["customers/1", "stock/1"])
    assert admitted.is_admitted
    assert [one.code for one in admitted.verdict.reasons] == [
        "task_touch_review",
        "task_touch_outside",
    ]
    assert gate.faults() == []


@pytest.mark.parametrize("touch", ["customers/secret/1", "customers/../customers/secret/1"])
def test_nobody_may_let_it_touch_what_is_denied(gate, touch):
    handoff = ask(gate, touches=[touch])
    with pytest.raises(SubmissionInvalid) as caught:
        scope(gate, handoff, touches=["orders/1", touch])
    assert [pointer for pointer, _ in wrong(caught)] == ["/response/task/touches/1"]
    assert scope(gate, handoff, touches=["orders/1"]).is_admitted


@pytest.mark.parametrize(
    ("response", "pointer"),
    [
        ({}, "/response"),
        ({"interpretation": "same"}, "/response"),
        ({"task": "do it"}, "/response"),
        ({"task": {}, "more": 1}, "/response"),
        ({"task": {"goal": " "}}, "/response/task/goal"),
        ({"task": {"goals": "x"}}, "/response/task/goals"),
        ({"task": {"inputs": None}}, "/response/task/inputs"),
        ({"task": {"acceptance": "status is closed"}}, "/response/task/acceptance"),
        ({"task": {"touches": [1]}}, "/response/task/touches/0"),
        ({"task": {"type": "other"}}, "/response/task/type"),
    ],
)
def test_an_answer_that_is_no_task_is_refused_where_it_is_wrong(gate, response, pointer):
    handoff = ask(gate, inputs={})
    with pytest.raises(SubmissionInvalid) as caught:
        gate.decide(handoff, Verb.RESPOND, SUE, response=response)
    assert pointer in [place for place, _ in wrong(caught)]


def test_the_same_answer_again_changes_nothing_and_another_is_too_late(gate):
    handoff = ask(gate, inputs={})
    first = scope(gate, handoff, inputs={"ticket": "42"})
    assert scope(gate, handoff, inputs={"ticket": "42"}) == first
    with pytest.raises(AlreadyDecided):
        scope(gate, handoff, inputs={"ticket": "43"})


def test_only_the_team_of_the_type_completes_it(gate):
    with pytest.raises(NotAnApprover):
        scope(gate, ask(gate, inputs={}), person("pat", "payments"), inputs={"ticket": "42"})


@pytest.mark.parametrize(
    ("verb", "status"),
    [(Verb.DENY, Status.DENIED), (Verb.REQUEST_CHANGES, Status.CHANGES_REQUESTED)],
)
def test_people_may_deny_a_task_or_ask_back(gate, verb, status):
    handoff = gate.decide(ask(gate, inputs={}), verb, SUE)
    assert (handoff.status, handoff.is_admitted) == (status, False)
    assert "Do not begin" in instruction(handoff)


def test_an_agent_that_completes_the_task_itself_is_admitted(gate):
    handoff = ask(gate, inputs={})
    revised = gate.revise(handoff, errand(task(**FIT)))
    assert revised.is_admitted
    assert gate.queue() == []


def test_after_asking_back_a_person_looks_at_what_comes_next(gate):
    asked = gate.decide(ask(gate, inputs={}), Verb.REQUEST_CHANGES, SUE)
    revised = gate.revise(asked, errand(task(**FIT)))
    assert (revised.status, revised.revision) == (Status.PENDING, 2)
    assert scope(gate, revised).is_admitted
    assert gate.faults() == []


def test_a_person_completes_a_task_also_under_a_stop(gate):
    gate.transact(stops.stop, Scope.GLOBAL, None, "It loops", "ann")
    handoff = ask(gate)
    assert handoff.status is Status.PENDING
    assert scope(gate, handoff).is_admitted


def test_a_fit_task_that_a_stop_held_back_is_admitted_when_it_is_lifted(gate):
    stop = gate.transact(stops.stop, Scope.GLOBAL, None, "It loops", "ann")
    fit, lacking = ask(gate), ask(gate, "ticket:43", inputs={})
    gate.world.pass_time(minutes=10)
    gate.transact(stops.resume, stop.id, "ann")
    for name in gate.read(resumption.affected, stop.id, ""):
        gate.transact(resumption.take_up, stop.id, name)
    now = gate.now(fit)
    assert (now.is_admitted, now.permit, now.deadline_at) == (True, None, None)
    assert gate.now(lacking).status is Status.PENDING
    assert gate.faults() == []


def test_the_policy_in_force_judges_what_a_person_completes(gate):
    handoff = ask(gate, inputs={})
    gate.publish(POLICY.replace("required: [ticket]", "required: [ticket, due]"))
    with pytest.raises(SubmissionInvalid) as caught:
        scope(gate, handoff, inputs={"ticket": "42"})
    assert wrong(caught) == [("/response/task/inputs/due", "task_input_missing")]
    assert scope(gate, handoff, inputs={"ticket": "42", "due": "1"}).verdict.policy == 2
    assert gate.faults() == []


def test_the_same_task_in_other_words_is_the_same_ask_and_other_inputs_are_not(gate):
    first = ask(gate)
    again = gate.submit("ticket:42", errand(task(**{**FIT, "goal": "Close the ticket 42"})))
    assert (again.handoff.id, again.replayed) == (first.id, True)
    with pytest.raises(IdempotencyConflict):
        ask(gate, touches=["orders/2"])


def test_tasks_can_be_listed_by_their_kind(gate):
    handoff = ask(gate)
    gate.ask("pay:1")
    listed = gate.read(find, Filter(kind=Kind.TASK.value), 9).handoffs
    assert [one.id for one in listed] == [handoff.id]


# ---- actions that need a task

NEEDY = """\
agents:
  payer: {owner: payments, autonomy: {start: standard, max: standard}}
  spender: {owner: payments, autonomy: {start: standard, max: standard}}
tasks: {ticket: {}, case: {}}
actions:
  pay: {risk: low, args: {type: object}, needs_task: {type: ticket, otherwise: block}}
  note: {risk: low, args: {type: object}, needs_task: true}
"""


@pytest.fixture
def needy(store, world) -> Scene:
    return Scene(store, world, NEEDY)


def act(scene, key, task_id=None, by=None, name="pay"):
    said = {"task_id": task_id} if task_id else {}
    action = Action(name=name, args={})
    asked = submission(action, confidence=1.0, task_id=task_id, said=said)
    return scene.submit(key, asked, by).handoff


def codes(handoff):
    return [one.code for one in handoff.verdict.reasons]


def test_what_names_its_admitted_task_runs_and_what_names_none_does_not(needy):
    admitted = needy.ask("ticket:1", errand())
    assert act(needy, "pay:1", admitted.id).status is Status.APPROVED
    refused = act(needy, "pay:2")
    assert (refused.status, codes(refused)) == (Status.BLOCKED, ["task_missing"])
    assert codes(act(needy, "note:1", name="note")) == ["task_missing"]
    assert needy.faults() == []


def test_a_task_serves_only_its_own_agent_and_only_once_it_is_admitted(needy):
    admitted = needy.ask("ticket:1", errand())
    waiting = needy.ask("ticket:2", errand(task(acceptance=[])))
    plain = act(needy, "note:1", admitted.id, name="note")
    for number, (name, by) in enumerate(
        [(admitted.id, needy.spender), (waiting.id, None), (plain.id, None), ("ho_none", None)]
    ):
        refused = act(needy, f"pay:{number}", name, by)
        assert (refused.status, codes(refused)) == (Status.BLOCKED, ["task_not_admitted"])
    assert needy.faults() == []


def test_a_task_of_another_type_serves_only_where_any_does(needy):
    admitted = needy.ask("case:1", errand(task(type="case")))
    assert codes(act(needy, "pay:1", admitted.id)) == ["task_not_admitted"]
    assert act(needy, "note:1", admitted.id, name="note").status is Status.APPROVED


def test_a_task_counts_as_what_it_was_judged_by(needy):
    needy.publish('tasks: {"*": {}}')
    admitted = needy.ask("ticket:1", errand())
    needy.publish(NEEDY)
    assert codes(act(needy, "pay:1", admitted.id)) == ["task_not_admitted"]


def test_what_belongs_to_an_admitted_task_can_be_redeemed(needy):
    admitted = needy.ask("ticket:1", errand())
    handoff = act(needy, "pay:1", admitted.id)
    assert needy.redeem(handoff).status is Status.RUNNING


def test_a_policy_that_begins_to_need_a_task_recalls_what_has_none(needy):
    needy.publish(NEEDY.replace(", needs_task: true", ""))
    handoff = act(needy, "note:1", name="note")
    needy.publish(NEEDY)
    with pytest.raises(PolicyChanged):
        needy.redeem(handoff)


LONGER = NEEDY.replace("ticket: {}", "ticket: {valid: 30d}")


def test_a_task_lets_handoffs_refer_to_it_for_as_long_as_its_type_says(needy):
    admitted = needy.ask("ticket:1", errand())
    needy.world.pass_time(days=6, hours=23)
    assert act(needy, "pay:1", admitted.id).status is Status.APPROVED
    needy.world.pass_time(hours=1)
    ended = act(needy, "pay:2", admitted.id)
    assert (ended.status, codes(ended)) == (Status.BLOCKED, ["task_ended"])
    assert ended.verdict.reasons[0].fix == (
        "task_id: the id of an admitted task of the type ticket, admitted within the last 7d"
    )
    assert codes(act(needy, "note:1", admitted.id, name="note")) == ["task_ended"]
    needy.publish(LONGER)
    assert act(needy, "pay:3", admitted.id).status is Status.APPROVED
    assert needy.faults() == []


def test_the_validity_of_a_task_counts_from_the_word_that_admitted_it(needy):
    waiting = needy.ask("ticket:1", errand(task(acceptance=[])))
    needy.world.pass_time(hours=23)
    admitted = scope(needy, waiting, ANN, acceptance=["its status is closed"])
    needy.world.pass_time(days=6, hours=23)
    assert act(needy, "pay:1", admitted.id).status is Status.APPROVED


def test_a_task_that_ends_takes_nothing_back_and_holds_up_nobody_s_edit(needy):
    admitted = needy.ask("ticket:1", errand())
    needy.world.pass_time(days=6, hours=23)
    handoff = act(needy, "pay:1", admitted.id)
    needy.publish(NEEDY + "timezone: Europe/Berlin\n")
    unsure = submission(
        Action(name="pay", args={}), task_id=admitted.id, said={"task_id": admitted.id}
    )
    waiting = needy.ask("pay:2", unsure)
    needy.world.pass_time(hours=2)
    assert needy.redeem(handoff).status is Status.RUNNING
    edited = needy.decide(waiting, Verb.EDIT, args={"amount": "1.00"})
    assert edited.status is Status.APPROVED
    assert needy.faults() == []


def test_nothing_leans_on_a_task_that_was_withdrawn_or_whose_run_has_ended(needy):
    taken_back = needy.ask("ticket:1", errand())
    of_run = needy.ask("ticket:2", errand(run_id="run_7"))
    question_of_run = needy.ask("which:1", question(run_id="run_7"))
    needy.decide(question_of_run, Verb.RESPOND, ANN, response={"interpretation": "same"})
    other = needy.ask("ticket:3", errand(run_id="run_8"))
    assert needy.transact(withdraw, needy.payer, taken_back.id).status is Status.WITHDRAWN
    ended = needy.transact(end_run, needy.payer, "run_7")
    assert [one.id for one in ended] == [of_run.id]
    for one in (taken_back, of_run):
        assert codes(act(needy, f"pay:{one.id}", one.id)) == ["task_not_admitted"]
    assert act(needy, "pay:3", other.id).status is Status.APPROVED
    assert needy.faults() == []


def test_an_agent_that_names_its_task_later_is_routed_again(needy):
    admitted = needy.ask("ticket:1", errand())
    handoff = act(needy, "note:1", name="note")
    assert handoff.status is Status.PENDING
    asked = submission(
        handoff.action, confidence=1.0, task_id=admitted.id, said={"task_id": admitted.id}
    )
    assert needy.revise(handoff, asked).status is Status.APPROVED
    assert needy.faults() == []
