"""What begins a standing approval and what ends one before its time, in the transaction of what caused it."""

from __future__ import annotations

from webapp.domain.decision import Person
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.handoff import Handoff, Kind, Status
from webapp.domain.history import EventType
from webapp.domain.standing import (
    given,
    given_with,
    giver_refusal,
    refusal,
    vote_refusal,
    wish_of,
    wish_refusal,
)
from webapp.domain.standing_terms import StandingWish
from webapp.domain.step import Step
from webapp.domain.stop import Scope, Stop, in_force
from webapp.services import policies
from webapp.store import standing_approvals as store
from webapp.work import Work

WENT_WRONG = frozenset({Status.FAILED, Status.UNKNOWN})
AFTERWARDS = frozenset({EventType.CLAIMED, EventType.SETTLED})


def check_wish(work: Work, before: Handoff, wish: StandingWish | None, person: Person) -> None:
    """Refuse a standing approval that cannot be given with this handoff. Raises SubmissionInvalid."""
    if wish is None:
        return
    found = wish_problem(work, before, wish, person)
    if found:
        problem = FieldProblem(pointer="/standing", code="standing", message=found)
        hint = "Approve this one alone, without standing."
        raise SubmissionInvalid(found, hint=hint, problems=[problem])


def wish_problem(work: Work, before: Handoff, wish: StandingWish, person: Person) -> str | None:
    """Say why this standing approval cannot be given now, None where it can."""
    standing = policies.standing(work)
    of = standing.policy.action_type(before.target_name)
    if before.verdict.policy != standing.policy.number:
        return "The policy has changed since this was routed, so it says nothing of later ones."
    if in_force(standing.stops, before.agent, of.name):
        return "A stop is in force; nothing is approved in advance under one."
    if of.standing is None:
        return refusal(before, of)
    found = refusal(before, of) or giver_refusal(before, person)
    return found or wish_refusal(wish, of.standing) or vote_refusal(before, wish)


def begin_or_end(work: Work, step: Step) -> None:
    """Begin what was given with an approval; end what a denial, a failure or a second thought speaks against."""
    after, event = step.after, step.event.type
    if event is EventType.APPROVED:
        _begin(work, after)
    elif after.status is Status.DENIED and after.kind is Kind.ACTION:
        _end_denied(work, after)
    elif after.status in WENT_WRONG and event not in AFTERWARDS:
        _end_own(work, after, f"{after.id} ended {after.status.value}")
    elif event is EventType.CONTRADICTED:
        _end_own(work, after, f"{after.id} was reported as done and is not")
    elif event is EventType.REVOKED and step.before:
        _end_own(work, step.before, f"the approval of {after.id} was taken back")


def end_of_agent(work: Work, agent_id: str, because: str) -> None:
    """End all that an agent has, such as where it is demoted."""
    if store.any_open(work, store.of_agent(agent_id)):
        store.end(work, because, store.of_agent(agent_id))


def end_under_stop(work: Work, stop: Stop, agent_id: str | None) -> None:
    """End all that a stop covers; lifting it gives none of them back."""
    because = f"a stop was put in force for {stop.describe()}"
    if stop.scope is Scope.GLOBAL or stop.name is None:
        store.end(work, because)
    elif stop.scope is Scope.ACTION:
        store.end(work, because, store.of_action(stop.name))
    elif agent_id is not None:
        store.end(work, because, store.of_agent(agent_id))


def _begin(work: Work, after: Handoff) -> None:
    wish = wish_of(after) if given_with(after) else None
    if wish is None:
        return
    of = policies.at(work, after.verdict.policy).action_type(after.target_name)
    if of.standing is not None:
        store.add(work, given(after, of, of.standing, wish, work.now))


def _end_denied(work: Work, after: Handoff) -> None:
    alike = store.of_agent(after.agent_id, after.target_name)
    if store.any_open(work, alike):
        by = after.decided.by if after.decided else "a person"
        store.end(work, f"{by} denied {after.id}", alike)


def _end_own(work: Work, handoff: Handoff, because: str) -> None:
    """End what approved this handoff, or was given with its approval."""
    decided = handoff.decided
    approval_id = (decided.standing if decided else None) or given_with(handoff)
    if approval_id:
        store.end(work, because, store.this(approval_id))
