"""Look up what people are to see of the world before they decide: a few tries, then they are told that it failed."""

from __future__ import annotations

from contextlib import AbstractContextManager

from webapp.domain.errors import NotNow
from webapp.domain.handoff import Handoff
from webapp.domain.message import Attempt, Message
from webapp.domain.previewing import waits_for_look
from webapp.looking import picture, picture_now
from webapp.services import outbox, previews
from webapp.services.previews import Fresh
from worker.doors import host_of
from worker.hands import Hands

TRIES = 3


def preview(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Make one try. Raises NotNow where another one follows."""
    desk = hands.desk
    found = desk.read(lambda work: outbox.subject(work, message))
    if found is None or not waits_for_look(found):
        desk.transact(lambda work: outbox.done(work, attempt))
        return
    with _door(hands, found):
        seen = picture(desk, found)
    if seen.problem is not None and attempt.number < TRIES:
        raise NotNow(seen.problem)
    desk.transact(lambda work: previews.record(work, attempt, found, seen))


def seen_now(hands: Hands, approved: Handoff) -> Fresh:
    """See the world just before what people approved begins. Raises NotNow where it cannot be seen."""
    with _door(hands, approved):
        return picture_now(hands.desk, approved)


def _door(hands: Hands, handoff: Handoff) -> AbstractContextManager[None]:
    shown = handoff.terms.preview
    return hands.doors.through(host_of(shown.look.url) if shown else "")
