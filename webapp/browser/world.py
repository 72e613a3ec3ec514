"""What people are shown of the world: before and after, whose word that is, and what has moved since an approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.history import EventType
from webapp.domain.pointer import MISSING, split
from webapp.domain.preview import Difference, difference_from, is_same, pictured_from
from webapp.domain.previewing import waits_for_look
from webapp.services.inbox import Look

ITSELF = "the answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of the world now, and as it would be; MISSING is what is not there."""

    name: str
    before: object
    after: object

    @property
    def moves(self) -> bool:
        """Say whether the action would change it."""
        return not is_same(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One value that is another than the approvers saw."""

    name: str
    was: object
    found: object


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the pane says of it: it is being asked, it failed, or it is shown.

    `expects` is the agent's own claim, which stands in for `after` where the policy names none; `has_after` says that
    it does. `may_ask` says that this person may have it looked at again.
    """

    at: datetime | None
    values: tuple[Value, ...]
    has_after: bool
    expects: object
    problem: str | None
    moved: tuple[Moved, ...]
    may_ask: bool

    @property
    def asking(self) -> bool:
        """Say whether it is still being asked."""
        return self.at is None

    @property
    def claimed(self) -> bool:
        """Say whether what would come of it is told by the agent alone."""
        return not self.has_after and self.expects is not MISSING


def world(look: Look, *, may_ask: bool) -> World | None:
    """Say what is shown; None where nothing is, or nothing was."""
    handoff, shown = look.handoff, look.handoff.preview
    waits = waits_for_look(handoff)
    if shown is None and not waits:
        return None
    body: Mapping[str, Any] = look.bodies.get(shown.sequence, {}) if shown else {}
    found = pictured_from(body)
    after = found.after
    names = dict.fromkeys([*found.before, *(after or {})])
    values = tuple(
        Value(
            name=_named(one),
            before=found.before.get(one, MISSING),
            after=MISSING if after is None else after.get(one, MISSING),
        )
        for one in names
    )
    return World(
        at=shown.at if shown else None,
        values=values,
        has_after=after is not None,
        expects=look.claim.get("expected_effect", MISSING),
        problem=found.problem if shown else None,
        moved=_moved_since(look),
        may_ask=waits and may_ask,
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
