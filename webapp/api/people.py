"""What people's programs call, with a token: decide, revoke, stop and resume."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.api.bodies import (
    DecisionBody,
    LevelBody,
    ResumeBody,
    RevokeBody,
    StandingBody,
    StopBody,
)
from webapp.api.callers import desk, known_first, person
from webapp.api.responses import respond
from webapp.api.submissions import verb_of
from webapp.domain.decision import Decision, require_right_to_stop
from webapp.domain.duration import EXPECTED, parse_duration
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.handoff import Verb
from webapp.domain.standing_terms import StandingWish
from webapp.domain.stop import Scope, Stage
from webapp.handoff_json import for_person
from webapp.http.requests import bearer, json_body, optional_body, read
from webapp.services import levels, stops
from webapp.services.decide import decide, revoke
from webapp.services.deliver import Delivery, deliver_to_person
from webapp.work import Work

api = Blueprint("people_api", __name__, url_prefix="/api/v1")


@api.post("/handoffs/<handoff_id>/decisions")
def decide_handoff(handoff_id: str) -> Response:
    """Decide a handoff."""
    credential = bearer()
    with known_first(credential, person):
        decision = decision_of(read(DecisionBody, json_body()))

    def use_case(work: Work) -> Delivery:
        return deliver_to_person(work, decide(work, handoff_id, decision, person(work, credential)))

    return _answer(desk().transact(use_case))


@api.post("/handoffs/<handoff_id>/revoke")
def revoke_approval(handoff_id: str) -> Response:
    """Take an approval back."""
    credential = bearer()
    with known_first(credential, person):
        body = optional_body(RevokeBody)
    note = body.note if body else None

    def use_case(work: Work) -> Delivery:
        return deliver_to_person(work, revoke(work, handoff_id, person(work, credential), note))

    return _answer(desk().transact(use_case))


@api.get("/stops")
def list_stops() -> Response:
    """List the stops in force."""
    credential = bearer()

    def use_case(work: Work) -> list[dict[str, object]]:
        person(work, credential)
        return [stop.to_json() for stop in stops.in_force(work)]

    return respond({"stops": desk().read(use_case)})


@api.post("/stops")
def stop() -> Response:
    """Put a stop in force."""
    credential = bearer()
    with known_first(credential, person):
        body = read(StopBody, json_body())

    def use_case(work: Work) -> dict[str, object]:
        who = person(work, credential)
        require_right_to_stop(who)
        return stops.stop(work, Scope(body.scope), body.name, body.reason, who.email).to_json()

    return respond(desk().transact(use_case), status=201)


@api.post("/stops/<stop_id>/resume")
def resume(stop_id: str) -> Response:
    """Lift a stop."""
    credential = bearer()
    with known_first(credential, person):
        body = optional_body(ResumeBody)
    to = Stage.SUPERVISED if body and body.to == "supervised" else None

    def use_case(work: Work) -> dict[str, object]:
        return stops.lift(work, stop_id, person(work, credential), to).to_json()

    return respond({"resumed": desk().transact(use_case)})


@api.get("/agents/<name>/level")
def agent_level(name: str) -> Response:
    """Say where an agent stands."""
    credential = bearer()

    def use_case(work: Work) -> levels.Ladder:
        person(work, credential)
        return levels.ladder_of(work, name)

    return respond(desk().read(use_case).to_json())


@api.post("/agents/<name>/level")
def set_agent_level(name: str) -> Response:
    """Promote or demote an agent."""
    credential = bearer()
    with known_first(credential, person):
        body = read(LevelBody, json_body())

    def use_case(work: Work) -> levels.Ladder:
        who = person(work, credential)
        return levels.set_level(work, name, body.level, body.reason, who)

    return respond(desk().transact(use_case).to_json())


def decision_of(body: DecisionBody) -> Decision:
    """Give the decision that a body holds; naming an interpretation may be an edit."""
    verb = verb_of(body.verb)
    chosen = (body.response or {}).get("interpretation")
    editing = verb is Verb.EDIT and isinstance(chosen, str)
    return Decision(
        verb=verb,
        revision=body.revision,
        fingerprint=body.fingerprint,
        note=body.note,
        args=body.args,
        interpretation=chosen if editing else None,
        response=None if editing else body.response,
        standing=_wish_of(body.standing) if body.standing else None,
        preview=body.preview,
    )


def _wish_of(body: StandingBody) -> StandingWish:
    lasts = parse_duration(body.lasts)
    if not lasts:
        problem = FieldProblem(
            pointer="/standing/for",
            code="duration",
            message="This is no duration.",
            expected=EXPECTED,
        )
        raise SubmissionInvalid(problems=[problem])
    return StandingWish(lasts=lasts, uses=body.uses)


def _answer(delivery: Delivery) -> Response:
    return respond(for_person(desk(), delivery), [delivery])
