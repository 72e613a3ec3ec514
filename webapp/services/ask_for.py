"""Ask for something in an agent's name because a person wants it: once, before other people than that one."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain import lifecycle
from webapp.domain.decision import Person, speaks_for
from webapp.domain.drafting import check_args, draft
from webapp.domain.errors import ArgsInvalid, IdempotencyConflict, SubmissionInvalid
from webapp.domain.handoff import Agent, Handoff, Submission
from webapp.services import policies
from webapp.services.advance import begin
from webapp.services.limits import route_edited
from webapp.services.submit import Submitted
from webapp.store import asks, handoffs
from webapp.work import Work


def ask_for(
    work: Work,
    before: Handoff,
    submission: Submission,
    person: Person,
    key: str,
    *,
    run_again_of: str | None = None,
    undoes: str | None = None,
) -> Submitted:
    """Ask under a key that the agent knows, too, for what comes of `before`.

    Whoever asks again gets the handoff as it stands. Raises SubmissionInvalid and IdempotencyConflict.
    """
    known = asked_before(work, before, key, submission.fingerprint)
    if known:
        return Submitted(handoff=known, replayed=True)
    policy = policies.standing(work).policy
    try:
        check_args(submission.action, policy)
    except ArgsInvalid as error:  # what policy wants by now does not count against the agent
        raise SubmissionInvalid(error.detail, problems=error.problems) from None
    agent = Agent(id=before.agent_id, name=before.agent, owner=before.owner)
    asking = tuple(dict.fromkeys((*before.requesters, *speaks_for(person, before))))
    fresh = draft(submission, agent, policy, asking, work.now, handoff_id=work.new_id("ho"))
    drafted = replace(fresh, run_again_of=run_again_of, undoes=undoes)
    routed = route_edited(work, drafted, policy)
    step = lifecycle.submit(drafted, routed, submission, person.actor())
    added = begin(work, step, [asks.row_of(step.after, key)])
    return Submitted(handoff=added, replayed=False)


def asked_before(work: Work, before: Handoff, key: str, fingerprint: str | None) -> Handoff | None:
    """Find what was asked under the key, by a person or by the agent itself. Raises IdempotencyConflict."""
    ask = asks.find(work, before.agent_id, key)
    if ask is None:
        return None
    known = handoffs.load(work, ask.handoff_id)
    if ask.fingerprint != fingerprint:
        raise IdempotencyConflict(
            f"The agent has asked for another action under the key {key!r}.",
            hint="Look at the handoff that is given here, and let the agent ask anew.",
            extra={"handoff": known},
        )
    return known
