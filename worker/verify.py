"""Look whether what was reported as a success is one: again and again until it is, or until its time has passed."""

from __future__ import annotations

from webapp.domain.message import Attempt, Message
from webapp.looking import look_into
from webapp.services import outbox
from webapp.services import verify as verifying
from worker.doors import host_of
from worker.hands import Hands


def verify(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Make one look."""
    desk = hands.desk
    found = desk.read(lambda work: outbox.subject(work, message))
    step = found.terms.verify if found and found.waits_for_verification else None
    if found is None or step is None:
        desk.transact(lambda work: outbox.done(work, attempt))
        return
    with hands.doors.through(host_of(step.look.url)):
        finding = look_into(desk, found)
    desk.transact(lambda work: verifying.record(work, attempt, found, finding))
