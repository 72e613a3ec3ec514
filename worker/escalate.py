"""What time and stops bring about: ends, rounds, and what is taken up again; none of it leaves our database."""

from __future__ import annotations

from functools import partial

from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message
from webapp.services import escalate, expire, outbox, resumption, silence
from webapp.work import Work
from worker.hands import Hands


def end(hands: Hands, attempt: Attempt, message: Message) -> None:
    """End what has run out of time."""
    hands.desk.transact(lambda work: end_now(work, attempt, message))


def end_now(work: Work, attempt: Attempt, message: Message) -> Handoff | None:
    """End what has run out of time and strike out the message, together or not at all.

    After a clock went back it may not be time yet: then the message stays and comes again.
    """
    ended = expire.end_if_due(work, message.topic, message.handoff_id)
    if work.now >= message.due_at:
        outbox.done(work, attempt)
    return ended


def go_on(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Remind people, or ask the next team."""
    hands.desk.transact(lambda work: go_on_now(work, attempt, message))


def go_on_now(work: Work, attempt: Attempt, message: Message) -> Handoff | None:
    """Do what is due before a deadline and strike out the message, together or not at all, as `end_now` does."""
    gone_on = escalate.go_on_if_due(work, message.topic, message.handoff_id)
    if work.now >= message.due_at:
        outbox.done(work, attempt)
    return gone_on


def make_round(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Look who has fallen silent, and post the next round."""
    hands.desk.transact(lambda work: silence.make_round(work, attempt, message))


def resume(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Take up what a stop held back, each handoff in a transaction of its own."""
    stop_id, after = message.handoff_id, ""
    while found := hands.desk.read(partial(resumption.affected, stop_id=stop_id, after=after)):
        for handoff_id in found:
            one = partial(resumption.take_up, stop_id=stop_id, handoff_id=handoff_id)
            hands.desk.transact(one)
        after = found[-1]
    hands.desk.transact(lambda work: outbox.done(work, attempt))
