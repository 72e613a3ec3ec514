"""Handrail runs what was approved itself: once, after a last look at stops and policy, and says what became of it."""

import json
from dataclasses import fields, replace
from functools import partial

import jwt
import pytest
from structlog.testing import capture_logs

from tests.tool import act, act_and_hang_up, act_once, hang, says
from tests.worker.bench import POLICY, SECRET, a_bench
from tests.worker.office import ANA
from webapp.desk import Desk
from webapp.domain.errors import Unavailable
from webapp.domain.handoff import Status
from webapp.domain.run_errors import NotRunning, PermitUnusable
from webapp.domain.stop import Scope
from webapp.services import decide, deliver, stops
from webapp.store import events
from worker.jobs import work_off


@pytest.fixture
def bench(database_url, tmp_path):
    with a_bench(database_url, tmp_path) as made:
        made.publish()
        yield made


def test_what_is_approved_is_sent_once_with_a_permit_that_the_tool_can_check(bench):
    approved = bench.approved()
    ran = bench.run(approved)
    bench.turn()
    [call] = bench.tool.heard
    permit = approved.permit.id
    assert (ran.status, bench.tool.ledger) == (Status.SUCCEEDED, [permit])
    key = bench.desk.signing_key.private.public_key()
    claims = jwt.decode(
        call.headers["handrail-permit"],
        key,
        algorithms=["EdDSA"],
        audience=approved.terms.audience,
        options={"verify_exp": False, "verify_nbf": False},
    )
    assert claims["fingerprint"] == approved.fingerprint
    assert "redeemed_at" in claims
    assert call.json == {
        "action": approved.action.to_json(),
        "handoff": {"id": approved.id, "revision": 1, "agent": "refunder"},
        "permit": {"id": permit, "token": call.headers["handrail-permit"]},
        "fingerprint": approved.fingerprint,
        "idempotency_key": permit,
    }
    assert (call.headers["x-api-key"], call.headers["x-team"]) == (SECRET, "payments")


class Keyless(Desk):
    """A desk that cannot read the keys behind permits."""

    @property
    def permit_keys(self):
        raise Unavailable


def test_what_cannot_be_signed_does_not_begin(bench):
    approved, alive = bench.approved(), bench.office.hands
    desk = Keyless(**{one.name: getattr(bench.desk, one.name) for one in fields(bench.desk)})
    bench.office.hands = replace(alive, desk=desk)
    assert bench.run(approved).status is Status.APPROVED
    bench.office.hands = alive
    bench.world.pass_time(minutes=1)
    assert bench.run(approved).status is Status.SUCCEEDED


def test_the_outcome_is_handrails_and_holds_what_the_tool_answered(bench):
    ran = bench.run(bench.approved())
    assert (ran.outcome.by, ran.outcome.status) == ("Handrail", Status.SUCCEEDED)
    told = bench.said(ran)
    assert told["effect"] == {"refund": ran.execution.permit_id}
    assert told["detail"] == "The tool answered 200 OK."
    kinds = bench.desk.read(
        lambda work: [(e.type.value, e.actor) for e in events.of_handoff(work, ran.id)]
    )
    assert kinds[-2:] == [("redeemed", "Handrail"), ("reported", "Handrail")]


def test_the_agent_neither_gets_an_action_to_run_nor_may_redeem_or_report(bench):
    approved = bench.approved()
    assert deliver.runnable(approved) is None
    assert deliver.instruction(approved).startswith("Handrail runs this itself")
    with pytest.raises(PermitUnusable, match="Handrail runs this itself"):
        bench.office.redeem(approved)
    with pytest.raises(NotRunning, match="Handrail runs this itself"):
        bench.office.report(approved, Status.SUCCEEDED)
    assert bench.office.now(approved) == approved


