"""Simulating another policy over what was recorded: what would change, and nothing that does."""

from datetime import timedelta

import pytest

from tests.makers import (
    POLICY,
    SURE,
    UNSURE,
    errand,
    pay,
    person,
    policy,
    question,
    submission,
    task,
)
from webapp.domain.handoff import Verb
from webapp.domain.simulation import Group, Simulation
from webapp.domain.stop import Scope
from webapp.domain.verdict import Route
from webapp.services import simulate as service
from webapp.services.stops import stop
from webapp.services.withdraw import withdraw
from webapp.store import recorded, tables

AUTO, REVIEW, BLOCK = Route.AUTO, Route.REVIEW, Route.BLOCK
EASIER = POLICY.replace("auto: 0.9,", "auto: 0.4,")


@pytest.fixture
def simulated(scene):
    """What another policy would have done, by agent, action, and route before and after."""

    def run(text: str, days: int = 30) -> Simulation:
        candidate = policy(text, 0)
        running = scene.read(service.simulation, candidate)
        scene.read(lambda work: list(service.simulate(work, running, timedelta(days=days))))
        return running

    return run


def by_spender(scene, key, asked=None):
    return scene.submit(key, asked or submission(confidence=SURE), scene.spender).handoff


def test_the_policy_of_then_changes_nothing(scene, simulated):
    for number, to in enumerate(["carl", "bank", "mars"]):
        scene.ask(f"pay:{number}", submission(pay(to=to), confidence=SURE))
    scene.ask("unsure")
    done = simulated(POLICY)
    assert (done.asks, done.moved) == (4, [])
    assert done.routes()["was"] == {"auto": 1, "review": 2, "block": 1} == done.routes()["would_be"]


def test_what_would_run_unasked_is_told_with_what_people_had_denied_or_edited(scene, simulated):
    scene.ask("fine")
    denied = scene.decide(scene.ask("bad"), Verb.DENY)
    edited = scene.decide(scene.ask("odd"), Verb.EDIT, args={"to": "carl", "amount": "5.00"})
    ((group, count),) = simulated(EASIER).moved
    assert group == Group("payer", "pay", REVIEW, AUTO)
    assert (count.asks, count.denied, count.edited) == (3, 1, 1)
    assert count.doubtful == [denied.id, edited.id]


def test_what_people_edited_is_simulated_as_the_agent_asked_it(scene, simulated):
    scene.decide(
        scene.ask("odd", submission(pay(to="mallory"))),
        Verb.EDIT,
        args={"to": "carl", "amount": "5.00"},
    )
    stricter = EASIER.replace("to: mars}", "to: mallory}")
    ((group, _),) = simulated(stricter).moved
    assert group.after is BLOCK


def test_an_edited_ask_whose_content_was_erased_is_left_out(scene, simulated):
    scene.decide(scene.ask("odd"), Verb.EDIT, args={"to": "carl", "amount": "5.00"})
    scene.transact(lambda work: work.write(tables.payloads.delete()))
    assert simulated(EASIER).asks == 0


def test_the_use_of_limits_follows_what_would_have_run(scene, simulated):
    for number in range(12):
        by_spender(scene, f"pay:{number}", submission(confidence=UNSURE))
    done = simulated(EASIER)
    assert {group.after: count.asks for group, count in done.groups.items()} == {
        AUTO: 10,
        REVIEW: 2,
    }
    (limit,) = done.to_json()["limits"]
    assert (limit["total"], limit["peak"], limit["reached"]) == ("100", "100", 2)


NEEDY = """\
agents: {payer: {owner: payments, autonomy: {start: standard, max: standard}}}
tasks: {ticket: {}}
actions: {pay: {risk: low, needs_task: {type: ticket, otherwise: block}}}
"""


def test_a_task_that_a_handoff_names_serves_as_it_did(scene, simulated):
    scene.publish(NEEDY)
    admitted = scene.ask("ticket:1", errand())
    for key, name in (("pay:1", admitted.id), ("pay:2", "ho_none"), ("pay:3", None)):
        scene.ask(key, submission(confidence=SURE, task_id=name, said={"task_id": name}))
    scene.world.pass_time(days=7)
    late = submission(confidence=SURE, task_id=admitted.id, said={"task_id": admitted.id})
    assert scene.ask("pay:4", late).verdict.reasons[0].code == "task_ended"
    assert simulated(NEEDY).moved == []
    easier = simulated(NEEDY.replace(", needs_task: {type: ticket, otherwise: block}", ""))
    assert {group.after: count.asks for group, count in easier.moved} == {AUTO: 1}


def test_a_limit_renews_with_its_window(scene, simulated):
    for day in range(2):
        for number in range(12):
            by_spender(scene, f"pay:{day}:{number}", submission(confidence=UNSURE))
        scene.world.pass_time(hours=24)
    (limit,) = simulated(EASIER).to_json()["limits"]
    assert (limit["total"], limit["peak"]) == ("200", "100")


def test_what_came_to_nothing_leaves_its_share(scene, simulated):
    for number in range(3):
        asked = by_spender(scene, f"pay:{number}", submission(confidence=UNSURE))
        scene.transact(withdraw, scene.spender, asked.id)
    (limit,) = simulated(EASIER).to_json()["limits"]
    assert limit["total"] == "0"


def test_only_the_window_is_simulated(scene, simulated):
    scene.ask("old")
    scene.world.pass_time(hours=48)
    scene.ask("new")
    assert simulated(POLICY, days=1).asks == 1


def test_questions_are_counted_and_go_where_they_went(scene, simulated):
    scene.ask("which", question())
    done = simulated(EASIER)
    assert (done.asks, done.questions, done.groups) == (0, 1, {})


def test_what_a_stop_kept_from_running_stays_with_people(scene, simulated):
    scene.transact(stop, Scope.GLOBAL, None, "It loops", "ann")
    scene.ask("sure", submission(confidence=SURE))
    assert simulated(EASIER).moved == []


def test_pages_give_everything_once_in_order(scene):
    asked = [scene.ask(f"pay:{n}").id for n in range(5)]
    since = scene.world.now() - timedelta(days=1)
    pages = scene.read(lambda work: [*map(list, recorded.recorded(work, since, most=2))])
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [one.handoff.id for page in pages for one in page] == asked


def test_nothing_is_changed(scene, simulated):
    scene.ask()
    before = {
        table: scene.rows(table) for table in (tables.handoffs, tables.events, tables.counters)
    }
    simulated(EASIER)
    assert {table: scene.rows(table) for table in before} == before


def test_tasks_pass_the_gate_of_the_candidate(scene, simulated):
    scene.publish(POLICY + "tasks: {ticket: {}}\n")
    scene.ask("ticket:1", errand())
    lacking = scene.ask("ticket:2", errand(task(acceptance=[])))
    done = {"task": {"acceptance": ["its status is closed"]}}
    scene.decide(lacking, Verb.RESPOND, person(team="payments"), response=done)
    stricter = POLICY + "tasks: {ticket: {touches: {allow: [x]}}}\n"
    done = simulated(stricter)
    found = {(group.action, group.before, group.after) for group in done.groups}
    assert done.asks == 2
    assert found == {
        ("task", Route.AUTO, Route.REVIEW),
        ("task", Route.REVIEW, Route.REVIEW),
    }
