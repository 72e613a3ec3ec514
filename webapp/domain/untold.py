"""Note in a handoff's history that its people could not be told of it in some place."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain.handoff import SYSTEM, Handoff
from webapp.domain.history import EventType
from webapp.domain.notice import told
from webapp.domain.step import Step, one_step

LONGEST_PLACE, LONGEST_ERROR = 254, 200


def notice_failed(before: Handoff, place: str, error: str) -> Step:
    """Note that nobody is told at `place`, and in the channel's own words why.

    Nothing moves: no version, so that nobody who waits is woken, and not since when it stands so, by which a stop tells
    what was allowed before it.
    """
    after = replace(before, sequence=before.sequence + 1)
    said = {
        "channel": told(place, LONGEST_PLACE).text,
        "error": told(error, LONGEST_ERROR).text,
    }
    return one_step(before, after, EventType.NOTICE_FAILED, SYSTEM, data=said)
