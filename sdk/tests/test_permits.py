"""Running what was approved: once, under its permit, and never silently."""

from __future__ import annotations

import json

import httpx
import pytest

from handrail import (
    AlreadyRedeemed,
    NotApproved,
    ServerError,
    Stopped,
    TransportError,
    requires_approval,
)

LOST = httpx.ReadError("lost")


class Bank:
    """Take refunds; break down where asked to."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure
        self.refunds: list[tuple[str, str]] = []

    def refund(self, amount: str, permit_id: str) -> None:
        self.refunds.append((amount, permit_id))
        if self.failure:
            raise self.failure


def bodies(desk) -> list[object]:
    return [json.loads(request.content) for request in desk.asked]


def run(client, handoff, bank) -> None:
    with client.run(handoff) as execution:
        bank.refund(execution.args["amount"], execution.permit_id)


def test_redeeming_carries_the_action_about_to_run(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"))
    client.redeem(handoff)
    assert desk.asked[0].url.path == "/api/v1/permits/pm_1/redeem"
    assert bodies(desk) == [{"action": handoff.resume.action}]


def test_a_lost_answer_to_redeeming_is_asked_for_again_under_the_same_key(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(LOST, desk.approved(status="running"))
    client.redeem(handoff)
    assert desk.keys == ["token-1", "token-1"]


def test_a_caller_that_asks_again_after_no_answer_at_all_uses_the_same_key(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(LOST, LOST, LOST, desk.approved(status="running"))
    with pytest.raises(TransportError):
        client.redeem(handoff)
    client.redeem(handoff)
    assert set(desk.keys) == {"token-1"}


def test_an_answered_key_is_never_used_again(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"), desk.problem(409, "already_redeemed"))
    client.redeem(handoff)
    with pytest.raises(AlreadyRedeemed):
        client.redeem(handoff)
    assert desk.keys == ["token-1", "token-2"]


def test_a_permit_for_later_is_waited_for(client, read, desk, clock):
    handoff = read(desk.approved())
    desk.will_say(desk.problem(409, "too_early"), desk.approved(status="running"))
    client.redeem(handoff)
    assert clock.slept == [0.25]


@pytest.mark.parametrize("status", ["pending", "denied", "succeeded", "blocked"])
def test_what_is_not_approved_is_never_redeemed(client, read, desk, status):
    handoff = read(desk.pending(status=status))
    with pytest.raises(NotApproved, match=f"ho_1 is {status}"):
        client.run(handoff)
    assert desk.asked == []


def test_a_stop_keeps_the_block_from_running(client, read, desk):
    handoff, bank = read(desk.approved()), Bank()
    desk.will_say(desk.problem(409, "stopped"))
    with pytest.raises(Stopped):
        run(client, handoff, bank)
    assert bank.refunds == []


def test_the_end_of_the_block_reports_success(client, read, desk):
    handoff, bank = read(desk.approved()), Bank()
    desk.will_say(desk.approved(status="running"), desk.approved(status="succeeded"))
    run(client, handoff, bank)
    assert bank.refunds == [("129.00", "pm_1")]
    assert bodies(desk)[-1] == {"status": "succeeded"}


@pytest.mark.parametrize("failure", [ValueError("half way"), KeyboardInterrupt("half way")])
def test_an_exception_out_of_the_block_reports_that_nobody_knows(client, read, desk, failure):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"), desk.approved(status="unknown"))
    with pytest.raises(type(failure)):
        run(client, handoff, Bank(failure))
    detail = f"{type(failure).__name__}: half way"
    assert bodies(desk)[-1] == {"status": "unknown", "detail": detail}


def test_the_block_can_say_what_it_knows_better(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"), desk.approved(status="failed"))
    with client.run(handoff) as execution:
        execution.ended("failed", detail="card expired")
    assert bodies(desk)[-1] == {"status": "failed", "detail": "card expired"}


def test_an_outcome_that_cannot_be_told_does_not_hide_what_went_wrong(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"), LOST, LOST, LOST)
    with pytest.raises(ValueError, match="half way") as caught:
        run(client, handoff, Bank(ValueError("half way")))
    assert "could not be reported" in caught.value.__notes__[0]


def test_an_outcome_that_cannot_be_told_is_an_error(client, read, desk):
    handoff = read(desk.approved())
    desk.will_say(desk.approved(status="running"), *[httpx.Response(500)] * 3)
    with pytest.raises(ServerError):
        run(client, handoff, Bank())
    assert len(desk.asked) == 4


def test_a_guarded_function_runs_with_what_was_approved(client, desk):
    @requires_approval(
        client, "payments.refund", key="refund:{order_id}", title="Refund {order_id}"
    )
    def refund(execution, order_id, amount):
        return f"{amount} for {order_id} under {execution.permit_id}"

    running = [desk.approved(status="running"), desk.approved(status="succeeded")]
    desk.will_say(desk.pending(), desk.approved(), *running)
    assert refund(order_id="8841", amount="500.00") == "129.00 for 8841 under pm_1"
    assert desk.keys[0] == "refund:8841"


def test_a_guarded_function_does_not_run_against_a_no(client, desk):
    bank = Bank()
    guarded = requires_approval(client, "bank.refund", key="r", title="Refund")(bank.refund)
    decision = {
        "verb": "deny",
        "by": "mara@example.com",
        "at": "2026-11-21T09:30:00Z",
        "note": "No.",
    }
    desk.will_say(desk.pending(status="denied", decision=decision))
    with pytest.raises(NotApproved, match=r"ho_1 is denied: No\."):
        guarded(amount="1.00", permit_id="")
    assert bank.refunds == []
