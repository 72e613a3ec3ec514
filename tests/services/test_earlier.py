"""Earlier attempts: beside a loop a person sees what came before, what became of it, and why it was denied."""

import pytest

from tests.makers import ANN, POLICY, SURE, pay, person, submission
from webapp.domain.action import Action
from webapp.domain.handoff import Status, Verb
from webapp.services import inbox

WATCHED = (
    POLICY.replace("    title: Pay\n", "    title: Pay\n    target: /to\n")
    + "stop_loops: {same_fingerprint: 2/10m, after_denied_intent: review, failures: 2/1h, attempts: 3}\n"
)


@pytest.fixture(autouse=True)
def watched(scene):
    scene.publish(WATCHED)


def ask(scene, key, action=None, **given):
    return scene.ask(key, submission(action, **{"confidence": SURE, **given}))


def seen(scene, handoff, who=ANN):
    return scene.read(inbox.look, who, handoff.id).attempts


def test_a_denial_is_shown_with_its_note_and_how_it_stands(scene):
    denied = scene.decide(scene.ask("1"), Verb.DENY, note="He moved to Spain.")
    again = ask(scene, "2", pay(amount="11.00"))
    [earlier] = seen(scene, again)
    assert (earlier.handoff.id, earlier.handoff.status) == (denied.id, Status.DENIED)
    assert earlier.note == "He moved to Spain."


def test_attempts_stand_newest_first_and_as_they_stand_now(scene):
    asked = [ask(scene, str(n), pay(amount=f"{n}.00"), intent_id="settle") for n in range(4)]
    scene.redeem(asked[1])
    found = seen(scene, asked[3])
    assert [one.handoff.id for one in found] == [one.id for one in reversed(asked[:3])]
    assert [one.handoff.status.value for one in found] == ["approved", "running", "approved"]
    assert {one.note for one in found} == {None}


def test_what_failed_in_a_row_is_shown_and_what_succeeded_before_is_not(scene):
    ran = []
    for n, status in enumerate((Status.SUCCEEDED, Status.FAILED, Status.FAILED)):
        handoff = scene.redeem(ask(scene, str(n), pay(amount=f"{n}.00")))
        ran.append(scene.report(handoff, status).id)
    found = seen(scene, ask(scene, "next", pay("bob")))
    assert [one.handoff.id for one in found] == [ran[2], ran[1]]


def test_without_a_loop_nothing_is_shown(scene):
    ask(scene, "1")
    assert seen(scene, ask(scene, "2", pay("bob"), confidence=0.5)) == ()


def test_what_a_person_may_not_see_is_not_shown_to_them_here_either(scene):
    for n in range(2):
        ask(scene, str(n), pay(amount=f"{n}.00"), intent_id="settle")
    ask(scene, "2", pay(amount="2.00"), intent_id="settle")
    payout = Action(name="finance.payout", args={})
    again = ask(scene, "3", payout, intent_id="settle")
    assert len(seen(scene, again)) == 3
    assert seen(scene, again, person("fay", "finance")) == ()


def test_what_is_shown_is_what_was_counted_then(scene):
    first = ask(scene, "1")
    second = ask(scene, "2")
    third = ask(scene, "3")
    assert [one.handoff.id for one in seen(scene, second)] == [first.id]
    assert [one.handoff.id for one in seen(scene, third)] == [second.id, first.id]
