"""What agents call: submit, wait, revise, withdraw, redeem, report."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from webapp.api.bodies import EmptyBody, OutcomeBody, RedeemBody, RevisionBody, SubmissionBody
from webapp.api.callers import agent, caller, counted, desk, known_first
from webapp.api.responses import respond
from webapp.api.submissions import action_of, read_submission
from webapp.domain.errors import NotSupportedYet
from webapp.domain.handoff import Agent, Handoff, Status
from webapp.domain.run_errors import LookFirst, WorldUnseen
from webapp.handoff_json import for_agent, for_runner, instant
from webapp.http import room
from webapp.http.requests import (
    bearer,
    idempotency_key,
    json_body,
    optional_body,
    optional_key,
    raw_body,
    read,
)
from webapp.looking import picture_now
from webapp.services import standing
from webapp.services.deliver import Delivery, deliver
from webapp.services.previews import Fresh
from webapp.services.redeem import redeem
from webapp.services.report import report
from webapp.services.revise import revise
from webapp.services.submit import arrive, submit
from webapp.services.withdraw import end_run, withdraw
from webapp.work import Work

api = Blueprint("agent_api", __name__, url_prefix="/api/v1")


@api.post("/handoffs")
def submit_handoff() -> Response:
    """Submit a handoff."""
    credential = bearer()
    with known_first(credential), counted(credential):
        key = idempotency_key()
        submission = read_submission(raw_body(), json_body(), SubmissionBody)

    def use_case(work: Work) -> tuple[Delivery, bool]:
        who, standing = arrive(work, credential) or (agent(work, credential), None)
        done = submit(work, who, key, submission, standing)
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
    credential = bearer()
    with known_first(credential), counted(credential):
        submission = read_submission(raw_body(), json_body(), RevisionBody)
    return _change(credential, lambda work, who: revise(work, who, handoff_id, submission))


@api.post("/handoffs/<handoff_id>/withdraw")
def withdraw_handoff(handoff_id: str) -> Response:
    """Withdraw a handoff."""
    credential = bearer()
    with known_first(credential):
        optional_body(EmptyBody)
    return _change(credential, lambda work, who: withdraw(work, who, handoff_id))


@api.post("/permits/<permit_id>/redeem")
def redeem_permit(permit_id: str) -> Response:
    """Redeem a permit: begin the one execution of what was approved."""
    credential = bearer()
    with known_first(credential):
        key = optional_key()
        action = action_of(read(RedeemBody, json_body()).action)

    def redeemed(fresh: Fresh | None) -> Delivery:
        return _changed(
            credential, lambda work, who: redeem(work, who, permit_id, action, key, fresh)
        )

    try:
        delivery = redeemed(None)
    except LookFirst as first:
        delivery = redeemed(_seen_now(first.handoff))
    return respond(for_runner(desk(), delivery, desk().world.now()), [delivery])


def _seen_now(handoff: Handoff) -> Fresh:
    """Look at the world, unless it is looked at for as many already as may be. Raises WorldUnseen."""
    if not room.looks.enter(room.for_looks(desk().config)):
        raise WorldUnseen("The world is looked at for as many agents as can be at a time.")
    try:
        return picture_now(desk(), handoff)
    finally:
        room.looks.leave()


@api.post("/handoffs/<handoff_id>/outcome")
def report_outcome(handoff_id: str) -> Response:
    """Report how the execution ended."""
    credential = bearer()
    with known_first(credential):
        body = read(OutcomeBody, json_body())
    status, told = Status(body.status), body.model_dump(exclude_unset=True)
    return _change(credential, lambda work, who: report(work, who, handoff_id, status, told))


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
    credential = bearer()
    with known_first(credential, caller):
        detail = "Messages and steps are not supported yet."
        hint = f"Answer a person by revising: POST /api/v1/handoffs/{handoff_id}/revisions"
        raise NotSupportedYet(detail, hint=hint)


@api.get("/me")
def who_am_i() -> Response:
    """Say who calls, and what that caller may do now."""
    credential = bearer()
    return respond(desk().read(lambda work: standing.describe(work, credential, instant)))


def _change(credential: str, use_case: Callable[[Work, Agent], Handoff]) -> Response:
    """Run a use case that changes one handoff, and answer with the handoff as it is then."""
    return _answer(_changed(credential, use_case), 200)


def _changed(credential: str, use_case: Callable[[Work, Agent], Handoff]) -> Delivery:
    def in_transaction(work: Work) -> Delivery:
        return deliver(work, use_case(work, agent(work, credential)))

    return desk().transact(in_transaction)


def _answer(delivery: Delivery, status: int) -> Response:
    where = desk()
    body = for_agent(where, delivery, where.world.now())
    return respond(body, [delivery], status)
