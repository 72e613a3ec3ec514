"""What people are shown of the world: before and after, whose word that is, and what has moved since an approval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.history import EventType
from webapp.domain.pointer import MISSING, split
from webapp.domain.preview import Difference, Values, difference_from, is_same, pictured_from
from webapp.domain.previewing import waits_for_look
from webapp.services.inbox import Look

ITSELF = "the answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of the world now, and as it would be; MISSING is what is not there.

    `seen` says that it was looked up, `said` that policy or agent say what would become of it.
    """

    name: str
    before: object
    after: object
    seen: bool
    said: bool

    @property
    def moves(self) -> bool:
        """Say whether the action would change it."""
        return self.said and not (self.seen and is_same(self.before, self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One value that is another than the approvers saw."""

    name: str
    was: object
    found: object


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the pane says of it: it is being asked, it failed, or it is shown.

    `has_after` says that something is told of what would be; `claimed` that this is what the agent expects, where the
    policy names nothing. `may_ask` says that this person may have it looked at again.
    """

    at: datetime | None
    values: tuple[Value, ...]
    has_after: bool
    claimed: bool
    problem: str | None
    moved: tuple[Moved, ...]
    may_ask: bool

    @property
    def asking(self) -> bool:
        """Say whether it is still being asked."""
        return self.at is None


def world(look: Look, *, may_ask: bool) -> World | None:
    """Say what is shown; None where nothing is, or nothing was."""
    handoff, shown = look.handoff, look.handoff.preview
    waits = waits_for_look(handoff)
    if shown is None and not waits:
        return None
    found = pictured_from(look.bodies.get(shown.sequence, {}) if shown else {})
    claim = look.claim.get("expected_effect") or {}
    after = claim if found.after is None else found.after
    return World(
        at=shown.at if shown else None,
        values=tuple(_values(found.before, after, claimed=found.after is None)),
        has_after=bool(after),
        claimed=found.after is None,
        problem=found.problem,
        moved=_moved_since(look),
        may_ask=waits and may_ask,
    )


def _values(before: Values, after: Values, *, claimed: bool) -> Iterator[Value]:
    """Give each value that is told of; a claim may leave some out, and speak of some that were not looked up."""
    for pointer in dict.fromkeys([*before, *after]):
        yield Value(
            name=_named(pointer),
            before=before.get(pointer, MISSING),
            after=after.get(pointer, MISSING),
            seen=not claimed or pointer in before,
            said=not claimed or pointer in after,
        )


def _moved_since(look: Look) -> tuple[Moved, ...]:
    """List what had changed when the last approval of this revision was taken back; nothing once it is decided."""
    handoff = look.handoff
    if not waits_for_look(handoff):
        return ()
    recalled = [
        event.sequence
        for event in look.events
        if event.type is EventType.RECALLED and event.sequence > handoff.revised_sequence
    ]
    body = look.bodies.get(recalled[-1], {}) if recalled else {}
    return tuple(_moved(difference_from(one)) for one in body.get("changed") or ())


def _moved(one: Difference) -> Moved:
    return Moved(name=_named(one.pointer), was=one.was, found=one.found)


def _named(pointer: str) -> str:
    return ".".join(split(pointer)) or ITSELF
