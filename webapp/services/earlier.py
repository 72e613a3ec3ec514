"""What came before a handoff: the attempts because of which policy put it before a person, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.decision import Person, sees
from webapp.domain.handoff import Handoff
from webapp.domain.history import Event
from webapp.store import handoffs, lists
from webapp.work import Work

CODES = frozenset({"loop_repeated", "loop_failures", "denied_before", "too_many_attempts"})
LONGEST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """One earlier attempt as it stands now, and what the person who decided it wrote."""

    handoff: Handoff
    note: str | None


def earlier_attempts(
    work: Work, person: Person, handoff: Handoff, chain: Sequence[Event]
) -> tuple[Earlier, ...]:
    """Give the earlier attempts that this person may see, newest first; none where no loop was found."""
    if not any(reason.code in CODES for reason in handoff.verdict.reasons):
        return ()
    found = lists.named(work, _named(chain))
    listed = sorted([one for one in found if sees(person, one)], key=_by_id, reverse=True)
    places = {(one.id, one.decided.sequence) for one in listed if one.decided}
    contents = handoffs.contents(work, places) if places else {}
    return tuple(Earlier(handoff=one, note=_note(one, contents)) for one in listed)


def _by_id(handoff: Handoff) -> str:
    return handoff.id


def _named(chain: Sequence[Event]) -> list[str]:
    """Read from the history which handoffs routing counted with when it spoke last."""
    for event in reversed(chain):
        counted = json.loads(event.data).get("counters") or {}
        if counted.get("loops"):
            return list(counted["loops"]["earlier"])[:LONGEST_NAMED]
    return []


def _note(of: Handoff, contents: dict[handoffs.Place, handoffs.Content]) -> str | None:
    if of.decided is None:
        return None
    note = contents.get((of.id, of.decided.sequence), handoffs.NOTHING).body.get("note")
    return note if isinstance(note, str) else None
