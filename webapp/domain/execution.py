"""The execution: redeeming the permit, reporting the outcome, and what time does to both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.domain.decision import Person, right_refusal
from webapp.domain.errors import HandrailError
from webapp.domain.handoff import (
    SYSTEM,
    Actor,
    Execution,
    Handoff,
    Kind,
    Outcome,
    Settled,
    Status,
    Submission,
)
from webapp.domain.history import EventType
from webapp.domain.instant import written
from webapp.domain.message import Message, Topic
from webapp.domain.run_errors import (
    AlreadyRedeemed,
    AlreadySettled,
    FingerprintMismatch,
    MayHaveRun,
    NotRunning,
    NotUnknown,
    OutcomeConflict,
    PermitExpired,
    PermitUnusable,
    TooEarly,
)
from webapp.domain.step import Step, agent_of, looked_into, moved, noted, one_step, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a person says of a run that nobody knows the end of; `shown` is the hash of what was rendered."""

    ran: bool
    note: str
    shown: str | None = None


def redeem(
    before: Handoff,
    permit: str,
    fingerprint: str,
    key_hash: str | None,
    now: datetime,
    *,
    lease: str | None = None,
) -> Step:
    """Begin the one execution that the permit allows. Raises what stands against it.

    `lease` names what was lent for it, which is given back at the end of the run at the latest.
    """
    refusal = _permit_refusal(before, permit, fingerprint, now)
    if refusal:
        raise refusal
    run_until = now + before.terms.run_within
    execution = Execution(
        permit_id=permit, redeemed_at=now, run_until=run_until, key_hash=key_hash, lease=lease
    )
    after = moved(before, Status.RUNNING, now, execution=execution, permit=None)
    topics = (Topic.OVERRUN, Topic.REVOKE) if lease else (Topic.OVERRUN,)
    messages = tuple(Message(topic=one, handoff_id=before.id, due_at=run_until) for one in topics)
    return one_step(before, after, EventType.REDEEMED, runner_of(before), messages=messages)


def runner_of(handoff: Handoff) -> Actor:
    """Say who runs it: its agent, or Handrail itself."""
    return SYSTEM if handoff.terms.executor else agent_of(handoff)


def started(before: Handoff, job: str, now: datetime) -> Step:
    """Note that the Job of a run was started, so that it is looked for from now on and never started again."""
    if before.execution is None or before.status is not Status.RUNNING:
        raise NotRunning
    execution = replace(before.execution, job=job)
    after = replace(noted(before, now), execution=execution)
    return one_step(before, after, EventType.STARTED, SYSTEM, data={"job": job})


def is_same_redemption(
    before: Handoff, permit: str, fingerprint: str, key_hash: str | None, now: datetime
) -> bool:
    """Say whether this is the redeemer asking again for a lost answer, while it may still run."""
    run = before.execution
    return (
        before.status is Status.RUNNING
        and run is not None
        and run.permit_id == permit
        and now < run.run_until
        and key_hash is not None
        and run.key_hash == key_hash
        and before.fingerprint == fingerprint
    )


def report(
    before: Handoff, status: Status, digest: str, detail: Mapping[str, Any], now: datetime
) -> Step:
    """Record how the execution ended, in the words of whoever ran it.

    A report after the run was given up, or another than the one before, changes nothing but is kept as a claim.
    """
    if before.execution is None:
        raise NotRunning
    runner = runner_of(before)
    outcome = Outcome(
        status=status,
        by=runner.name,
        at=now,
        digest=digest,
        sequence=before.sequence + 1,
    )
    data = {"status": status.value, "digest": digest}
    if before.status is Status.RUNNING:
        after, kind = moved(before, status, now, outcome=outcome), EventType.REPORTED
    else:
        after, kind = noted(before, now), EventType.CLAIMED
    worrying = kind is EventType.CLAIMED or status is Status.UNKNOWN
    messages = (tell(before.id, now),) if worrying else looked_into(before, after)
    return one_step(before, after, kind, runner, data=data, body=detail, messages=messages)


def report_conflict(before: Handoff, digest: str) -> HandrailError | None:
    """Say whether a report contradicts what the agent itself has reported before."""
    said = before.outcome
    if said is None or said.by != before.agent or said.digest == digest:
        return None
    return OutcomeConflict(f"{said.status.value} was reported before; a person will look at both.")


def lapse(before: Handoff, now: datetime) -> Step | None:
    """End an approval that nobody redeemed in time; None where there is nothing to end (yet)."""
    permit = before.permit
    if before.status is not Status.APPROVED or permit is None or now < permit.expires_at:
        return None
    after = moved(before, Status.EXPIRED, now, permit=None)
    return one_step(before, after, EventType.LAPSED, SYSTEM, messages=(tell(before.id, now),))


