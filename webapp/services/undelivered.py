"""What could not be told for good: it is an event of the handoff and an alert for admins, once for each failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from webapp.domain.alert import AlertKind
from webapp.domain.copy import Copy, Drawing, Purpose, Standing
from webapp.domain.decision import EVERY_TEAM
from webapp.domain.step import tell
from webapp.domain.untold import notice_failed
from webapp.services import alerts
from webapp.services.alerts import Concern
from webapp.store import handoffs
from webapp.store import notices as store
from webapp.work import Work

SLACK = "slack"  # stands for the whole of it where it refuses everything
LONGEST_ERROR = 200
HOPED_FOR = frozenset({Standing.NEW, Standing.OPEN})


def refused(work: Work, drawing: Drawing, error: str, *, everywhere: bool) -> None:
    """Note that a channel, or the whole of Slack, refuses us: admins are told, and people are told directly instead."""
    copy = drawing.copy
    fail(work, copy, error)
    if everywhere:
        alarm(work, SLACK, "Slack", error)
    else:
        alarm(work, copy.channel_id, f"the Slack channel {copy.target}", error)
    if not everywhere and not copy.target.startswith("@"):
        handoffs.post(work, tell(copy.handoff_id, work.now))


def fail(work: Work, copy: Copy, error: str) -> None:
    """Give a copy up, and note in the history why people are not told there, unless it says so already."""
    handoff = handoffs.find(work, copy.handoff_id, lock=True)
    others = store.of_handoff(work, copy.handoff_id)
    failed = replace(
        copy,
        standing=Standing.FAILED,
        error=error[:LONGEST_ERROR],
        busy_until=None,
        changed_at=work.now,
    )
    if not store.save(work, failed, copy.draw) or handoff is None:
        return
    known = [one for one in others if one.channel_id == copy.channel_id and one.id != copy.id]
    if not any(one.standing is Standing.FAILED and one.error == failed.error for one in known):
        handoffs.advance(work, notice_failed(handoff, _place(copy, others), error))


def given_up(work: Work, handoff_id: str) -> None:
    """Note where people were not told of a handoff although it was tried for as long as we are patient.

    The copies stay as they are: whoever has the message tried again has them drawn.
    """
    handoff = handoffs.find(work, handoff_id, lock=True)
    copies = store.of_handoff(work, handoff_id)
    for copy in _one_for_each_channel(copies):
        place, error = _place(copy, copies), copy.error or ""
        if handoff is not None:
            handoff = handoffs.advance(work, notice_failed(handoff, place, error))
        alarm(work, copy.channel_id, f"the channel {place}", error.rstrip("."))


def alarm(work: Work, about: str, name: str, error: str) -> None:
    """Tell admins that a channel, or all of Slack, takes nothing."""
    concern = Concern(
        kind=AlertKind.UNTOLD,
        agent_id=about,
        agent=name,
        owner=EVERY_TEAM,
        detail={"error": error},
    )
    alerts.raise_alert(work, concern)


def _one_for_each_channel(copies: Sequence[Copy]) -> Iterable[Copy]:
    """Give the newest copy of each channel that was tried in vain and never refused."""
    tried = [one for one in copies if one.error and one.standing in HOPED_FOR]
    return {one.channel_id: one for one in tried}.values()


def _place(copy: Copy, copies: Sequence[Copy]) -> str:
    """Name where a copy goes to as people know it: what is said in a thread knows its channel by Slack's id alone."""
    asks = (
        one.target
        for one in copies
        if one.channel_id == copy.channel_id and one.purpose == Purpose.ASK.value
    )
    return next(asks, copy.target)
