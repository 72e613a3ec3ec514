"""What is reported as a success is held against what was expected of it; what is contradicted counts as a failure."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.makers import ANN, POLICY, SURE, pay, submission
from webapp.domain.alert import AlertKind
from webapp.domain.autonomy import Trigger
from webapp.domain.handoff import Face, Previewed, Settled, Source, Status, Verb
from webapp.domain.run_errors import NotVerifiable, OutcomeConflict
from webapp.domain.verifying import Finding
from webapp.services import alerts, inbox, levels
from webapp.services.deliver import deliver, instruction
from webapp.services.settle import Settlement, settle
from webapp.services.verify import keep
from webapp.store import autonomy, tables

EXPECTED = {"/status": "refunded", "/amount": "10.00"}
AS_EXPECTED = {"status": "refunded", "amount": "10.00", "id": "re_1"}
OTHERWISE = {"status": "open", "amount": "10.00"}


def expecting(expected=None, **given):
    return submission(said={"expected_effect": EXPECTED if expected is None else expected}, **given)


def running(scene, key="pay:1", asked=None):
    return scene.redeem(scene.approved(key, asked or expecting()))


def ended(scene, key="pay:1", asked=None, **told):
    return scene.report(running(scene, key, asked), **told)


def contradicted(scene, key="pay:1"):
    return ended(scene, key, effect=OTHERWISE)


def alarms(scene):
    found = scene.read(alerts.open_for, ANN)
    return [one for one in found if one.kind is AlertKind.CONTRADICTED]


@pytest.mark.parametrize("effect", [AS_EXPECTED, EXPECTED, {**EXPECTED, "status": "open"}])
def test_an_effect_as_expected_is_verified_by_the_agent_s_own_word(scene, effect):
    done = ended(scene, effect=effect)
    assert (done.status, done.verified.holds, done.verified.by) == (
        Status.SUCCEEDED,
        True,
        Source.AGENT,
    )
    assert scene.events(done)[-2:] == ["reported", "verified"]
    assert scene.read(deliver, done).checked == {"expected": EXPECTED, "seen": EXPECTED}
    assert (scene.now(done), alarms(scene), scene.faults()) == (done, [], [])


def test_an_effect_that_differs_is_contradicted_with_what_was_expected_and_what_is(scene):
    begun = running(scene)
    done = scene.report(begun, effect=OTHERWISE)
    assert (done.status, done.contradicted) == (Status.SUCCEEDED, True)
    assert scene.events(done)[-2:] == ["reported", "contradicted"]
    assert scene.read(deliver, done).checked == {
        "expected": EXPECTED,
        "seen": {"/status": "open", "/amount": "10.00"},
        "differences": [{"pointer": "/status", "expected": "refunded", "is": "open"}],
    }
    event = scene.rows(tables.events, "id")[-1]
    assert (event.actor, json.loads(event.data)) == ("Handrail", {"by": "agent"})
    assert "not as expected" in instruction(done)
    # as with what is settled: an event of its own, and no new version of where it stands
    assert done.version == begun.version + 1
    assert (scene.now(done), scene.faults()) == (done, [])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (expecting(), {}),
        (expecting(), {"effect": None}),
        (expecting(), {"effect": "refunded"}),
        (expecting(), {"effect": {"id": "re_1"}}),
        (expecting(), {"effect": {"status": "refunded"}}),
        (expecting({}), {"effect": AS_EXPECTED}),
        (submission(), {"effect": AS_EXPECTED}),
    ],
)
def test_where_too_little_is_said_nothing_is_known(scene, asked, told):
    done = ended(scene, asked=asked, **told)
    assert (done.verified, scene.events(done)[-1], alarms(scene)) == (None, "reported", [])


@pytest.mark.parametrize("status", [Status.FAILED, Status.UNKNOWN])
def test_only_a_success_is_held_against_anything(scene, status):
    done = scene.report(running(scene), status, effect=OTHERWISE)
    assert (done.verified, scene.events(done)[-1]) == (None, "reported")


def test_what_a_person_changed_the_agent_had_not_in_mind(scene):
    edited = scene.decide(
        scene.ask(asked=expecting()), Verb.EDIT, args={"to": "carl", "amount": "9.00"}
    )
    done = scene.report(scene.redeem(edited), effect={**AS_EXPECTED, "amount": "9.00"})
    assert (done.status, done.verified) == (Status.SUCCEEDED, None)


def test_what_was_erased_is_compared_with_nothing(scene):
    begun = running(scene)
    scene.transact(lambda work: work.write(tables.payloads.delete()))
    assert scene.report(begun, effect=OTHERWISE).verified is None


def test_the_same_report_again_changes_nothing_and_another_is_a_claim(scene):
    begun = running(scene)
    done = scene.report(begun, effect=OTHERWISE)
    assert scene.report(begun, effect=OTHERWISE) == done
    with pytest.raises(OutcomeConflict):
        scene.report(begun, effect=AS_EXPECTED)
    assert scene.now(done).verified == done.verified
    assert [one.count for one in alarms(scene)] == [1]


def test_it_is_found_out_once(scene):
    done = contradicted(scene)
    with pytest.raises(NotVerifiable):
        scene.transact(keep, done, Finding(holds=True, by=Source.LOOK))
    assert scene.now(done) == done


# --------------------------------------------------------------------------------------------------
# What follows


def test_people_get_one_alarm_which_counts_on(scene):
    first, second = contradicted(scene), contradicted(scene, "pay:2")
    [alarm] = alarms(scene)
    assert (alarm.owner, alarm.count, alarm.detail["handoff"]) == ("payments", 2, second.id)
    assert alarm.says == "What payer reported as done is not so: pay, and 1 before it."
    assert scene.count(tables.outbox, topic="notification.alert") == 1
    scene.transact(alerts.settle, alarm.id, ANN)
    contradicted(scene, "pay:3")
    assert [(one.count, one.says) for one in alarms(scene)] == [
        (1, "What payer reported as done is not so: pay.")
    ]
    assert first.contradicted


def test_it_counts_against_the_agent_as_a_failure_does_once(scene):
    since = scene.world.now() - timedelta(days=1)
    done = contradicted(scene)
    ended(scene, "pay:2", effect=AS_EXPECTED)
    who = done.agent_id
    assert scene.read(autonomy.record, who, since).failed == 1
    assert scene.read(autonomy.count_of, who, Trigger.FAILED, since) == 1
    assert scene.read(autonomy.count_of, who, Trigger.UNKNOWN, since) == 0


@pytest.mark.parametrize("wrong", ["contradicted", "failed"])
def test_it_costs_a_level_where_a_failure_would(scene, wrong):
    ladder = "autonomy: {start: standard, max: standard, demote: {failed: 2/7d}}\n    actions"
    scene.publish(POLICY.replace("autonomy: {start: standard, max: standard}\n    actions", ladder))

    def go_wrong(key):
        begun = running(scene, key)
        if wrong == "failed":
            return scene.report(begun, Status.FAILED)
        return scene.report(begun, effect=OTHERWISE)

    go_wrong("pay:1")
    assert scene.read(levels.ladder_of, "payer").level == "standard"
    scene.world.pass_time(seconds=1)
    go_wrong("pay:2")
    assert scene.read(levels.ladder_of, "payer").level == "low_risk"
    scene.world.pass_time(seconds=1)
    go_wrong("pay:3")
    assert scene.read(levels.ladder_of, "payer").level == "low_risk"


def test_it_is_a_failure_in_a_row(scene):
    scene.publish(POLICY + "stop_loops: {failures: 2/1h}\n")
    for n in range(2):
        sure = expecting(action=pay(amount=f"{n + 1}.00"), confidence=SURE)
        begun = scene.redeem(scene.ask(f"pay:{n}", sure))
        scene.report(begun, effect={"status": "open"})
    stopped = scene.ask("next", submission(pay(amount="7.00"), confidence=SURE))
    assert [reason.code for reason in stopped.verdict.reasons] == ["loop_failures"]
    assert scene.faults() == []


def test_one_that_is_as_expected_ends_the_row(scene):
    scene.publish(POLICY + "stop_loops: {failures: 2/1h}\n")
    for n, effect in enumerate(({"status": "open"}, AS_EXPECTED, {"status": "open"})):
        sure = expecting(action=pay(amount=f"{n + 1}.00"), confidence=SURE)
        scene.report(scene.redeem(scene.ask(f"pay:{n}", sure)), effect=effect)
    allowed = scene.ask("next", submission(pay(amount="7.00"), confidence=SURE))
    assert allowed.status is Status.APPROVED


def test_what_is_unknown_and_settled_as_run_is_not_held_against_anything(scene):
    lost = scene.report(running(scene), Status.UNKNOWN, effect=OTHERWISE)
    done = scene.transact(settle, lost.id, Settlement(ran=True, note="It is there."), ANN)
    assert done.verified is None


def test_all_that_a_handoff_may_hold_is_delivered_at_once(scene):
    done = contradicted(scene)
    settled = Settled(ran=True, by_id="us", by="a", via=Face.API, at=scene.world.now(), sequence=1)
    shown = Previewed(digest="sha256:1", at=scene.world.now(), sequence=2)
    found = scene.read(deliver, replace(done, settled=settled, preview=shown))
    assert found.claim["expected_effect"] == EXPECTED
    assert found.reported["effect"] == OTHERWISE
    assert found.checked["differences"]


def test_people_see_it_in_the_look_and_the_list(scene):
    done = contradicted(scene)
    found = scene.read(inbox.look, ANN, done.id)
    assert found.bodies[done.verified.sequence]["seen"]["/status"] == "open"
    page = scene.read(inbox.everything, ANN, inbox.Filter(), 10)
    assert [one.contradicted for one in page.handoffs] == [True]
