"""The life of a handoff: one named function for each change, and the table of what may happen when.

Every function takes the handoff as it is and answers a Step: the handoff as it will be, its event, and what the worker
must do later. Nothing here looks at a clock or a database. `TRANSITIONS` is the whole picture of what may happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from webapp.domain.action import Action
from webapp.domain.decision import (
    Decision,
    Person,
    agreed_as,
    binding_refusal,
    place_of,
    right_refusal,
    too_late,
    vote_of,
)
from webapp.domain.drafting import Content
from webapp.domain.errors import Conflict, DeadlinePassed, NotPending, TooManyRevisions
from webapp.domain.escalation import put_before_people, still_asked
from webapp.domain.handoff import (
    SYSTEM,
    WAITING,
    Actor,
    Handoff,
    Status,
    Submission,
    Verb,
)
from webapp.domain.history import VERIFYING, Draft, EventType, Payload, payload
from webapp.domain.message import Message
from webapp.domain.preview import asks_alike
from webapp.domain.run_errors import AlreadyRedeemed
from webapp.domain.shadow import judged, record, under
from webapp.domain.step import (
    Routed,
    Step,
    agent_of,
    allowed,
    approval_messages,
    decided_by,
    decision_step,
    moved,
    noted,
    one_step,
    tell,
)
from webapp.domain.verdict import Route, Verdict

MOST_REVISIONS = 10
GREATEST_AGE = timedelta(days=30)

_S, _E = Status, EventType
# `answered` at once is a task that is fit
_ROUTED = frozenset({_S.BLOCKED, _S.APPROVED, _S.PENDING, _S.ANSWERED})
_Table = Mapping[Status | None, Mapping[EventType, frozenset[Status]]]
_MOVES: _Table = {
    None: {_E.SUBMITTED: _ROUTED},
    _S.PENDING: {
        _E.REVISED: _ROUTED,
        _E.VOTED: frozenset({_S.PENDING}),
        _E.APPROVED: frozenset({_S.APPROVED}),
        _E.EDITED: frozenset({_S.APPROVED, _S.PENDING, _S.ANSWERED}),
        _E.DENIED: frozenset({_S.DENIED}),
        _E.ANSWERED: frozenset({_S.ANSWERED}),
        _E.CHANGES_REQUESTED: frozenset({_S.CHANGES_REQUESTED}),
        _E.REMINDED: frozenset({_S.PENDING}),
        _E.ESCALATED: frozenset({_S.PENDING}),
        _E.EXPIRED: frozenset({_S.EXPIRED}),
        _E.RESUMED: _ROUTED,
        **dict.fromkeys((_E.PREVIEWED, _E.PREVIEW_FAILED), frozenset({_S.PENDING})),
        _E.WITHDRAWN: frozenset({_S.WITHDRAWN}),
    },
    _S.CHANGES_REQUESTED: {
        _E.REVISED: _ROUTED,
        _E.EXPIRED: frozenset({_S.EXPIRED}),
        _E.RESUMED: frozenset({_S.CHANGES_REQUESTED}),
        _E.WITHDRAWN: frozenset({_S.WITHDRAWN}),
    },
    _S.APPROVED: {
        _E.REDEEMED: frozenset({_S.RUNNING}),
        _E.REVOKED: frozenset({_S.PENDING}),
        _E.RECALLED: frozenset({_S.PENDING}),
        _E.LAPSED: frozenset({_S.EXPIRED}),
        _E.RESUMED: frozenset({_S.BLOCKED, _S.APPROVED, _S.PENDING}),
        _E.WITHDRAWN: frozenset({_S.WITHDRAWN}),
    },
    _S.RUNNING: {
        _E.STARTED: frozenset({_S.RUNNING}),
        _E.REPORTED: frozenset({_S.SUCCEEDED, _S.FAILED, _S.UNKNOWN}),
        _E.OVERRAN: frozenset({_S.UNKNOWN}),
    },
    _S.ANSWERED: {_E.WITHDRAWN: frozenset({_S.WITHDRAWN})},  # a task: nothing may lean on it then
    _S.SUCCEEDED: dict.fromkeys({_E.CLAIMED, _E.LABELLED, *VERIFYING}, frozenset({_S.SUCCEEDED})),
    _S.FAILED: {_E.CLAIMED: frozenset({_S.FAILED}), _E.LABELLED: frozenset({_S.FAILED})},
    _S.UNKNOWN: dict.fromkeys((_E.CLAIMED, _E.LABELLED, _E.SETTLED), frozenset({_S.UNKNOWN})),
    _S.EXPIRED: {_E.LABELLED: frozenset({_S.EXPIRED})},
    _S.WITHDRAWN: {_E.LABELLED: frozenset({_S.WITHDRAWN})},
}
_NOTED: _Table = {one: {**_MOVES.get(one, {}), _E.NOTICE_FAILED: frozenset({one})} for one in _S}
TRANSITIONS: _Table = {**_MOVES, **_NOTED}


# ---------------------------------------------------------------------------------------------------------------------
# What the agent does


def submit(draft: Handoff, routed: Routed, submission: Submission, actor: Actor) -> Step:
    """Begin the life of a drafted handoff with what the policy says of it."""
    after = _routed(draft, routed.verdict, draft.submitted_at)
    event = Draft(
        type=EventType.SUBMITTED,
        actor=actor,
        data=routed.to_json(),
        payload=_claims(submission),
    )
    return Step(before=None, after=after, event=event, messages=_after_routing(after))


def revise(before: Handoff, revised: Handoff, routed: Routed, submission: Submission) -> Step:
    """Put a new revision of the agent's in place of the old one; what people said of the old one is void.

    `revised` is the new content as `as_revised` gave it, `routed` the policy's word on it.
    """
    after = _routed(_next(before, revised), routed.verdict, revised.changed_at)
    event = Draft(
        type=EventType.REVISED,
        actor=agent_of(before),
        data=routed.to_json(),
        payload=_claims(submission),
    )
    return Step(before=before, after=after, event=event, messages=_after_routing(after))


def as_revised(before: Handoff, content: Handoff, now: datetime) -> Handoff:
    """Give `before` with the content of a new revision, not yet routed.

    Raises NotPending, DeadlinePassed or TooManyRevisions.
    """
    _must_wait(before, WAITING, now)
    if before.revision > MOST_REVISIONS or now - before.submitted_at > GREATEST_AGE:
        raise TooManyRevisions
    return replace(
        content,
        id=before.id,
        intent_id=before.intent_id,
        run_id=content.run_id or before.run_id,
        thread_id=content.thread_id or before.thread_id,
        submitted_at=before.submitted_at,
        requesters=tuple(sorted({*before.requesters, *content.requesters})),
        revision=before.revision + 1,
        version=before.version,
        sequence=before.sequence,
        head=before.head,
        asked_back=before.asked_back,
        run_again_of=before.run_again_of,
        undoes=before.undoes,
        claim_sequence=before.sequence + 1,
        revised_sequence=before.sequence + 1,
        changed_at=now,
    )


def withdraw(before: Handoff, actor: Actor, now: datetime) -> Step:
    """Take back what has not been redeemed, or a task that was admitted."""
    if before.status not in {*WAITING, Status.APPROVED} and not before.is_admitted:
        raise NotPending(f"It is {before.status.value} and cannot be withdrawn any more.")
    after = moved(before, Status.WITHDRAWN, now, permit=None)
    return one_step(before, after, EventType.WITHDRAWN, actor)


# ---------------------------------------------------------------------------------------------------------------------
# What people do


def decide(
    before: Handoff,
    decision: Decision,
    person: Person,
    now: datetime,
    routed: Routed | None = None,
) -> Step:
    """Let a person approve, deny, respond or ask back. Raises what stands against it; `edit` has its own function.

    `routed` is the policy's word on a task as the person completed it.
    """
    refuse_decision(before, decision, person, now)
    if before.verdict.observed:
        return record(before, decision, person, now)
    if decision.verb is Verb.APPROVE:
        return _approve(before, decision, person, now)
    status, kind = {
        Verb.DENY: (Status.DENIED, EventType.DENIED),
        Verb.RESPOND: (Status.ANSWERED, EventType.ANSWERED),
        Verb.REQUEST_CHANGES: (Status.CHANGES_REQUESTED, EventType.CHANGES_REQUESTED),
    }[decision.verb]
    decided = decided_by(before, decision.verb, person, now)
    asked = before.asked_back or status is Status.CHANGES_REQUESTED
    verdict = routed.verdict if routed else before.verdict
    after = moved(before, status, now, decided=decided, asked_back=asked, verdict=verdict)
    return decision_step(before, after, kind, decision, person, routed=routed)


def edit(
    before: Handoff, edited: Handoff, routed: Routed, decision: Decision, person: Person
) -> Step:
    """Let a person change the action and agree to it as changed: the first vote on a new revision.

    `edited` carries the new action (see `as_edited`); `routed` is the policy's word on it, which is not `block`.
    Raises what stands against this person deciding the action as edited, which may be another team's to decide.
    """
    now = edited.changed_at
    refuse_decision(before, decision, person, now)
    vote = vote_of(person, before, now)
    # whoever it was put before has looked at it; the agent's own revision begins again with those asked first
    kept = still_asked(before, routed.verdict)
    after = under(_next(before, edited), routed.verdict)
    unseen = after.shows_world and after.preview is None
    # what an edit would do, nobody has seen yet: it is shown first, and nobody has agreed to it
    after = replace(after, votes=() if unseen else (vote,), escalated=kept, reminded=False)
    refusal = right_refusal(person, after)
    if refusal:
        raise refusal
    after = replace(after, deadline_at=now + after.patience)
    decided = decided_by(before, Verb.EDIT, person, now)
    if (
        routed.verdict.observed
    ):  # by a policy of today: nothing runs any more, and this is what the person would do
        after = replace(after, status=Status.ANSWERED, decided=decided, deadline_at=None)
    elif routed.verdict.quorum <= 1 and not unseen:
        after = allowed(replace(after, decided=decided), now)
    step = decision_step(
        before, after, EventType.EDITED, decision, person, routed=routed, action=after.action
    )
    # an edit that needs more votes has a new deadline, like any other new revision
    return replace(step, messages=_after_routing(after))


def as_edited(before: Handoff, action: Action, content: Content, now: datetime) -> Handoff:
    """Give `before` with a person's action in place of the agent's, as the next revision, not yet routed."""
    alike = asks_alike(before.terms.preview, before.action, content.terms.preview, action)
    return replace(
        before,
        action=action,
        fingerprint=content.fingerprint,
        summary=content.summary,
        terms=content.terms,
        patience=min(before.patience, content.patience),
        revision=before.revision + 1,
        revised_sequence=before.sequence + 1,
        vouched=True,
        votes=(),
        preview=before.preview if alike else None,
        changed_at=now,
    )


def revoke(before: Handoff, person: Person, now: datetime, note: str | None = None) -> Step:
    """Take an approval back while its permit has not been redeemed; the handoff is pending again."""
    refusal = right_refusal(person, before)
    if refusal:
        raise refusal
    if before.execution is not None:
        raise AlreadyRedeemed("It has been redeemed and runs or has run; it cannot be taken back.")
    if before.status is not Status.APPROVED:
        raise NotPending(f"It is {before.status.value}; only an approval can be taken back.")
    if before.permit is not None and now >= before.permit.expires_at:
        raise DeadlinePassed("The approval has ended by itself; there is nothing to take back.")
    after = replace(_pending_again(before, now), asked_back=True, escalated=before.escalated)
    body = {"note": note} if note else None
    data, messages = place_of(person, before), put_before_people(after)
    return one_step(
        before, after, EventType.REVOKED, person.actor(), data=data, body=body, messages=messages
    )


def refuse_decision(before: Handoff, decision: Decision, person: Person, now: datetime) -> None:
    """Raise what stands against this decision of this person at this moment: one rule for every face."""
    refusal = right_refusal(person, before)
    if refusal:
        raise refusal
    if before.status is not Status.PENDING:
        raise too_late(before)
    if before.deadline_at is not None and now >= before.deadline_at:
        raise DeadlinePassed
    refusal = binding_refusal(decision, before)
    if refusal:
        raise refusal


# ---------------------------------------------------------------------------------------------------------------------
# What time and policy do


def recall(before: Handoff, routed: Routed, now: datetime) -> Step:
    """Take an approval back because the policy is stricter now than when it was given."""
    after = under(_pending_again(before, now), routed.verdict)
    messages = put_before_people(after)
    return one_step(
        before, after, EventType.RECALLED, SYSTEM, data=routed.to_json(), messages=messages
    )


def is_stricter(before: Handoff, verdict: Verdict) -> bool:
    """Say whether a verdict of today asks for more, or for others, than who approved this handoff.

    `verdict` leaves confidence out: where people had to decide, `auto` does not mean unasked.
    """
    if verdict.route is Route.BLOCK or verdict.observed:
        return True
    if verdict.route is Route.AUTO and before.decided is None:
        return False
    by_others = not set(before.teams) <= set(verdict.reach)
    return by_others or verdict.quorum > len(before.votes)


def expire(before: Handoff, now: datetime) -> Step | None:
    """End what nobody decided in time; None where there is nothing to end (yet)."""
    if before.status not in WAITING or before.deadline_at is None or now < before.deadline_at:
        return None
    after = moved(before, Status.EXPIRED, now)
    return one_step(before, after, EventType.EXPIRED, SYSTEM, messages=(tell(before.id, now),))


# ---------------------------------------------------------------------------------------------------------------------
# The parts they share


def _approve(before: Handoff, decision: Decision, person: Person, now: datetime) -> Step:
    agreed = agreed_as(person, before)
    if agreed:
        raise Conflict(f"{agreed} agreed to this revision already; it needs somebody else.")
    votes = (*before.votes, vote_of(person, before, now, decision.standing))
    if len(votes) < before.verdict.quorum:
        after = replace(noted(before, now), votes=votes)
        return decision_step(before, after, EventType.VOTED, decision, person)
    verb = Verb.EDIT if before.vouched else Verb.APPROVE
    decided = decided_by(before, verb, person, now)
    after = allowed(moved(before, before.status, now, votes=votes, decided=decided), now)
    step = decision_step(before, after, EventType.APPROVED, decision, person)
    return replace(step, messages=approval_messages(after))


def _routed(handoff: Handoff, verdict: Verdict, now: datetime) -> Handoff:
    """Put the handoff where the verdict sends it."""
    status, deadline = Status.BLOCKED, None
    if verdict.route is Route.REVIEW:
        status, deadline = Status.PENDING, now + handoff.patience
    # all at once: a handoff is large, and this is on the way of every submission
    placed = replace(
        handoff,
        verdict=verdict,
        allowed=judged(handoff, verdict),
        status=status,
        deadline_at=deadline,
        votes=(),
        decided=None,
        permit=None,
        escalated=(),
        reminded=False,
    )
    return allowed(placed, now) if verdict.route is Route.AUTO else placed


def _pending_again(before: Handoff, now: datetime) -> Handoff:
    anew = replace(before, votes=(), decided=None, permit=None, escalated=(), reminded=False)
    anew = replace(anew, preview=None)  # it is looked up anew
    return moved(anew, Status.PENDING, now, deadline_at=now + before.patience)


def _next(before: Handoff, content: Handoff) -> Handoff:
    """Count one more event and one more version on a handoff with new content."""
    return replace(
        content,
        status=Status.PENDING,
        version=before.version + 1,
        sequence=before.sequence + 1,
    )


def _claims(submission: Submission) -> Payload:
    text = payload(submission.claim).body
    return Payload(body=text, state=submission.state, private_state=submission.private_state)


def _after_routing(after: Handoff) -> tuple[Message, ...]:
    return approval_messages(after) or put_before_people(after)


def _must_wait(before: Handoff, statuses: frozenset[Status], now: datetime) -> None:
    if before.status not in statuses:
        raise NotPending(f"It is {before.status.value} and cannot be revised any more.")
    if before.deadline_at is not None and now >= before.deadline_at:
        raise DeadlinePassed
