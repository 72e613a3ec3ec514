"""Work off the outbox: lease what is due, claim one attempt, record how it went.

A message is struck out only together with what it asked for, or after that. Until then a lease that
ends makes it due again, so that a worker, a relay or Redis may be killed at any moment.
"""

from __future__ import annotations

from datetime import timedelta

from webapp.domain import retry
from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message
from webapp.store import handoffs, outbox
from webapp.store.outbox import Backlog
from webapp.work import Work

LONGEST_ERROR = 1000  # characters


def lease(work: Work, limit: int, length: timedelta) -> list[Attempt]:
    """Take up to `limit` due messages, oldest first; for `length` nobody else gets them."""
    return outbox.lease(work, limit, work.now + length)


def claim(work: Work, attempt: Attempt) -> Message | None:
    """Give the message that this attempt is about; None where it is done or overtaken."""
    return outbox.find(work, attempt)


def subject(work: Work, message: Message) -> Handoff | None:
    """Give the handoff that a message is about, as it stands now."""
    return handoffs.find(work, message.handoff_id)


def done(work: Work, attempt: Attempt) -> None:
    """Strike out what this attempt has done."""
    outbox.remove(work, attempt)


def failed(work: Work, attempt: Attempt, error: str) -> bool:
    """Record a failed attempt, to be made again later; say whether it was the last one."""
    text = error[:LONGEST_ERROR]
    if retry.give_up(attempt.number):
        outbox.give_up(work, attempt, text)
        return True
    pause = retry.delay(attempt.number, work.store.world.jitter())
    outbox.postpone(work, attempt, work.now + pause, text)
    return False


def next_due(work: Work) -> timedelta | None:
    """Say how long it is until the next message is due, zero where one is; None without any."""
    due_at = outbox.next_due(work)
    return None if due_at is None else max(due_at - work.now, timedelta(0))


def backlog(work: Work) -> Backlog:
    """Say what is due and not done, and what was given up."""
    return outbox.backlog(work)
