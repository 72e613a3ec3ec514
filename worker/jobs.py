"""What the worker does with one message: claim it, act, record how it went.

Acting happens at least once. What time ends (expire, lapse, overrun) ends in one transaction with
striking out the message, and changes nothing where it was done before.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import structlog

from webapp.desk import Desk
from webapp.domain.errors import HandrailError
from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message, Topic
from webapp.gateways.console import Console
from webapp.services import alerts, expire, outbox, proposals, resumption, silence
from webapp.work import Work
from worker.log import in_a_line, trouble

log = structlog.stdlib.get_logger("handrail.jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What jobs work with."""

    desk: Desk
    console: Console

    def perform(self, attempt: Attempt) -> None:
        """Make one attempt at a message. Never raises: what fails is recorded and tried again."""
        try:
            self._act(attempt)
        except Exception as error:  # noqa: BLE001 — the job runner: the next job must run
            self._record(attempt, error)

    def _act(self, attempt: Attempt) -> None:
        message = self.desk.read(lambda work: outbox.claim(work, attempt))
        if message is None:
            return
        if message.topic is Topic.NOTIFY:
            self._notify(attempt, message)
        elif message.topic is Topic.ALERT:
            self._alert(attempt, message)
        elif message.topic is Topic.ROUND:
            self.desk.transact(lambda work: silence.make_round(work, attempt, message))
        elif message.topic is Topic.RESUME:
            self._resume(attempt, message)
        elif message.topic is Topic.LEVEL:
            self._tell_of_level(attempt, message)
        else:
            self.desk.transact(lambda work: end(work, attempt, message))

    def _notify(self, attempt: Attempt, message: Message) -> None:
        handoff = self.desk.read(lambda work: outbox.subject(work, message))
        if handoff:
            self.console.tell(handoff)
        self.desk.transact(lambda work: outbox.done(work, attempt))

    def _alert(self, attempt: Attempt, message: Message) -> None:
        alert = self.desk.read(lambda work: alerts.find(work, message.handoff_id))
        if alert:
            self.console.warn(alert)
        self.desk.transact(lambda work: outbox.done(work, attempt))

    def _resume(self, attempt: Attempt, message: Message) -> None:
        """Take up what a stop held back, each handoff in a transaction of its own."""
        stop_id, after = message.handoff_id, ""
        while found := self.desk.read(partial(resumption.affected, stop_id=stop_id, after=after)):
            for handoff_id in found:
                one = partial(resumption.take_up, stop_id=stop_id, handoff_id=handoff_id)
                self.desk.transact(one)
            after = found[-1]
        self.desk.transact(lambda work: outbox.done(work, attempt))

    def _tell_of_level(self, attempt: Attempt, message: Message) -> None:
        news = self.desk.read(lambda work: proposals.news(work, message))
        if news:
            self.console.tell_of_level(news.agent, news.owner, news.says, news.level)
        self.desk.transact(lambda work: outbox.done(work, attempt))

    def _record(self, attempt: Attempt, error: Exception) -> None:
        """Write a failure down; where that fails too, the lease ends and it comes again."""
        log.error("a job failed", message=attempt.id, attempt=attempt.number, **trouble(error))
        said = in_a_line(error)
        try:
            last = self.desk.transact(lambda work: outbox.failed(work, attempt, said))
        except HandrailError as again:
            log.warning("a failure was not recorded", message=attempt.id, error=in_a_line(again))
            return
        if last:
            log.error("a message was given up", message=attempt.id, error=said)


HANDS: ContextVar[Hands] = ContextVar("HANDS")


def perform(message_id: int, attempt: int) -> None:
    """Make one attempt at a message: what RQ calls, by its name, with the hands of its thread."""
    HANDS.get().perform(Attempt(id=message_id, number=attempt))


def end(work: Work, attempt: Attempt, message: Message) -> Handoff | None:
    """End what has run out of time and strike out the message, together or not at all.

    After a clock went back it may not be time yet: then the message stays and comes again.
    """
    ended = expire.end_if_due(work, message.topic, message.handoff_id)
    if work.now >= message.due_at:
        outbox.done(work, attempt)
    return ended