@pytest.mark.parametrize(
    ("turn", "status", "acted", "words"),
    [
        (act_and_hang_up, Status.UNKNOWN, 1, "did not answer"),
        (hang, Status.UNKNOWN, 0, "did not answer"),
        (says(503), Status.UNKNOWN, 0, "503 Service Unavailable, which leaves open"),
        (says(302, location="http://127.0.0.1/"), Status.UNKNOWN, 0, "302 Found"),
        (says(422, {"error": "no"}), Status.FAILED, 0, "422 Unprocessable"),
    ],
)
def test_what_leaves_open_whether_it_ran_is_unknown_and_never_tried_again(
    bench, turn, status, acted, words
):
    bench.tool.turns = [turn]
    ran = bench.run(bench.approved())
    bench.world.pass_time(minutes=5)
    bench.turn()
    assert (ran.status, len(bench.tool.heard), len(bench.tool.ledger)) == (status, 1, acted)
    assert words in bench.said(ran)["detail"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/", "cannot be reached"),
        ("http://10.1.2.3/", "which is not on the public internet"),
    ],
)
def test_where_nothing_was_sent_it_failed(bench, url, words):
    bench.publish(url=url)
    ran = bench.run(bench.approved())
    assert ran.status is Status.FAILED
    assert bench.said(ran)["detail"].startswith("Nothing was sent: ")
    assert words in bench.said(ran)["detail"]


def test_a_secret_that_is_missing_is_named_and_nothing_is_sent(bench):
    (bench.folder / "bank").unlink()
    ran = bench.run(bench.approved())
    assert (ran.status, bench.tool.heard) == (Status.FAILED, [])
    assert "The secret bank cannot be read" in bench.said(ran)["detail"]


def test_a_tool_that_repeats_the_permit_it_was_sent_does_not_hand_it_to_the_agent(bench):
    bench.tool.turns = [lambda call: call.answer(200, {"saw": dict(call.headers)})]
    ran = bench.run(bench.approved())
    token = bench.tool.heard[0].headers["handrail-permit"]
    assert bench.said(ran)["effect"]["saw"]["handrail-permit"] == "•••"
    assert token not in bench.everything()


def test_a_tool_that_knows_a_call_which_comes_twice_is_asked_again_under_the_same_key(bench):
    bench.publish("idempotent: true")
    bench.tool.turns, bench.tool.usual = [act_and_hang_up, says(503)], act_once
    approved = bench.approved()
    assert bench.run(approved).status is Status.RUNNING
    for _ in range(2):
        bench.world.pass_time(seconds=40)
        bench.turn()
    assert bench.office.now(approved).status is Status.SUCCEEDED
    assert len(bench.tool.heard) == 3
    assert {call.key for call in bench.tool.heard} == {approved.permit.id}
    assert bench.tool.ledger == [approved.permit.id]


@pytest.mark.parametrize(
    ("turns", "status", "calls"),
    [
        ([act_and_hang_up, says(429)], Status.SUCCEEDED, 3),  # a gateway, and not the tool
        ([act_and_hang_up, says(401)], Status.SUCCEEDED, 3),
        ([act_and_hang_up, says(409)], Status.SUCCEEDED, 3),  # the first call is under way still
        ([says(429)], Status.SUCCEEDED, 2),
        ([says(409)], Status.FAILED, 1),
        ([says(503), says(422)], Status.FAILED, 2),
    ],
)
def test_a_second_call_that_is_turned_away_does_not_say_that_the_first_did_not_act(
    bench, turns, status, calls
):
    bench.publish("idempotent: true")
    bench.tool.turns, bench.tool.usual = list(turns), act_once
    approved = bench.approved()
    for _ in range(3):
        bench.turn()
        bench.world.pass_time(seconds=40)
    assert (bench.office.now(approved).status, len(bench.tool.heard)) == (status, calls)


def test_such_a_tool_is_not_asked_any_more_once_its_permit_has_ended(bench):
    bench.publish("idempotent: true")
    bench.tool.usual = says(503)
    approved = bench.approved()
    for _ in range(8):
        bench.turn()
        bench.world.pass_time(seconds=50)
    assert bench.office.now(approved).status is Status.UNKNOWN
    assert 2 <= len(bench.tool.heard) <= 7


def test_success_is_what_the_policy_says(bench):
    bench.publish("success: 'response.status == 200 && response.body.accepted'")
    bench.tool.turns = [
        says(200, {"accepted": True}),
        says(200, {"accepted": False}),
        says(200, []),
    ]
    ends = [bench.run(bench.approved()).status for _ in range(3)]
    assert ends == [Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN]


def test_what_an_attempt_that_died_has_begun_is_unknown_and_never_begun_again(bench):
    begun = bench.approved()
    bench.die_in_the_call()
    assert bench.office.now(begun).status is Status.RUNNING
    bench.turn()
    assert bench.office.now(begun).status is Status.RUNNING  # the lease still holds
    bench.world.pass_time(seconds=40)
    ran = bench.run(begun)
    assert (ran.status, bench.tool.heard) == (Status.UNKNOWN, [])
    assert "interrupted" in bench.said(ran)["detail"]
    assert "notification.console" in bench.office.topics()


