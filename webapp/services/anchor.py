"""Anchor the history over all handoffs, and verify it: every chain, every payload, every anchor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from webapp.domain.action import fingerprint_of
from webapp.domain.history import OF_LEVELS, Event, anchor_hash, first_misfit
from webapp.store import anchors
from webapp.store.anchors import BEFORE_ALL, Anchor, Entry, LevelStanding
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """The first thing that does not fit: an event of a handoff, or an anchor."""

    what: str
    handoff_id: str | None = None
    sequence: int | None = None
    anchor: int | None = None

    def __str__(self) -> str:
        if self.anchor is not None:
            return f"anchor {self.anchor}: {self.what}"
        return f"{self.handoff_id}, event {self.sequence}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How much was looked at until the first misfit, if there is one.

    `unanchored` counts the events after the last anchor: their chains are checked, but whoever
    rewrites a whole chain of them leaves no trace.
    """

    misfit: Misfit | None
    handoffs: int = 0
    events: int = 0
    anchors: int = 0
    unanchored: int = 0


def anchor(work: Work, at_most: int) -> int:
    """Bind the next events that nobody can come before any more, up to `at_most`; say how many.

    Only one process at a time does it; for the others there is nothing to do.
    """
    if not anchors.elected(work):
        return 0
    last = anchors.newest(work)
    links = anchors.links(work, last.place, at_most)
    if not links:
        return 0
    fresh = Anchor(
        number=last.number + 1,
        place=links[-1].place,
        count=len(links),
        at=work.now,
        previous=last.hash,
        hash=anchor_hash(last.hash, (link.hash for link in links)),
    )
    anchors.add(work, fresh)
    return fresh.count


def verify(work: Work) -> Verified:
    """Check the whole history in bounded memory, the chains first."""
    chains = verify_chains(work)
    if chains.misfit:
        return chains
    anchored = verify_anchors(work)
    return Verified(
        misfit=anchored.misfit,
        handoffs=chains.handoffs,
        events=chains.events,
        anchors=anchored.anchors,
        unanchored=anchored.unanchored,
    )


def verify_chains(work: Work) -> Verified:
    """Check each chain, its payloads, and that its handoff, or its agent's level, stands where it ends."""
    handoffs = events = 0
    for handoff_id, chain in groupby(anchors.entries(work), lambda entry: entry.event.handoff_id):
        check = _ChainCheck()
        misfit = first_misfit(check.watched(chain))
        handoffs += not check.of_level
        events += check.count
        found = check.first(misfit)
        if found:
            sequence, what = found
            wrong = Misfit(handoff_id=handoff_id, sequence=sequence, what=what)
            return Verified(misfit=wrong, handoffs=handoffs, events=events)
    bare = anchors.without_events(work)
    wrong_end = Misfit(handoff_id=bare, sequence=1, what="event 1 is missing") if bare else None
    return Verified(misfit=wrong_end, handoffs=handoffs, events=events)


def verify_anchors(work: Work) -> Verified:
    """Check each anchor against the one before it and the events that it binds."""
    last = BEFORE_ALL
    for one in anchors.all_anchors(work):
        what = _anchor_misfit(work, last, one)
        if what:
            return Verified(misfit=Misfit(anchor=one.number, what=what), anchors=last.number)
        last = one
    unanchored = anchors.count_after(work, last.place)
    return Verified(misfit=None, anchors=last.number, unanchored=unanchored)


def _anchor_misfit(work: Work, last: Anchor, one: Anchor) -> str | None:
    if one.number != last.number + 1:
        return f"anchor {last.number + 1} is missing"
    if one.previous != last.hash:
        return "it does not follow from the anchor before it"
    counted = _Counted(anchors.hashes(work, last.place, one.place))
    expected = anchor_hash(last.hash, counted)
    if counted.count != one.count:
        return f"it binds {one.count} events, of which {counted.count} are there"
    if expected != one.hash:
        return "one of its events was changed after it was bound, or the anchor itself was"
    return None


class _Counted:
    """Pass hashes on and count them."""

    def __init__(self, hashes: Iterator[str]) -> None:
        self._hashes = hashes
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for one in self._hashes:
            self.count += 1
            yield one


class _ChainCheck:
    """Look at payloads and at the handoff's row while the chain itself is checked."""

    def __init__(self) -> None:
        self.count = 0
        self._payload: tuple[int, str] | None = None
        self._last: Entry | None = None

    def watched(self, chain: Iterator[Entry]) -> Iterator[Event]:
        """Pass the events on."""
        for entry in chain:
            self.count += 1
            self._last = entry
            self._payload = self._payload or _payload_misfit(entry)
            yield entry.event

    @property
    def of_level(self) -> bool:
        """Say whether the chain is that of an agent's level."""
        return self._last is not None and self._last.event.type in OF_LEVELS

    def first(self, in_chain: tuple[int, str] | None) -> tuple[int, str] | None:
        """Give the first misfit, where `in_chain` is that of the chain itself."""
        if in_chain is None and self._payload is None and self._last:
            return _end_misfit(self._last)
        return min(filter(None, (in_chain, self._payload)), default=None)


def _payload_misfit(entry: Entry) -> tuple[int, str] | None:
    """Say what is wrong with a payload that is there; one that is gone was erased, as it may be."""
    event, stored = entry.event, entry.payload
    if stored is None or stored.digest(entry.salt) == event.payload_digest:
        return None
    return event.sequence, "its payload was changed after it was written"


def _end_misfit(last: Entry) -> tuple[int, str] | None:
    """Say whether the handoff's own row agrees with the last event of its chain."""
    event, standing = last.event, last.standing
    if standing is None:
        return event.sequence, "its handoff is gone"
    if isinstance(standing, LevelStanding):
        return _level_misfit(event, standing)
    if standing.sequence > event.sequence:
        return event.sequence + 1, f"event {event.sequence + 1} is missing"
    if (standing.sequence, standing.head) != (event.sequence, event.hash):
        return event.sequence, "it is not the last event that its handoff knows of"
    told = (event.status, event.revision, event.fingerprint)
    if (standing.status, standing.revision, standing.fingerprint) != told:
        return event.sequence, "its handoff was changed without an event"
    bound = fingerprint_of(standing.action.encode()) if standing.action else None
    if bound != event.fingerprint:
        return event.sequence, "the action of its handoff was changed without an event"
    return None


def _level_misfit(event: Event, standing: LevelStanding) -> tuple[int, str] | None:
    """Say whether the level that routing goes by is the one that the last change tells of."""
    if (standing.sequence, standing.head) != (event.sequence, event.hash):
        return event.sequence, "it is not the last change that its agent knows of"
    if json.loads(event.data)["level"] != standing.level:
        return event.sequence, "its agent's level was changed without an event"
    return None
