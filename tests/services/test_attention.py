"""Attention and alerts: an agent asks people only so much, and what people should know they are told once."""

import pytest

from tests.makers import ANN, POLICY, SURE, pay, person, question, submission
from tests.services.scene import together
from webapp.domain.alert import AlertKind
from webapp.domain.decision import Role
from webapp.domain.errors import ArgsInvalid, DeferredQueueFull, Forbidden, NotFound
from webapp.domain.handoff import Status, Verb
from webapp.services import alerts, attention, policies
from webapp.services.revise import revise
from webapp.store import tables
from webapp.store.engine_tables import alerts as table

OWNER = "  payer:\n    owner: payments\n"
WATCHED = POLICY + "stop_loops: {invalid: 3/10m}\n"


def bound(scene, line):
    scene.publish(POLICY.replace(OWNER, f"{OWNER}    attention: {{{line}}}\n"))


def told(scene):
    """How often people were told of an alert."""
    return scene.count(tables.outbox, topic="notification.alert")


def open_alerts(scene, who=ANN):
    return scene.read(alerts.open_for, who)


# ---------------------------------------------------------------------------------------------------------------------
# Attention


def test_exactly_as_many_wait_as_the_policy_lets_where_eight_submit_at_once(scene):
    bound(scene, "pending: 5")

    def job(who):
        found = []
        for n in range(3):
            try:
                found.append(scene.ask(f"{who}:{n}").status)
            except DeferredQueueFull:
                found.append(None)
        return found

    done = together(*[lambda w=w: job(w) for w in range(8)])
    found = [one for some in done for one in some]
    assert (found.count(Status.PENDING), found.count(None)) == (5, 19)
    assert scene.count(tables.handoffs) == 5
    assert (told(scene), scene.count(table)) == (1, 1)


def test_exactly_as_many_go_to_people_in_a_day_where_eight_submit_at_once(scene):
    bound(scene, "per_day: 4")

    def job(n):
        return scene.decide(scene.ask(f"pay:{n}"), Verb.DENY).status

    found = together(*[lambda n=n: job(n) for n in range(8)])
    assert found.count(Status.DENIED) == 4
    assert sum(isinstance(one, DeferredQueueFull) for one in found) == 4


def test_what_is_refused_is_not_stored_and_its_key_is_free(scene):
    bound(scene, "pending: 1")
    first = scene.ask("1")
    for _ in range(2):
        with pytest.raises(DeferredQueueFull) as refused:
            scene.ask("2")
    assert refused.value.extra["retry_after"] == 60
    assert scene.count(tables.idempotency, key="2") == 0
    scene.decide(first)
    assert scene.ask("2").status is Status.PENDING


def test_what_was_asked_before_is_given_as_it_stands_also_where_there_is_no_more_room(scene):
    bound(scene, "pending: 1")
    first = scene.ask("1")
    assert scene.submit("1").handoff.id == first.id
    assert scene.submit("1").replayed


def test_what_runs_unasked_or_is_blocked_does_not_count(scene):
    bound(scene, "pending: 1, per_day: 1")
    scene.ask("waits")
    assert scene.ask("sure", submission(confidence=SURE)).status is Status.APPROVED
    assert scene.ask("never", submission(pay("mars"))).status is Status.BLOCKED


def test_questions_take_attention_and_revisions_do_not(scene):
    bound(scene, "pending: 1, per_day: 1")
    waiting = scene.ask("1")
    assert scene.revise(waiting).status is Status.PENDING
    back = scene.decide(scene.now(waiting), Verb.REQUEST_CHANGES)
    assert scene.transact(revise, scene.payer, back.id, submission()).status is Status.PENDING
    with pytest.raises(DeferredQueueFull):
        scene.ask("q", question())


def test_a_day_s_attention_renews_at_midnight_in_the_policy_s_time_zone(scene):
    bound(scene, "per_day: 1")
    scene.ask("monday")
    scene.world.pass_time(hours=13, minutes=59)  # 23:59 in Berlin
    with pytest.raises(DeferredQueueFull) as refused:
        scene.ask("too late")
    assert refused.value.extra["retry_after"] == 60
    scene.world.pass_time(minutes=1)
    assert scene.ask("tuesday").status is Status.PENDING


