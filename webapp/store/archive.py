"""Walk over everything that ever happened, handoff by handoff, in batches that fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.domain.handoff import Handoff
from webapp.domain.history import Event
from webapp.domain.label import Labelled
from webapp.store import tables
from webapp.store.events import event_of
from webapp.store.handoffs import some
from webapp.store.labels import of_handoffs
from webapp.work import Work

H, E, P = tables.handoffs, tables.events, tables.payloads
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the payload of an event holds; the private state stays where it is."""

    body: Mapping[str, Any]
    state: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A handoff with all its events, and what they say by sequence; what was erased is missing."""

    handoff: Handoff
    events: Sequence[Event]
    said: Mapping[int, Said]
    label: Labelled | None


def stories(work: Work) -> Iterator[Story]:
    """Give every handoff with its history, oldest first."""
    last = ""
    while True:
        batch = some(work, select(H).where(H.c.id > last).order_by(H.c.id).limit(BATCH))
        if not batch:
            return
        yield from _told(work, batch)
        last = batch[-1].id


def story(work: Work, handoff_id: str) -> Story | None:
    """Give one handoff with its history."""
    found = _told(work, some(work, select(H).where(H.c.id == handoff_id)))
    return next(iter(found), None)


def _told(work: Work, batch: Sequence[Handoff]) -> Iterator[Story]:
    ids = [handoff.id for handoff in batch]
    events: dict[str, list[Event]] = {one: [] for one in ids}
    for row in work.run(select(E).where(E.c.handoff_id.in_(ids)).order_by(E.c.sequence)):
        events[row.handoff_id].append(event_of(row))
    said: dict[str, dict[int, Said]] = {one: {} for one in ids}
    columns = (P.c.handoff_id, P.c.sequence, P.c.body, P.c.state)
    for row in work.run(select(*columns).where(P.c.handoff_id.in_(ids))):
        state = tables.stored_bytes(row.state)
        said[row.handoff_id][row.sequence] = Said(body=json.loads(row.body), state=state)
    labels = of_handoffs(work, ids)
    for handoff in batch:
        one = handoff.id
        yield Story(handoff=handoff, events=events[one], said=said[one], label=labels.get(one))
