"""Stop and resume: a stop that was acknowledged holds, because redeeming and stopping exclude each other."""

from __future__ import annotations

from datetime import datetime

from webapp.domain.action import is_action_name
from webapp.domain.decision import (
    DECIDING,
    Person,
    require_right_to_resume,
    require_right_to_rotate,
)
from webapp.domain.errors import FieldProblem, NotFound, SubmissionInvalid, Unavailable
from webapp.domain.handoff import Agent
from webapp.domain.message import Message, Topic
from webapp.domain.stop import Scope, Stage, Stop
from webapp.services import accounts, policies
from webapp.services.accounts import NewKey
from webapp.services.standing_effects import end_under_stop
from webapp.store import accounts as people
from webapp.store import handoffs, lists
from webapp.store import policies as store
from webapp.work import Work

STOPS = "handrail.stops"


def stop(work: Work, scope: Scope, name: str | None, reason: str, by: str) -> Stop:
    """Put a stop in force: from its commit on nothing that it covers starts.

    Raises SubmissionInvalid, also for what does not exist: a stop that covers nothing by a slip of the pen must not
    be acknowledged.
    """
    _check(scope, name, reason)
    agent_id = None
    if scope is Scope.AGENT and name is not None:
        agent_id = _insist_on_agent(work, name).id
    work.lock_for(STOPS, shared=False)
    fresh = Stop(
        id=work.new_id("st"), scope=scope, name=name, reason=reason.strip(), by=by, at=work.now
    )
    store.add_stop(work, fresh)
    end_under_stop(work, fresh, agent_id)
    if work.store.tells:
        handoffs.post(work, Message(topic=Topic.REDRAW, handoff_id=fresh.id, due_at=work.now))
    return fresh


def lift(work: Work, stop_id: str, person: Person, to: Stage | None = None) -> Stop:
    """Let a person lift one stop (see `resume`). Raises NotFound, and Forbidden where it is not theirs to lift."""
    require_right_to_resume(person, wardens(work, _in_force(work, stop_id)))
    return resume(work, stop_id, person.email, to)


def wardens(work: Work, stop: Stop) -> frozenset[str]:
    """Name the teams whose admins may lift a stop: of whoever set it, and the owner of the agent that is stopped.

    Where nobody knows who set it, such as on the command line, it is for admins of every team alone.
    """
    setter = people.user_by_email(work, stop.by)
    teams = {one.team for one in setter.memberships if one.role in DECIDING} if setter else set()
    owner = _owner(work, stop)
    return frozenset({*teams, owner} if owner else teams)


def rotate(work: Work, stop_id: str, person: Person) -> tuple[str, NewKey]:
    """Let a person revoke the keys of the agent that is stopped; give its name and its new key.

    Raises NotFound, and Forbidden where the agent is not theirs.
    """
    found = _in_force(work, stop_id)
    owner = _owner(work, found)
    if found.name is None or owner is None:
        raise NotFound("No stop of an agent is in force here.")
    require_right_to_rotate(person, owner)
    return found.name, accounts.rotate_keys(work, found.name, person.email)


def may_lift(work: Work, stop: Stop, person: Person) -> bool:
    """Say whether the person may lift a stop, for showing it."""
    return person.administers(wardens(work, stop))


def may_rotate(work: Work, stop: Stop, person: Person) -> bool:
    """Say whether the person may rotate the keys of the agent that is stopped, for showing it."""
    owner = _owner(work, stop)
    return owner is not None and person.administers({owner})


def resume(work: Work, stop_id: str, by: str, to: Stage | None = None) -> Stop:
    """Lift one stop: wholly, or with `to` SUPERVISED as far as people deciding everything.

    What it held back is routed afresh by the worker. Raises NotFound where it is not in force.
    """
    found = _in_force(work, stop_id)
    _lift(work, [stop_id], by, to)
    return store.stop(work, stop_id) or found


def resume_scope(
    work: Work, scope: Scope, name: str | None, by: str, to: Stage | None = None
) -> int:
    """Lift every stop of exactly this scope and name; give how many there were."""
    found = [s.id for s in store.stops(work) if s.scope is scope and s.name == name]
    return _lift(work, found, by, to) if found else 0


def _lift(work: Work, stop_ids: list[str], by: str, to: Stage | None) -> int:
    work.lock_for(STOPS, shared=False)
    lift = store.ease_stops if to is Stage.SUPERVISED else store.lift_stops
    count = lift(work, stop_ids, by)
    for stop_id in stop_ids:
        handoffs.post(work, Message(topic=Topic.RESUME, handoff_id=stop_id, due_at=work.now))
        if work.store.tells:
            handoffs.post(work, Message(topic=Topic.REDRAW, handoff_id=stop_id, due_at=work.now))
    return count


def last_start(work: Work, stop: Stop) -> datetime | None:
    """Say when something that a stop covers started last, None where nothing ever did."""
    return lists.last_start(work, stop)


def in_force(work: Work) -> tuple[Stop, ...]:
    """List the stops in force, oldest first."""
    return store.stops(work)


def _in_force(work: Work, stop_id: str) -> Stop:
    found = next((one for one in store.stops(work) if one.id == stop_id), None)
    if found is None:
        raise NotFound("No such stop is in force.")
    return found


def _owner(work: Work, stop: Stop) -> str | None:
    """Name the team that answers for the agent that is stopped, None where it is not an agent that is."""
    if stop.scope is not Scope.AGENT or stop.name is None:
        return None
    agent = accounts.agent_named(work, stop.name)
    try:
        grant = policies.standing(work).policy.grant(agent.name, agent.owner)
    except Unavailable:  # before the first policy an agent is its own team's
        return agent.owner
    return grant.owner or agent.owner


def _insist_on_agent(work: Work, name: str) -> Agent:
    try:
        return accounts.agent_named(work, name)
    except NotFound as error:
        problem = FieldProblem(pointer="/name", code="unknown", message=error.detail)
        raise SubmissionInvalid(error.detail, hint=error.hint, problems=[problem]) from None


def _check(scope: Scope, name: str | None, reason: str) -> None:
    problems = []
    if (scope is Scope.GLOBAL) != (name is None):
        expected = "no name" if scope is Scope.GLOBAL else f"the name of the {scope.value}"
        message = f"A stop of scope {scope.value} takes {expected}."
        problems.append(
            FieldProblem(pointer="/name", code="name", message=message, expected=expected)
        )
    if scope is Scope.ACTION and name is not None and not is_action_name(name.removesuffix(".*")):
        expected = "an action's name, or a family of them such as payments.*"
        message = f"{name!r} names no action, so this stop would cover nothing."
        problems.append(
            FieldProblem(pointer="/name", code="name", message=message, expected=expected)
        )
    if not reason.strip():
        message = "A stop needs a reason; everybody who is stopped reads it."
        problems.append(FieldProblem(pointer="/reason", code="required", message=message))
    if problems:
        raise SubmissionInvalid(problems[0].message, problems=problems)
