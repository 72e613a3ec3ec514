"""Work off the outbox: lease what is due, claim one attempt, record how it went.

A message is struck out only together with what it asked for, or after that. Until then a lease that
ends makes it due again, so that a worker, a relay or Redis may be killed at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from webapp.domain import retry
from webapp.domain.backlog import GivenUp
from webapp.domain.decision import Person
from webapp.domain.errors import NotFound
from webapp.domain.handoff import Actor, Handoff
from webapp.domain.message import Attempt, Message, Reach, Topic
from webapp.domain.retry import Patience
from webapp.store import acts, handoffs, outbox
from webapp.work import Work

LONGEST_ERROR = 1000  # characters


def lease(work: Work, reach: Reach, limit: int, length: timedelta) -> list[Attempt]:
    """Take up to `limit` due messages of this reach, oldest first; for `length` nobody else gets them."""
    return outbox.lease(work, reach, limit, work.now + length)


def give_back(work: Work, attempts: Collection[Attempt], until: datetime) -> None:
    """Let go of what was leased until then, but for what somebody has taken up: it is due, for another attempt."""
    outbox.release(work, [one.id for one in attempts], until)


def hold(work: Work, attempt: Attempt, length: timedelta) -> bool:
    """Keep a message for `length` from now, for a job that may take long; False where it was overtaken."""
    return outbox.hold(work, attempt, work.now + length)


def claim(work: Work, attempt: Attempt) -> Message | None:
    """Give the message that this attempt is about; None where it is done or overtaken."""
    return outbox.find(work, attempt)


def subject(work: Work, message: Message) -> Handoff | None:
    """Give the handoff that a message is about, as it stands now."""
    return handoffs.find(work, message.handoff_id)


def done(work: Work, attempt: Attempt) -> None:
    """Strike out what this attempt has done."""
    outbox.remove(work, attempt)


def come_again(work: Work, attempt: Attempt, after: timedelta) -> None:
    """Have a message looked at again after a while, without anything having failed."""
    outbox.postpone(work, attempt, work.now + after, None)


def failed(work: Work, attempt: Attempt, error: str, after: timedelta | None = None) -> bool:
    """Record a failed attempt, to be made again later; say whether it was the last one.

    `after` is what a neighbour asked us to wait; where that is longer than our own backoff, we do.
    """
    text = error[:LONGEST_ERROR]
    patience, number = _patience(work, attempt)
    if patience.ends(number):
        outbox.give_up(work, attempt, text)
        return True
    pause = patience.delay(number, work.store.world.jitter())
    wait = max(pause, min(after or pause, patience.longest))
    outbox.postpone(work, attempt, work.now + wait, text)
    return False


def next_due(work: Work, reach: Reach) -> timedelta | None:
    """Say how long it is until the next message of this reach is due, zero where one is; None without any."""
    due_at = outbox.next_due(work, reach)
    return None if due_at is None else max(due_at - work.now, timedelta(0))


def redrive(work: Work, message_id: int, person: Person | Actor) -> GivenUp:
    """Have a message that was given up tried again from now on, as often as a new one; who did it is kept.

    Whoever calls this has seen that the person may. Raises NotFound.
    """
    return _settle(work, message_id, person, "message.redriven", outbox.revive)


def discard(work: Work, message_id: int, person: Person | Actor) -> GivenUp:
    """Strike out a message that was given up; who did it, and what it was, is kept.

    Whoever calls this has seen that the person may. Raises NotFound.
    """
    return _settle(work, message_id, person, "message.discarded", outbox.strike)


def _settle(
    work: Work,
    message_id: int,
    person: Person | Actor,
    what: str,
    do: Callable[[Work, int], None],
) -> GivenUp:
    found = outbox.given_up(work, message_id)
    if found is None:
        raise NotFound(f"No message of the number {message_id} was given up.")
    do(work, message_id)
    acts.note(work, person, what, found.handoff_id, f"{found.topic} {found.id}: {found.error}")
    return found


def _patience(work: Work, attempt: Attempt) -> tuple[Patience, int]:
    """Say how patient to be, and how many attempts count; a topic of a later version is kept as usual."""
    topic, number = outbox.tried(work, attempt) or ("", attempt.number)
    return retry.patience(Topic(topic)) if topic in list(Topic) else retry.USUAL, number
