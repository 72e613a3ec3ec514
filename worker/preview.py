"""Look up what people are to see of the world before they decide: a few tries, then they are told that it failed."""

from __future__ import annotations

from webapp.domain.errors import NotNow
from webapp.domain.message import Attempt, Message
from webapp.domain.previewing import waits_for_look
from webapp.looking import picture
from webapp.services import outbox, previews
from worker.hands import Hands

TRIES = 3


def preview(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Make one try. Raises NotNow where another one follows."""
    desk = hands.desk
    found = desk.read(lambda work: outbox.subject(work, message))
    if found is None or not waits_for_look(found):
        desk.transact(lambda work: outbox.done(work, attempt))
        return
    seen = picture(desk, found)
    if seen.problem is not None and attempt.number < TRIES:
        raise NotNow(seen.problem)
    desk.transact(lambda work: previews.record(work, attempt, found, seen))
