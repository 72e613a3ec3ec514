"""The ladder of autonomy: the levels in order, the one that is in force, and the next one up or down."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.policy import OBSERVE, SUPERVISED, Grant
from webapp.domain.verdict import Risk

Levels = Mapping[str, Risk | None]


def level_in_force(levels: Levels, grant: Grant, earned: str | None) -> str:
    """Give the level that an agent stands at: what it earned, at most the policy's `max`; without it, the start.

    A level that the policy does not know any more counts as `supervised`: fail closed.
    """
    if earned is None:
        return grant.start
    known = earned if earned in levels else SUPERVISED
    return known if _rank(levels, known) <= _rank(levels, grant.max) else grant.max


def rungs(levels: Levels) -> tuple[str, ...]:
    """List the levels, the one that may run least unasked first; the document's order decides among equals."""
    return tuple(sorted(levels, key=lambda name: _rank(levels, name)))


def above(levels: Levels, grant: Grant, level: str) -> str | None:
    """Give the next level up, None at the policy's `max`."""
    higher = rungs(levels)[rungs(levels).index(level) + 1 :] if level in levels else ()
    found = next(iter(higher), None)
    return None if found is None or _rank(levels, found) > _rank(levels, grant.max) else found


def below(levels: Levels, level: str) -> str | None:
    """Give the next level down, None from `supervised` down: there people decide everything already."""
    if level not in levels or _rank(levels, level) <= _rank(levels, SUPERVISED):
        return None
    return rungs(levels)[rungs(levels).index(level) - 1]


def _rank(levels: Levels, name: str) -> tuple[int, int]:
    cap = levels[name]
    fixed = {OBSERVE: -3, SUPERVISED: -2}.get(name, -1)
    return (fixed if cap is None else cap.rank), list(levels).index(name)
