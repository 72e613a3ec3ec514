"""Send what is told by mail and in chats that we only write to."""

from __future__ import annotations

from functools import partial

from webapp.domain.alert import Alert
from webapp.domain.channel import Medium
from webapp.domain.errors import NotNow
from webapp.gateways.apprise_line import NoSuchLine
from webapp.gateways.letter import Letter, letter, of_alert
from webapp.services import letters
from webapp.services.letters import Addressed, Post, Sending
from worker.doors import host_of
from worker.hands import Hands

MAIL = "mail"


def write(hands: Hands, handoff_id: str) -> None:
    """Send every letter about a handoff that is due. Raises NotNow where some of it must be tried again."""
    media = hands.line.media
    _post(hands, hands.desk.transact(lambda work: letters.plan(work, handoff_id, media)))


def warn(hands: Hands, alert: Alert) -> None:
    """Tell the people of an alert's team. Raises NotNow where some of it must be tried again."""
    media = hands.line.media
    _post(hands, hands.desk.transact(lambda work: letters.plan_alert(work, alert, media)))


def _post(hands: Hands, post: Post) -> None:
    later = NotNow("Somebody else sends this at the moment.") if post.busy else None
    for sending in post.letters:
        try:
            _write(hands, sending)
        except NotNow as error:
            failed = partial(letters.not_sent, sending=sending, error=error.detail)
            hands.desk.transact(failed)
            later = error
    if later:
        raise later


def send(hands: Hands, to: Addressed, written: Letter, mark: str) -> None:
    """Send a letter to where it is addressed. Raises NotNow and NoSuchLine."""
    if to.medium is Medium.MAIL:
        with hands.doors.through(MAIL):
            hands.line.mail(to.address, written, mark)
    else:
        with hands.doors.through(host_of(to.address)):
            hands.line.chat(to.address, written)


def _write(hands: Hands, sending: Sending) -> None:
    try:
        send(hands, sending.to, _letter(hands, sending), sending.copy.id)
    except NoSuchLine as error:
        hands.desk.transact(partial(letters.refused, sending=sending, error=error.detail))
        return
    hands.desk.transact(partial(letters.arrived, sending=sending))


def _letter(hands: Hands, sending: Sending) -> Letter:
    address = hands.desk.config.public_url
    if isinstance(sending.about, Alert):
        return of_alert(sending.about, f"{address}/agents")
    return letter(sending.about, f"{address}/handoffs/{sending.copy.handoff_id}")
