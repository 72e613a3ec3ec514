"""Standing approvals for people's programs: list them, take one back; giving one is a decision."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from webapp.api.bodies import EmptyBody
from webapp.api.callers import desk, known_first, person
from webapp.api.responses import respond
from webapp.http.requests import bearer, optional_body
from webapp.services import standing_approvals
from webapp.work import Work

api = Blueprint("standing_api", __name__, url_prefix="/api/v1/standing-approvals")


@api.get("")
def list_standing_approvals() -> Response:
    """List the standing approvals that the person may see."""
    credential = bearer()

    def use_case(work: Work) -> list[dict[str, Any]]:
        found = standing_approvals.visible(work, person(work, credential))
        return [one.to_json() for one in found]

    return respond({"standing_approvals": desk().read(use_case)})


@api.post("/<approval_id>/revoke")
def revoke_standing_approval(approval_id: str) -> Response:
    """End one at once."""
    credential = bearer()
    with known_first(credential, person):
        optional_body(EmptyBody)

    def use_case(work: Work) -> dict[str, Any]:
        return standing_approvals.revoke(work, approval_id, person(work, credential)).to_json()

    return respond(desk().transact(use_case))
