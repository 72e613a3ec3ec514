"""Draw what is told of handoffs in Slack: what is not there yet, and what has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from webapp.domain.channel import Medium
from webapp.domain.copy import Drawing, Purpose
from webapp.domain.errors import NotNow
from webapp.domain.message import Attempt, Message
from webapp.gateways.letter import of_digest
from webapp.gateways.slack import Place, Slack, SlackRefused
from webapp.gateways.slack_message import Block, context, fallback, message, outcome, reminder
from webapp.services import letters, notices, outbox, undelivered
from webapp.work import Work
from worker.doors import SLACK
from worker.hands import Hands
from worker.letters import send


def draw(hands: Hands, slack: Slack, handoff_id: str) -> None:
    """Bring every message about a handoff up to date. Raises NotNow where some of it must be tried again."""
    plan = hands.desk.transact(lambda work: notices.plan(work, handoff_id))
    later = [NotNow("Somebody else draws this at the moment.")] if plan.busy else []
    for drawing in plan.drawings:
        try:
            _draw(hands, slack, drawing)
        except NotNow as error:
            failed = partial(notices.not_drawn, drawing=drawing, error=error.detail)
            hands.desk.transact(failed)
            later.append(error)
    if later:
        raise max(later, key=lambda one: one.after.total_seconds() if one.after else 0.0)


def _draw(hands: Hands, slack: Slack, drawing: Drawing) -> None:
    copy = drawing.copy
    text, blocks = _content(hands, drawing)
    try:
        if copy.place and copy.ts:
            place = Place(channel=copy.place, ts=copy.ts)
            slack.redraw(place, text, blocks)
        else:
            place = slack.post(copy.target, text, blocks, thread=drawing.thread)
    except SlackRefused as error:
        if error.no_such_message:
            hands.desk.transact(partial(notices.lost, drawing=drawing))
            return
        everywhere = not error.no_such_place
        said = partial(
            undelivered.refused, drawing=drawing, error=error.error, everywhere=everywhere
        )
        hands.desk.transact(said)
        return
    stands = partial(notices.drawn, drawing=drawing, place=place.channel, ts=place.ts)
    hands.desk.transact(stands)


def _content(hands: Hands, drawing: Drawing) -> tuple[str, Sequence[Block]]:
    link = f"{hands.desk.config.public_url}/handoffs/{drawing.copy.handoff_id}"
    if drawing.copy.purpose == Purpose.ASK.value:
        return message(drawing.notice, drawing.copy.name, link, drawing.like)
    if drawing.copy.purpose.startswith(Purpose.REMIND.value):
        return reminder(drawing.notice)
    return fallback(drawing.notice), outcome(drawing.notice)


def digest(hands: Hands, attempt: Attempt, given: Message) -> None:
    """Tell a channel how much of low risk waits, where something does."""
    found = hands.desk.read(lambda work: notices.gathered(work, given.handoff_id))
    if found:
        channel, count = found
        written = of_digest(count, f"{hands.desk.config.public_url}/")
        if channel.medium in hands.line.media:
            to = hands.desk.read(lambda work: letters.addressed(work, channel))
            if to:
                send(hands, to, written, f"{channel.id}:{attempt.id}")
        elif channel.medium is Medium.SLACK and hands.slack:
            said = f"{written.words.rstrip('.')}: {written.link}"
            with hands.doors.through(SLACK):
                hands.slack.post(channel.address, said, [context(said)])
    hands.desk.transact(lambda work: outbox.done(work, attempt))


def redraw(hands: Hands, attempt: Attempt, given: Message) -> None:
    """Have every message that asks drawn anew: a stop began or ended."""
    del given

    def post(work: Work) -> None:
        notices.redraw_all(work)
        outbox.done(work, attempt)

    hands.desk.transact(post)
