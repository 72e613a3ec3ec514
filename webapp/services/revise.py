"""Revise: an agent answers what it was asked, or thinks better of it, before anything was decided."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain import lifecycle
from webapp.domain.drafting import check_args, draft
from webapp.domain.errors import ArgsInvalid, FieldProblem, SubmissionInvalid
from webapp.domain.handoff import Agent, Handoff, Submission
from webapp.domain.run_errors import AskedByPerson
from webapp.services import policies
from webapp.services.advance import advance
from webapp.services.deliver import own
from webapp.services.endpoints import insist_on_endpoint
from webapp.services.limits import route_within_limits
from webapp.services.loops import count_invalid
from webapp.services.submit import requesters_of
from webapp.work import Work


def revise(work: Work, agent: Agent, handoff_id: str, submission: Submission) -> Handoff:
    """Put a new revision in place of the one that waits, and route it; without a title the old one stays.

    Raises NotFound, NotPending, DeadlinePassed, TooManyRevisions, AskedByPerson, ArgsInvalid, NoEndpoint,
    SubmissionInvalid.
    """
    before = own(work, agent, handoff_id, lock=True)
    insist_on_endpoint(work, agent, submission)
    if before.kind is not submission.kind:
        message = f"A revision cannot change the kind; this is a {before.kind.value}."
        problem = FieldProblem(
            pointer="/kind", code="changed", message=message, expected=before.kind.value
        )
        raise SubmissionInvalid(message, problems=[problem])
    in_force = policies.standing(work)
    requesters = requesters_of(work, agent, submission)
    submission = replace(
        submission,
        title=submission.title or before.title,
        callback=submission.callback or before.callback,
    )
    content = draft(submission, agent, in_force.policy, requesters, work.now)
    if before.undoes and content.fingerprint != before.fingerprint:
        raise AskedByPerson
    revised = lifecycle.as_revised(before, content, work.now)
    try:
        check_args(submission.action, in_force.policy)
    except ArgsInvalid as error:
        count_invalid(work, agent, error.problems)
        raise
    routed = route_within_limits(work, revised, in_force)
    return advance(work, lifecycle.revise(before, revised, routed, submission))
