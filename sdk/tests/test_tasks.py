"""Tasks: what is sent, and what an agent works on once its task is admitted."""

from __future__ import annotations

import json

TASK = {"type": "ticket", "goal": "Close it", "inputs": {}, "acceptance": [], "touches": []}
DONE = {**TASK, "acceptance": ["its status is closed"]}


def test_a_task_is_handed_in_as_the_json_of_the_api(client, desk):
    desk.will_say(desk.pending(kind="task"))
    client.submit_task(key="ticket:1", title="Ticket 1", task={"goal": "Close it"}, run_id="r1")
    sent = {"kind": "task", "title": "Ticket 1", "task": {"goal": "Close it"}, "run_id": "r1"}
    assert json.loads(desk.asked[0].content) == sent


def test_an_admitted_task_is_known_as_one(read, desk):
    admitted = read(desk.pending(kind="task", status="answered", admitted=True, task=TASK))
    assert (admitted.admitted, admitted.is_final, admitted.task) == (True, True, TASK)
    waiting = read(desk.pending(kind="task", admitted=False, task=TASK))
    assert (waiting.admitted, waiting.task) == (False, TASK)


def test_the_task_to_work_on_is_the_one_that_a_person_completed(read, desk):
    resume = {
        "instruction": "Begin.",
        "action": None,
        "state": None,
        "private_state": None,
        "response": {"task": DONE},
    }
    answered = read(
        desk.pending(kind="task", status="answered", admitted=True, task=TASK, resume=resume)
    )
    assert answered.task == DONE


def test_an_action_has_no_task(read, desk):
    handoff = read(desk.approved())
    assert (handoff.admitted, handoff.task) == (False, None)
