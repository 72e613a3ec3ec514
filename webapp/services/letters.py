"""Letters: what is told once about a handoff or an alert by mail, or in a chat that we only write to.

A job asks what is to be sent, sends it, and says how that went. A letter that nobody knows to have arrived is sent
again under the same name; one that arrived is never sent again, whatever becomes of the handoff.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from webapp.domain.alert import Alert, AlertKind
from webapp.domain.channel import Channel, Medium
from webapp.domain.copy import Copy, Purpose, Standing
from webapp.domain.handoff import Handoff
from webapp.domain.notice import Notice
from webapp.services import alerts, undelivered
from webapp.services.notices import BUSY, fresh, held_back, notice_now
from webapp.store import alerts as alert_store
from webapp.store import channels, handoffs
from webapp.store import notices as store
from webapp.work import Work

ALARMING = 6  # attempts, about a minute, after which admins are told that a channel takes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """Where something is to be told: a medium and the whole address there, which may be a secret."""

    medium: Medium
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A letter that is to be sent now, and what it is about."""

    copy: Copy
    about: Notice | Alert
    to: Addressed


@dataclass(slots=True, kw_only=True)
class Post:
    """What is to be sent now; `busy` says that somebody else sends some of it, so that it must be looked at again."""

    letters: list[Sending] = field(default_factory=list)
    busy: bool = False


def plan(work: Work, handoff_id: str, media: Collection[Medium]) -> Post:
    """Say what is to be sent about a handoff by these media, and keep others from sending the same meanwhile."""
    work.begin()
    found = Post()
    handoff = handoffs.find(work, handoff_id, lock=True)
    if handoff is None:
        return found
    notice = notice_now(work, handoff)
    if not notice.needs_people:
        return found
    for channel in channels.of_teams(work, handoff.verdict.teams or (handoff.owner,)):
        if channel.medium in media and channel.tells_of(handoff.verdict.risk):
            _tell(work, found, notice, channel, handoff)
    return found


def plan_alert(work: Work, alert: Alert, media: Collection[Medium]) -> Post:
    """Say to whom of an alert's team it is to be sent by these media, and keep others from sending it meanwhile.

    What is settled is not sent any more, and trouble with a channel is not told in that channel.
    """
    work.begin()
    found = Post()
    if alert.settled_at:
        return found
    for channel in channels.of_teams(work, [alert.owner]):
        if channel.medium in media and channel.id != alert.agent_id:
            copy = _written(work, alert.id, channel) or _begin_alert(work, alert, channel)
            _take(work, found, copy, alert, channel)
    return found


def arrived(work: Work, sending: Sending) -> None:
    """Note that a letter was taken."""
    _save(work, sending, Standing.OVER, None)
    trouble = alert_store.newest(work, sending.copy.channel_id, AlertKind.UNTOLD)
    if trouble and trouble.settled_at is None:
        alerts.end(work, trouble)


def not_sent(work: Work, sending: Sending, error: str) -> None:
    """Note that a letter may or may not have arrived; it is tried again, and admins are told if that goes on."""
    _save(work, sending, Standing.NEW, error)
    if sending.copy.draw >= ALARMING:
        _alarm(work, sending, error)


def refused(work: Work, sending: Sending, error: str) -> None:
    """Note that nothing can be sent to this address: admins are told."""
    undelivered.fail(work, sending.copy, error.rstrip("."))
    _alarm(work, sending, error)


def addressed(work: Work, channel: Channel) -> Addressed | None:
    """Give the whole address of a channel; None where it is gone."""
    secret = channel.medium is Medium.CHAT
    address = channels.secret_of(work, channel.id) if secret else channel.address
    return Addressed(medium=channel.medium, address=address) if address else None


# ---- the parts


def _tell(work: Work, found: Post, notice: Notice, channel: Channel, handoff: Handoff) -> None:
    """Take the letter to one channel into the post, where it is not known to have arrived."""
    copy = _written(work, handoff.id, channel) or _begin(work, handoff, channel)
    _take(work, found, copy, notice, channel)


def _take(
    work: Work, found: Post, copy: Copy | None, about: Notice | Alert, channel: Channel
) -> None:
    """Take a letter into the post, unless it is known to have arrived or cannot be sent."""
    to = addressed(work, channel)
    if copy and copy.standing is Standing.NEW and to:
        _claim(work, found, Sending(copy=copy, about=about, to=to))


def _written(work: Work, about: str, channel: Channel) -> Copy | None:
    """Give the letter about something to a channel, None where none was written yet."""
    written = [
        one
        for one in store.of_handoff(work, about)
        if one.channel_id == channel.id and one.purpose == Purpose.LETTER.value
    ]
    return written[0] if written else None


def _begin_alert(work: Work, alert: Alert, channel: Channel) -> Copy | None:
    """Make a letter about an alert."""
    copy = Copy(
        id=work.new_id("nt"),
        handoff_id=alert.id,
        channel_id=channel.id,
        purpose=Purpose.LETTER.value,
        target=channel.address,
        likeness=f"alert {alert.kind.value}",
        standing=Standing.NEW,
        draw=0,
        revision=0,
        fingerprint=None,
        shown="",
        drawn=None,
        place=None,
        ts=None,
        error=None,
        busy_until=None,
        changed_at=work.now,
    )
    return copy if store.add(work, copy) else None


def _begin(work: Work, handoff: Handoff, channel: Channel) -> Copy | None:
    """Make a letter for a channel; None where nothing is told there now."""
    if held_back(work, handoff, channel):
        return None
    copy = fresh(work, handoff, channel, Purpose.LETTER)
    return copy if store.add(work, copy) else None


def _claim(work: Work, found: Post, sending: Sending) -> None:
    """Take a letter into the post, for us alone."""
    copy = sending.copy
    ours = replace(copy, draw=copy.draw + 1, busy_until=work.now + BUSY, changed_at=work.now)
    taken = copy.busy_until is not None and copy.busy_until > work.now
    if taken or not store.save(work, ours, copy.draw):
        found.busy = True
        return
    found.letters.append(replace(sending, copy=ours))


def _save(work: Work, sending: Sending, standing: Standing, error: str | None) -> None:
    said = error[:200] if error else None
    after = replace(
        sending.copy, standing=standing, error=said, busy_until=None, changed_at=work.now
    )
    store.save(work, after, sending.copy.draw)


def _alarm(work: Work, sending: Sending, error: str) -> None:
    copy = sending.copy
    undelivered.alarm(work, copy.channel_id, f"the channel {copy.target}", error.rstrip("."))
