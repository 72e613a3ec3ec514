"""Standing approvals for people's programs: list them, take one back; giving one is a decision."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from webapp.api.bodies import EmptyBody
from webapp.api.callers import desk, known_first, person
from webapp.api.views import instant, respond
from webapp.domain.uses import plain
from webapp.http.requests import bearer, optional_body
from webapp.services import standing_approvals
from webapp.services.standing_approvals import Told
from webapp.work import Work

api = Blueprint("standing_api", __name__, url_prefix="/api/v1/standing-approvals")


@api.get("")
def list_standing_approvals() -> Response:
    """List the standing approvals that the person may see."""
    credential = bearer()

    def use_case(work: Work) -> list[dict[str, Any]]:
        found = standing_approvals.visible(work, person(work, credential))
        return [_body(one) for one in found]

    return respond({"standing_approvals": desk().read(use_case)})


@api.post("/<approval_id>/revoke")
def revoke_standing_approval(approval_id: str) -> Response:
    """End one at once."""
    credential = bearer()
    with known_first(credential, person):
        optional_body(EmptyBody)

    def use_case(work: Work) -> dict[str, Any]:
        return _body(standing_approvals.revoke(work, approval_id, person(work, credential)))

    return respond(desk().transact(use_case))


def _body(told: Told) -> dict[str, Any]:
    one, scope = told.approval, told.approval.scope
    return {
        "id": one.id,
        "agent": scope.agent,
        "action": one.action_name,
        "says": told.says,
        "handoff": one.handoff_id,
        "policy": one.policy,
        "by": [email for _, email in scope.by],
        "teams": list(scope.teams),
        "granted_at": instant(one.granted_at),
        "ends_at": instant(one.ends_at),
        "open": told.open,
        "uses": one.uses,
        "max_uses": scope.max_uses,
        "currency": scope.currency,
        "total": plain(one.total),
        "max_total": None if scope.max_total is None else plain(scope.max_total),
        "ended_at": instant(one.ended_at),
        "ended_because": one.ended_because,
    }
