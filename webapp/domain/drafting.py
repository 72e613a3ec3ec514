"""Make a handoff out of what an agent sent, before the policy has said anything of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.domain.action import Action
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.errors import ArgsInvalid, FieldProblem
from webapp.domain.handoff import UNROUTED, Agent, Handoff, Kind, Status, Submission, Verb
from webapp.domain.history import GENESIS
from webapp.domain.policy import Policy, Terms
from webapp.domain.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What follows from an action and the policy: words for people, terms of a permit, patience with people."""

    summary: str | None
    fingerprint: str | None
    terms: Terms
    patience: timedelta


def content_of(action: Action | None, agent: str, owner: str, policy: Policy) -> Content:
    """Say what follows from the action, or from a question where there is none."""
    if action is None:
        patience = policy.grant(agent, owner).questions_deadline.after
        return Content(summary=None, fingerprint=None, terms=Terms(), patience=patience)
    action_type = policy.action_type(action.name)
    return Content(
        summary=action_type.summarise(action.args),
        fingerprint=action.fingerprint(),
        terms=action_type.terms,
        patience=action_type.deadline.after,
    )


def run_as_today(handoff: Handoff, policy: Policy) -> Handoff:
    """Give `handoff` as one that is run, shown and verified as this policy says, whatever was approved before."""
    if handoff.action is None:
        return handoff
    today, terms = policy.action_type(handoff.action.name).terms, handoff.terms
    as_today = replace(terms, executor=today.executor, preview=today.preview, verify=today.verify)
    return handoff if as_today == terms else replace(handoff, terms=as_today)


def content_of_task(task: Task, policy: Policy) -> Content:
    """Say what follows from a task."""
    patience = policy.task_type(task.type).deadline.after
    return Content(summary=None, fingerprint=task.fingerprint(), terms=Terms(), patience=patience)


def check_args(action: Action | None, policy: Policy, prefix: str = "/action/args") -> None:
    """Raise ArgsInvalid where the args are not as the action type wants them; `prefix` is where they stood."""
    problems = policy.action_type(action.name).problems(action.args) if action else ()
    if action is None or not problems:
        return
    raise ArgsInvalid(
        f"The args of {action.name} are not as the policy wants them.",
        hint="Mend the fields that are named and submit again with the same Idempotency-Key.",
        problems=[
            FieldProblem(
                pointer=prefix + problem.pointer,
                code=problem.code,
                message=problem.message,
                expected=problem.expected,
            )
            for problem in problems
        ],
    )


def draft(
    submission: Submission,
    agent: Agent,
    policy: Policy,
    requesters: tuple[str, ...],
    now: datetime,
    *,
    handoff_id: str = "",
) -> Handoff:
    """Give the handoff that a submission asks for, not yet routed (so: blocked).

    A revision has no id of its own. An intent that was not named is the handoff itself.
    """
    content = _content(submission, agent, policy)
    return Handoff(
        id=handoff_id,
        agent_id=agent.id,
        agent=agent.name,
        owner=policy.grant(agent.name, agent.owner).owner or agent.owner,
        kind=submission.kind,
        status=Status.BLOCKED,
        revision=1,
        version=1,
        sequence=1,
        head=GENESIS,
        title=submission.title,
        summary=content.summary,
        action=submission.action,
        fingerprint=content.fingerprint,
        confidence=submission.confidence,
        intent_id=submission.intent_id or handoff_id,
        run_id=submission.run_id,
        thread_id=submission.thread_id,
        requesters=requesters,
        allowed=_deniable(submission.allowed),
        verdict=UNROUTED,
        terms=content.terms,
        patience=min(content.patience, submission.expires_in or content.patience),
        claim_sequence=1,
        revised_sequence=1,
        submitted_at=now,
        changed_at=now,
        task=submission.task,
        task_id=submission.task_id,
        tags=tuple(submission.claim.get("tags") or ()),
        on_behalf_of=submission.on_behalf_of,
        callback=submission.callback or agent.callback or CallbackWish.NONE,
    )


def _content(submission: Submission, agent: Agent, policy: Policy) -> Content:
    if submission.task:
        return content_of_task(submission.task, policy)
    return content_of(submission.action, agent.name, agent.owner, policy)


def _deniable(handled: tuple[Verb, ...]) -> tuple[Verb, ...]:
    """Let people deny whatever the agent can handle: one that left this out would never be told no."""
    return tuple(verb for verb in Verb if verb in {*handled, Verb.DENY})


def is_same_ask(kind: Kind, fingerprint: str | None, submission: Submission) -> bool:
    """Say whether a submission asks for what was asked under its key before, whatever the prose around it."""
    return kind is submission.kind and fingerprint == submission.fingerprint
