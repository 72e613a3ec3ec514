"""What people say of runs: it ran, it did not, ask again, undo it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from webapp.api.bodies import EmptyBody, SettleBody
from webapp.api.callers import desk, known_first, person
from webapp.api.responses import respond
from webapp.handoff_json import for_person
from webapp.http.requests import bearer, json_body, optional_body, read
from webapp.services.deliver import Delivery, deliver_to_person
from webapp.services.settle import Settlement, run_again, settle
from webapp.services.submit import Submitted
from webapp.services.undo import undo
from webapp.work import Work

api = Blueprint("settling_api", __name__, url_prefix="/api/v1")


@api.post("/handoffs/<handoff_id>/settle")
def settle_handoff(handoff_id: str) -> Response:
    """Say whether it ran."""
    credential = bearer()
    with known_first(credential, person):
        body = read(SettleBody, json_body())
    said = Settlement(ran=body.ran, note=body.note)

    def use_case(work: Work) -> Delivery:
        return deliver_to_person(work, settle(work, handoff_id, said, person(work, credential)))

    delivery = desk().transact(use_case)
    return respond(for_person(desk(), delivery), [delivery])


@api.post("/handoffs/<handoff_id>/run-again")
def ask_again(handoff_id: str) -> Response:
    """Ask for what did not run again."""
    credential = bearer()
    with known_first(credential, person):
        optional_body(EmptyBody)

    return _asked(lambda work: run_again(work, handoff_id, person(work, credential)))


@api.post("/handoffs/<handoff_id>/undo")
def ask_to_undo(handoff_id: str) -> Response:
    """Ask for what undoes it."""
    credential = bearer()
    with known_first(credential, person):
        optional_body(EmptyBody)
    return _asked(lambda work: undo(work, handoff_id, person(work, credential)))


def _asked(ask: Callable[[Work], Submitted]) -> Response:
    """Answer with the handoff in which a person asks for something, new or as it stands."""

    def use_case(work: Work) -> tuple[Delivery, bool]:
        asked = ask(work)
        return deliver_to_person(work, asked.handoff), asked.replayed

    delivery, replayed = desk().transact(use_case)
    response = respond(for_person(desk(), delivery), [delivery], status=200 if replayed else 201)
    response.headers["Location"] = f"/api/v1/handoffs/{delivery.handoff.id}"
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