def test_the_owner_is_told_once_until_it_is_settled_and_once_a_day_at_most(scene):
    bound(scene, "pending: 1")
    scene.ask("1")

    def refused_twice():
        for _ in range(2):
            with pytest.raises(DeferredQueueFull):
                scene.ask("2")

    refused_twice()
    [alert] = open_alerts(scene)
    assert (alert.kind, alert.owner, alert.count, told(scene)) == (
        AlertKind.ASKS_TOO_MUCH,
        "payments",
        2,
        1,
    )
    assert "1 handoffs" not in alert.says
    scene.transact(alerts.settle, alert.id, ANN)
    refused_twice()
    assert (open_alerts(scene), told(scene)) == ([], 1)
    scene.world.pass_time(days=1)
    refused_twice()
    assert told(scene) == 2


def test_an_agent_can_see_how_much_attention_is_left(scene):
    bound(scene, "pending: 3, per_day: 9")
    scene.ask("1")

    def seen(work):
        rules = policies.standing(work).policy
        return attention.describe(work, scene.payer, rules, str)

    found = scene.read(seen)
    assert found["pending"] == {"limit": 3, "used": 1, "left": 2}
    assert found["per_day"] == {
        "limit": 9,
        "used": 1,
        "left": 8,
        "renews_at": "2026-03-02 23:00:00+00:00",
    }


# ---------------------------------------------------------------------------------------------------------------------
# What could not even be stored


def send_invalid(scene, key="x"):
    with pytest.raises(ArgsInvalid):
        scene.ask(key, submission(pay(amount=None)))


def test_so_many_invalid_submissions_are_one_alert_with_their_faults(scene):
    scene.publish(WATCHED)
    for n in range(2):
        send_invalid(scene, str(n))
    assert open_alerts(scene) == []
    for n in range(3):
        send_invalid(scene, str(n))
    [alert] = open_alerts(scene)
    assert (alert.kind, alert.agent, alert.count) == (AlertKind.INVALID, "payer", 5)
    assert alert.detail["faults"][0]["pointer"] == "/action/args/amount"
    assert told(scene) == 1


def test_one_alert_also_where_eight_send_at_once(scene):
    scene.publish(WATCHED)
    together(*[lambda n=n: send_invalid(scene, str(n)) for n in range(8)])
    [alert] = open_alerts(scene)
    assert (alert.count, told(scene)) == (8, 1)


def test_invalid_submissions_far_apart_are_no_alert(scene):
    scene.publish(WATCHED)
    for _ in range(5):
        send_invalid(scene)
        scene.world.pass_time(minutes=5)
    assert open_alerts(scene) == []


def test_after_it_was_settled_counting_begins_anew(scene):
    scene.publish(WATCHED)
    for _ in range(3):
        send_invalid(scene)
    [alert] = open_alerts(scene)
    scene.transact(alerts.settle, alert.id, ANN)
    scene.world.pass_time(seconds=1)
    for _ in range(2):
        send_invalid(scene)
    assert open_alerts(scene) == []
    send_invalid(scene)
    assert (len(open_alerts(scene)), told(scene)) == (1, 2)


def test_nothing_is_alerted_of_without_the_key(scene):
    for _ in range(9):
        send_invalid(scene)
    assert scene.count(table) == 0


# ---------------------------------------------------------------------------------------------------------------------
# Who sees and settles alerts


@pytest.fixture
def alert(scene):
    scene.publish(WATCHED)
    for _ in range(3):
        send_invalid(scene)
    return open_alerts(scene)[0]


def test_an_alert_is_seen_by_its_owner_team_and_auditors_alone(scene, alert):
    auditor = person("aud", "audit", Role.AUDITOR)
    assert open_alerts(scene, auditor) == [alert]
    assert open_alerts(scene, person("sue", "support")) == []
    with pytest.raises(NotFound):
        scene.transact(alerts.settle, alert.id, person("sue", "support"))


def test_a_viewer_and_an_auditor_cannot_settle(scene, alert):
    for who in (person("vic", role=Role.VIEWER), person("aud", "audit", Role.AUDITOR)):
        with pytest.raises(Forbidden):
            scene.transact(alerts.settle, alert.id, who)
    assert open_alerts(scene) == [alert]


def test_an_alert_is_settled_once_by_a_name(scene, alert):
    settled = scene.transact(alerts.settle, alert.id, ANN)
    scene.world.pass_time(minutes=1)
    assert scene.transact(alerts.settle, alert.id, person("bob")) == settled
    assert (settled.settled_by, open_alerts(scene)) == (ANN.email, [])
