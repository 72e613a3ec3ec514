"""Tell people: of a handoff that needs them, of an alert, of an agent's level."""

from __future__ import annotations

from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message
from webapp.services import alerts, availability, outbox, proposals
from worker.doors import SLACK
from worker.draw import draw
from worker.hands import Hands
from worker.letters import warn, write


def notify(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Tell people of a handoff as it stands now."""
    handoff = hands.desk.read(lambda work: outbox.subject(work, message))
    if handoff:
        _look_for_people(hands, handoff)
        if not message.failed:
            hands.console.tell(handoff)
        _tell_outside(hands, handoff.id)
    hands.desk.transact(lambda work: outbox.done(work, attempt))


def _tell_outside(hands: Hands, handoff_id: str) -> None:
    """Tell of it in Slack and by letter; trouble with the one never keeps the other back."""
    try:
        if hands.slack:
            with hands.doors.through(SLACK):
                draw(hands, hands.slack, handoff_id)
    finally:
        write(hands, handoff_id)


def _look_for_people(hands: Hands, handoff: Handoff) -> None:
    """Raise an alarm where nobody can decide this."""
    why = hands.desk.read(lambda work: availability.why_nobody(work, handoff))
    if why:
        hands.desk.transact(lambda work: availability.raise_alarm(work, handoff, why))


def alert(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Tell people what they should know of an agent."""
    found = hands.desk.read(lambda work: alerts.find(work, message.handoff_id))
    if found:
        if not message.failed:
            hands.console.warn(found)
        warn(hands, found)
    hands.desk.transact(lambda work: outbox.done(work, attempt))


def tell_of_level(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Tell people what is new about an agent's level of autonomy."""
    news = hands.desk.read(lambda work: proposals.news(work, message))
    if news:
        hands.console.tell_of_level(news.agent, news.owner, news.says, news.level)
    hands.desk.transact(lambda work: outbox.done(work, attempt))
