"""What the worker does with one message: claim it, act, record how it went.

Acting happens at least once. What time ends (expire, lapse, overrun) ends in one transaction with
striking out the message, and changes nothing where it was done before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar

import structlog

from webapp.domain.errors import HandrailError, NotNow
from webapp.domain.message import Attempt, Message, Topic
from webapp.services import outbox, undelivered
from webapp.work import Work
from worker.callback import call_back
from worker.draw import digest, redraw
from worker.escalate import end, go_on, make_round, resume
from worker.execute import execute
from worker.hands import Hands
from worker.lend import give_back
from worker.log import in_a_line, trouble
from worker.notify import alert, notify, tell_of_level
from worker.preview import preview
from worker.verify import verify

log = structlog.stdlib.get_logger("handrail.jobs")

JOBS: Mapping[Topic, Callable[[Hands, Attempt, Message], None]] = {
    Topic.EXPIRE: end,
    Topic.ESCALATE: go_on,
    Topic.REMIND: go_on,
    Topic.LAPSE: end,
    Topic.OVERRUN: end,
    Topic.NOTIFY: notify,
    Topic.ALERT: alert,
    Topic.ROUND: make_round,
    Topic.RESUME: resume,
    Topic.LEVEL: tell_of_level,
    Topic.DIGEST: digest,
    Topic.REDRAW: redraw,
    Topic.CALLBACK: call_back,
    Topic.EXECUTE: execute,
    Topic.REVOKE: give_back,
    Topic.PREVIEW: preview,
    Topic.VERIFY: verify,
}
HANDS: ContextVar[Hands] = ContextVar("HANDS")


def perform(message_id: int, attempt: int) -> None:
    """Make one attempt at a message: what RQ calls, by its name, with the hands of its thread."""
    work_off(HANDS.get(), Attempt(id=message_id, number=attempt))


def work_off(hands: Hands, attempt: Attempt) -> None:
    """Make one attempt at a message. Never raises: what fails is recorded and tried again."""
    message = None
    try:
        message = hands.desk.read(lambda work: outbox.claim(work, attempt))
        if message:
            JOBS[message.topic](hands, attempt, message)
    except Exception as error:  # noqa: BLE001 — the job runner: the next job must run
        _record(hands, attempt, message, error)


def _record(hands: Hands, attempt: Attempt, message: Message | None, error: Exception) -> None:
    """Write a failure down; where that fails too, the lease ends and it comes again."""
    after = error.after if isinstance(error, NotNow) else None
    if isinstance(error, NotNow):  # a neighbour's trouble, not ours
        log.warning("not now", message=attempt.id, attempt=attempt.number, error=error.detail)
    else:
        log.error("a job failed", message=attempt.id, attempt=attempt.number, **trouble(error))
    # a neighbour's trouble is for people to read, in the words that say it; ours is for whoever mends it
    said = error.detail if isinstance(error, NotNow) else in_a_line(error)

    def keep(work: Work) -> bool:
        last = outbox.failed(work, attempt, said, after)
        if last and message and message.topic is Topic.NOTIFY:
            undelivered.given_up(work, message.handoff_id)
        return last

    try:
        last = hands.desk.transact(keep)
    except HandrailError as again:
        log.warning("a failure was not recorded", message=attempt.id, error=in_a_line(again))
        return
    if last:
        log.error("a message was given up", message=attempt.id, error=said)
