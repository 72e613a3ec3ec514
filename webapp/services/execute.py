"""Execute: begin, follow and end what Handrail runs itself, by one message of the outbox and under its lease."""

from __future__ import annotations

from datetime import timedelta

from webapp.domain import execution
from webapp.domain.executor import Executor
from webapp.domain.handoff import Handoff, Status
from webapp.domain.message import Attempt
from webapp.domain.run_errors import PermitUnusable
from webapp.domain.tool_call import Ran
from webapp.services import outbox, policies
from webapp.services.advance import advance
from webapp.services.previews import Fresh
from webapp.services.redeem import redeem_here, refuse_under_stop
from webapp.services.report import report_here
from webapp.services.stops import STOPS
from webapp.store import handoffs
from webapp.work import Work


def begin(
    work: Work,
    attempt: Attempt,
    handoff_id: str,
    executor: Executor,
    length: timedelta,
    lease: str | None = None,
    fresh: Fresh | None = None,
) -> Handoff:
    """Redeem the permit and keep the message for `length`; once this is committed, the call may be made, once.

    `fresh` is the world as it was seen just now. Raises what stands against it: NotNow and TooEarly for now, LookFirst,
    Stopped while a stop is in force, else for good.
    """
    begun = redeem_here(work, handoff_id, executor, by_message(attempt), lease, fresh)
    if not outbox.hold(work, attempt, length):
        raise PermitUnusable("Another attempt has begun it.")
    return begun


def go_on(work: Work, attempt: Attempt, handoff: Handoff, length: timedelta) -> bool:
    """Keep the message of what has begun for `length`; False where it was overtaken.

    What may not have arrived is not sent again under a stop: raises Stopped.
    """
    if handoff.execution is not None and handoff.execution.job is None:
        work.lock_for(STOPS, shared=True)
        refuse_under_stop(handoff, policies.standing(work).stops)
    return outbox.hold(work, attempt, length)


def by_message(attempt: Attempt) -> str:
    """Name the runner of an execution: this attempt at this message."""
    return f"message:{attempt.id}:{attempt.number}"


def is_begun_by(handoff: Handoff, attempt: Attempt) -> bool:
    """Say whether an earlier attempt at this very message has begun it, and has not come to its end."""
    runner = _runner(handoff)
    return f"{runner}:".startswith(f"message:{attempt.id}:") and runner != by_message(attempt)


def drop(work: Work, attempt: Attempt, handoff_id: str) -> None:
    """Strike out a message by which nothing is to be run, unless this very attempt runs it and was played twice."""
    found = handoffs.find(work, handoff_id)
    if found is None or _runner(found) != by_message(attempt):
        outbox.done(work, attempt)


def _runner(handoff: Handoff) -> str | None:
    """Name who runs it at the moment."""
    run = handoff.execution
    return run.key_hash if run and handoff.status is Status.RUNNING else None


def note_started(work: Work, attempt: Attempt, handoff_id: str, job: str, after: timedelta) -> None:
    """Note that the Job runs, and look at it again after a while."""
    before = handoffs.load(work, handoff_id, lock=True)
    if before.status is Status.RUNNING:
        advance(work, execution.started(before, job, work.now))
    outbox.come_again(work, attempt, after)


def conclude(work: Work, attempt: Attempt, handoff_id: str, ran: Ran) -> Handoff:
    """Record how it ended and strike the message out, together."""
    ended = report_here(work, handoff_id, ran)
    outbox.done(work, attempt)
    return ended
