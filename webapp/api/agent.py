"""What agents call: submit, wait, revise, withdraw, redeem, report."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from webapp.api.bodies import EmptyBody, OutcomeBody, RedeemBody
from webapp.api.callers import agent, desk, known_first
from webapp.api.submissions import action_of, read_submission
from webapp.api.views import for_agent, instant, respond
from webapp.domain.errors import NotSupportedYet
from webapp.domain.handoff import Handoff, Status
from webapp.http.requests import (
    bearer,
    idempotency_key,
    json_body,
    optional_body,
    raw_body,
    read,
)
from webapp.services import standing
from webapp.services.deliver import Delivery, deliver
from webapp.services.redeem import redeem
from webapp.services.report import report
from webapp.services.revise import revise
from webapp.services.submit import submit
from webapp.services.withdraw import end_run, withdraw
from webapp.work import Work

api = Blueprint("agent_api", __name__, url_prefix="/api/v1")
Delivered = tuple[Delivery, bool]


@api.post("/handoffs")
def submit_handoff() -> Response:
    """Submit a handoff."""
    credential = bearer()
    with known_first(credential):
        key = idempotency_key(required=True) or ""
        submission = read_submission(raw_body(), json_body())

    def use_case(work: Work) -> Delivered:
        caller = agent(work, credential)
        done = submit(work, caller, key, submission)
        return done.delivery(work, key, submission), done.replayed

    delivery, replayed = desk().transact(use_case)
    response = _answer(delivery, 200 if replayed else 201)
    response.headers["Location"] = f"/api/v1/handoffs/{delivery.handoff.id}"
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@api.post("/handoffs/<handoff_id>/revisions")
def revise_handoff(handoff_id: str) -> Response:
    """Revise a handoff that waits for people."""
    with known_first(bearer()):
        submission = read_submission(raw_body(), json_body())
    return _change(lambda work, c: revise(work, agent(work, c), handoff_id, submission))


@api.post("/handoffs/<handoff_id>/withdraw")
def withdraw_handoff(handoff_id: str) -> Response:
    """Withdraw a handoff."""
    with known_first(bearer()):
        optional_body(EmptyBody)
    return _change(lambda work, c: withdraw(work, agent(work, c), handoff_id))


@api.post("/permits/<permit_id>/redeem")
def redeem_permit(permit_id: str) -> Response:
    """Redeem a permit: begin the one execution of what was approved."""
    with known_first(bearer()):
        key = idempotency_key(required=False)
        action = action_of(read(RedeemBody, json_body()).action)
    return _change(lambda work, c: redeem(work, agent(work, c), permit_id, action, key))


@api.post("/handoffs/<handoff_id>/outcome")
def report_outcome(handoff_id: str) -> Response:
    """Report how the execution ended."""
    with known_first(bearer()):
        data = json_body()
        status = Status(read(OutcomeBody, data).status)
    told = data if isinstance(data, dict) else {}
    return _change(lambda work, c: report(work, agent(work, c), handoff_id, status, told))


@api.post("/runs/<run_id>/end")
def end_of_run(run_id: str) -> Response:
    """Withdraw everything of a run that waits for people."""
    credential = bearer()
    with known_first(credential):
        optional_body(EmptyBody)
    ended = desk().transact(lambda work: end_run(work, agent(work, credential), run_id))
    return respond({"run_id": run_id, "withdrawn": [handoff.id for handoff in ended]})


@api.post("/handoffs/<handoff_id>/messages")
@api.post("/handoffs/<handoff_id>/steps")
def not_yet(handoff_id: str) -> Response:
    """Refuse what comes with a later version."""
    bearer()
    detail = "Messages and steps are not supported yet."
    raise NotSupportedYet(detail, hint=f"Answer a person by revising handoff {handoff_id}.")


@api.get("/me")
def who_am_i() -> Response:
    """Say who calls, and what that caller may do now."""
    credential = bearer()
    return respond(desk().read(lambda work: standing.describe(work, credential, instant)))


def _change(use_case: Callable[[Work, str], Handoff]) -> Response:
    """Run a use case that changes one handoff, and answer with the handoff as it is then."""
    credential = bearer()

    def in_transaction(work: Work) -> Delivery:
        return deliver(work, use_case(work, credential))

    return _answer(desk().transact(in_transaction), 200)


def _answer(delivery: Delivery, status: int) -> Response:
    where = desk()
    body = for_agent(where, delivery, where.world.now())
    return respond(body, [delivery], status)


