"""What has happened since a place in the stream of events."""

from __future__ import annotations

from webapp.store import events
from webapp.store.events import Happened, Place
from webapp.work import Work

__all__ = ["Happened", "Place", "happened_since", "newest_place"]


def happened_since(work: Work, agent_id: str, place: Place, at_most: int) -> list[Happened]:
    """Give an agent's events after `place`, oldest first, each of them exactly once over the calls."""
    return events.of_agent_after(work, agent_id, place, at_most)


def newest_place(work: Work) -> Place:
    """Give the place after everything that has happened so far."""
    return events.newest_place(work)
