"""Silence: an agent that makes fewer handoffs than expected is reported once, by rounds that keep themselves going."""

from datetime import timedelta

import pytest

from tests.makers import ANN, POLICY, SURE, pay, submission
from tests.services.scene import together
from webapp.domain.alert import AlertKind
from webapp.domain.message import Reach, Topic
from webapp.domain.stop import Scope
from webapp.domain.uses import Period
from webapp.services import accounts, alerts, outbox, policies, stops
from webapp.services.silence import make_round, pulse
from webapp.store import tables
from webapp.store.engine_tables import attempts as attempts_table

OWNER = "  payer:\n    owner: payments\n"
LEASE = timedelta(seconds=30)


def expect(scene, rate, more=""):
    scene.publish(POLICY.replace(OWNER, f"{OWNER}    expect: {{at_least: {rate}}}\n") + more)


def rounds(scene):
    """The rounds that are still to be made: their period and when."""
    found = [row for row in scene.rows(tables.outbox, "id") if row.topic == Topic.ROUND.value]
    return [(row.handoff_id, row.due_at) for row in found]


def make(scene):
    """Do what is due as the worker does; give the attempts."""
    leased = scene.transact(outbox.lease, Reach.INSIDE, 10, LEASE)
    due = [(one, scene.read(outbox.claim, one)) for one in leased]
    found = [(one, message) for one, message in due if message.topic is Topic.ROUND]
    for one, message in found:
        scene.transact(make_round, one, message)
    return found


def ask(scene, count):
    now = scene.world.now()
    for n in range(count):
        scene.ask(f"{now}:{n}", submission(pay(amount=f"{n}.00"), confidence=SURE))


def silent(scene):
    return [one for one in scene.read(alerts.open_for, ANN) if one.kind is AlertKind.SILENT]


def next_hour(scene):
    scene.world.pass_time(hours=1)
    return make(scene)


def test_a_round_is_due_at_the_end_of_each_window_and_posts_the_next(scene):
    expect(scene, "2/hour")
    [(period, due_at)] = rounds(scene)
    assert (period, due_at) == ("hour", scene.world.now() + timedelta(hours=1))
    next_hour(scene)
    [(_, later)] = rounds(scene)
    assert later == due_at + timedelta(hours=1)


def test_a_day_ends_at_midnight_in_the_policy_s_time_zone(scene):
    expect(scene, "2/day")
    assert rounds(scene) == [("day", scene.world.now() + timedelta(hours=14))]


def test_publishing_again_posts_no_second_round(scene):
    for rate in ("2/hour", "3/hour", "4/hour"):
        expect(scene, rate)
    assert len(rounds(scene)) == 1


def test_an_agent_that_did_less_than_expected_is_reported_once_until_it_works_again(scene):
    expect(scene, "2/hour")
    for made in (2, 1, 0, 0):
        ask(scene, made)
        next_hour(scene)
    [alert] = silent(scene)
    assert (alert.agent, alert.owner, alert.detail) == (
        "payer",
        "payments",
        {"seen": 1, "at_least": 2, "period": "hour"},
    )
    ask(scene, 2)
    next_hour(scene)
    assert silent(scene) == []
    next_hour(scene)
    assert len(silent(scene)) == 1
    assert scene.count(tables.outbox, topic=Topic.ALERT.value) == 2


def test_what_a_person_has_settled_is_not_reported_again_before_the_agent_has_worked(scene):
    expect(scene, "1/hour")
    next_hour(scene)
    scene.transact(alerts.settle, silent(scene)[0].id, ANN)
    next_hour(scene)
    assert silent(scene) == []
    ask(scene, 1)
    next_hour(scene)
    next_hour(scene)
    assert len(silent(scene)) == 1


def test_two_workers_make_a_round_once(scene):
    expect(scene, "1/hour")
    scene.world.pass_time(hours=1)
    [attempt] = scene.transact(outbox.lease, Reach.INSIDE, 10, LEASE)
    message = scene.read(outbox.claim, attempt)
    together(*[lambda: scene.transact(make_round, attempt, message)] * 4)
    assert (len(rounds(scene)), len(silent(scene))) == (1, 1)


def test_publishing_beside_a_round_loses_none_and_doubles_none(scene):
    expect(scene, "1/hour")
    scene.world.pass_time(hours=1)
    [attempt] = scene.transact(outbox.lease, Reach.INSIDE, 10, LEASE)
    message = scene.read(outbox.claim, attempt)
    together(lambda: scene.transact(make_round, attempt, message), lambda: expect(scene, "2/hour"))
    assert len(rounds(scene)) == 1


def test_a_worker_that_was_away_looks_at_the_last_whole_window_alone(scene):
    expect(scene, "1/hour")
    ask(scene, 1)
    scene.world.pass_time(hours=5, minutes=30)
    make(scene)
    [alert] = silent(scene)
    assert alert.count == 1
    assert rounds(scene) == [("hour", scene.world.now() + timedelta(minutes=30))]


def test_a_new_a_stopped_and_a_keyless_agent_are_left_alone(scene):
    expect(scene, "1/hour")
    scene.world.pass_time(minutes=30)
    scene.transact(accounts.add_agent, "late", "payments")
    scene.transact(stops.stop, Scope.AGENT, "payer", "Holiday", "ann")
    scene.world.pass_time(minutes=30)
    make(scene)
    assert silent(scene) == []


def test_an_agent_without_keys_is_no_longer_expected_to_work(scene):
    expect(scene, "1/hour")
    next_hour(scene)
    assert len(silent(scene)) == 1
    scene.transact(accounts.revoke_key, "payer", None)
    next_hour(scene)
    assert silent(scene) == []


def test_rounds_end_with_the_expectation_and_so_does_the_alert(scene):
    expect(scene, "1/hour")
    next_hour(scene)
    scene.publish(POLICY)
    next_hour(scene)
    assert (rounds(scene), silent(scene)) == ([], [])


def test_a_clock_that_went_back_makes_no_round_early(scene):
    expect(scene, "1/hour")
    scene.world.pass_time(hours=1)
    [attempt] = scene.transact(outbox.lease, Reach.INSIDE, 10, LEASE)
    message = scene.read(outbox.claim, attempt)
    scene.world.pass_time(minutes=-1)
    scene.transact(make_round, attempt, message)
    assert silent(scene) == []
    assert len(rounds(scene)) == 1


def test_what_is_over_90_days_old_is_forgotten_every_night(scene):
    expect(scene, "1/hour", "stop_loops: {same_fingerprint: 2/10m}\n")
    ask(scene, 1)
    assert scene.count(attempts_table) == 1
    scene.world.pass_time(days=90, hours=15)
    make(scene)
    assert scene.count(attempts_table) == 0


@pytest.mark.parametrize(("made", "quiet"), [(1, True), (2, False), (3, False)])
def test_the_pulse_of_an_agent_is_that_of_the_last_whole_window(scene, made, quiet):
    expect(scene, "2/hour")
    ask(scene, made)
    scene.world.pass_time(minutes=70)
    [agent] = [one for one in scene.read(accounts.agents) if one.name == "payer"]
    found = scene.read(lambda work: pulse(work, agent, policies.standing(work).policy))
    assert (found.quiet, found.seen) == (quiet, min(made, 2))
    assert found.expected.period is Period.HOUR