def test_an_attempt_that_is_played_twice_neither_runs_twice_nor_makes_itself_unknown(bench):
    approved = bench.approved()
    [attempt] = [one for one in bench.leased() if bench.is_to_execute(one)]

    def played_again(call):
        work_off(bench.office.hands, attempt)
        assert bench.is_to_execute(attempt)
        act(call)

    bench.tool.turns = [played_again]
    work_off(bench.office.hands, attempt)
    assert bench.office.now(approved).status is Status.SUCCEEDED
    assert (bench.tool.ledger, bench.is_to_execute(attempt)) == ([approved.permit.id], False)


def test_nothing_starts_under_a_stop_and_what_was_approved_before_it_goes_back_to_people(bench):
    before = bench.approved()
    bench.world.pass_time(seconds=1)
    made = bench.desk.transact(lambda work: stops.stop(work, Scope.GLOBAL, None, "It loops", "ana"))
    during = bench.approved()
    bench.turn()
    assert bench.tool.heard == []
    bench.desk.transact(lambda work: stops.resume(work, made.id, "ana"))
    bench.world.pass_time(minutes=1)
    bench.turn()
    assert bench.office.now(before).status is Status.PENDING
    assert bench.office.now(during).status is Status.SUCCEEDED


def test_nothing_is_sent_again_under_a_stop(bench):
    bench.publish("idempotent: true")
    bench.tool.turns, bench.tool.usual = [says(503)], act_once
    approved = bench.approved()
    bench.turn()
    made = bench.desk.transact(lambda work: stops.stop(work, Scope.GLOBAL, None, "It loops", "ana"))
    bench.world.pass_time(seconds=40)
    bench.turn()
    assert len(bench.tool.heard) == 1
    bench.desk.transact(lambda work: stops.resume(work, made.id, "ana"))
    bench.world.pass_time(seconds=40)
    assert bench.run(approved).status is Status.SUCCEEDED
    assert bench.tool.ledger == [approved.permit.id]


def test_whoever_is_to_run_it_by_a_newer_policy_has_to_be_approved(bench):
    approved = bench.approved()
    bench.publish(url=bench.tool.url + "/elsewhere")
    bench.turn()
    back = bench.office.now(approved)
    assert (back.status, bench.tool.heard) == (Status.PENDING, [])
    again = bench.run(bench.office.approve(back))
    assert again.status is Status.SUCCEEDED
    assert bench.tool.heard[0].path == "/refunds/elsewhere"


def test_an_older_approvals_message_leaves_what_runs_by_another_one_alone(bench):
    first = bench.approved()
    back = bench.desk.transact(partial(decide.revoke, handoff_id=first.id, person=ANA))
    bench.office.approve(back)
    older, newer = (one for one in bench.leased() if bench.is_to_execute(one))

    def act_while_the_other_one_looks(call):
        work_off(bench.office.hands, newer)
        act(call)

    bench.tool.turns = [act_while_the_other_one_looks]
    work_off(bench.office.hands, older)
    assert bench.office.now(first).status is Status.SUCCEEDED
    assert "approval.execute" not in bench.office.topics()


def test_what_is_approved_twice_runs_once(bench):
    text = POLICY.replace("not_before: 0s", "not_before: 10s")
    bench.publish(text=text)
    first = bench.approved()
    back = bench.desk.transact(partial(decide.revoke, handoff_id=first.id, person=ANA))
    again = bench.office.approve(back)
    bench.turn()
    assert bench.tool.heard == []
    bench.world.pass_time(seconds=10)
    bench.turn()
    bench.turn()
    assert bench.tool.ledger == [again.permit.id]
    assert bench.office.now(first).status is Status.SUCCEEDED
    assert "approval.execute" not in bench.office.topics()


def test_a_secret_stands_in_no_table_log_or_error_whatever_the_tool_does(bench):
    bench.tool.turns = [
        says(200, {"you sent": f"key {SECRET}", SECRET: [SECRET]}),
        says(500, SECRET),
        act_and_hang_up,
        act,
    ]
    with capture_logs() as lines:
        for _ in range(4):
            bench.run(bench.approved())
        (bench.folder / "bank").write_text(f"{SECRET}\nand another line")
        bench.run(bench.approved())
    assert len(bench.tool.heard) == 4
    assert SECRET not in bench.everything()
    assert SECRET not in json.dumps(lines, default=str)