def overrun(before: Handoff, now: datetime) -> Step | None:
    """Give up on a run that reported nothing in time: nobody knows whether it ran, so a person must look."""
    run = before.execution
    if before.status is not Status.RUNNING or run is None or now < run.run_until:
        return None
    outcome = Outcome(
        status=Status.UNKNOWN,
        by=SYSTEM.name,
        at=now,
        digest="",
        sequence=before.sequence + 1,
    )
    after = moved(before, Status.UNKNOWN, now, outcome=outcome)
    data = {"status": Status.UNKNOWN.value}
    return one_step(
        before, after, EventType.OVERRAN, SYSTEM, data=data, messages=(tell(before.id, now),)
    )


def settle(before: Handoff, said: Settlement, person: Person, now: datetime) -> Step:
    """Let a person say whether it ran, once. Raises what stands against it.

    It stays `unknown`: that is final for the agent, and what a person found out stands beside it.
    """
    refusal = right_refusal(person, before) or _settle_refusal(before)
    if refusal:
        raise refusal
    settled = Settled(
        ran=said.ran,
        by_id=person.id,
        by=person.email,
        via=person.face,
        at=now,
        sequence=before.sequence + 1,
    )
    after = replace(noted(before, now), settled=settled)
    step = one_step(
        before,
        after,
        EventType.SETTLED,
        person.actor(),
        data={"ran": said.ran},
        body={"note": said.note},
    )
    return replace(step, event=replace(step.event, shown=said.shown))


def has_run(handoff: Handoff) -> bool:
    """Say whether it is known that it ran: the agent reports success, or a person has settled it so."""
    settled = handoff.settled
    return handoff.status is Status.SUCCEEDED or (settled is not None and settled.ran)


def _settle_refusal(before: Handoff) -> HandrailError | None:
    if before.status is not Status.UNKNOWN:
        return NotUnknown(f"It is {before.status.value}; only what is unknown has to be settled.")
    found = before.settled
    if found is None:
        return None
    facts = {"ran": found.ran, "by": found.by, "via": found.via.value, "at": written(found.at)}
    did = "ran" if found.ran else "did not run"
    return AlreadySettled(
        f"{found.by} has settled already that it {did}.", extra={"settled": facts}
    )


def again(before: Handoff, claim: Mapping[str, Any]) -> Submission:
    """Ask for what did not run once more: the same action and intent, as approved, with what the agent said of it.

    `claim` is what the agent said; its states are for the caller to add. Raises MayHaveRun.
    """
    if before.settled is None or before.settled.ran or before.action is None:
        raise MayHaveRun
    said = {
        **{name: value for name, value in claim.items() if name != "expires_in"},
        "kind": Kind.ACTION.value,
        "title": before.title,
        "action": before.action.to_json(),
        "confidence": before.confidence,
        "intent_id": before.intent_id,
        "run_id": before.run_id,
        "thread_id": before.thread_id,
        "task_id": before.task_id,
        "on_behalf_of": before.on_behalf_of,
        "parent_handoff_id": before.id,
    }
    return Submission(
        kind=Kind.ACTION,
        title=before.title,
        action=before.action,
        confidence=before.confidence,
        allowed=before.allowed,
        expires_in=None,
        on_behalf_of=before.on_behalf_of,
        intent_id=before.intent_id,
        run_id=before.run_id,
        thread_id=before.thread_id,
        claim={name: value for name, value in said.items() if value is not None},
        state=None,
        private_state=None,
        task_id=before.task_id,
    )


def again_key(handoff_id: str) -> str:
    """Give the Idempotency-Key of what is asked for again: whoever uses it, agent or person, asks once."""
    return f"run-again:{handoff_id}"


def _permit_refusal(
    before: Handoff, permit: str, fingerprint: str, now: datetime
) -> HandrailError | None:
    """Say why the permit cannot be redeemed, the most telling reason first."""
    if before.execution is not None and before.execution.permit_id == permit:
        return AlreadyRedeemed(extra={"redeemed_at": written(before.execution.redeemed_at)})
    if before.status is Status.EXPIRED:
        return PermitExpired()
    if before.permit is None or before.permit.id != permit or before.status is not Status.APPROVED:
        return PermitUnusable(f"This permit is void; the handoff is {before.status.value}.")
    if now >= before.permit.expires_at:
        return PermitExpired()
    if now < before.permit.not_before:
        return TooEarly(extra={"not_before": written(before.permit.not_before)})
    if before.fingerprint != fingerprint:
        return FingerprintMismatch(
            hint="Run resume.action exactly as it was given.",
            extra={"fingerprint": before.fingerprint},
        )
    return None
