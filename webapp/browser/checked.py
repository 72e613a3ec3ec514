"""Whether what is reported as a success is one, as people see it: what was expected, and what is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.effect import Difference, difference_from
from webapp.domain.handoff import Handoff, Source
from webapp.domain.pointer import MISSING

BY_WORDS: Mapping[Source, str] = {
    Source.AGENT: "by the agent's own word",
    Source.TOOL: "by the tool's own answer",
    Source.LOOK: "by a look at the world",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found out: `rows` are expected values and what is there, `answer` what a look was shown."""

    icon: str
    head: str
    by: str
    at: datetime | None
    contradicted: bool
    looked: bool
    rows: tuple[Difference, ...]
    problem: str | None
    condition: str | None
    answer: object


WAITS = Checked(
    icon="clock",
    head="Handrail looks whether it is so",
    by="and comes back to it until the policy's time is over",
    at=None,
    contradicted=False,
    looked=True,
    rows=(),
    problem=None,
    condition=None,
    answer=MISSING,
)


def checked(handoff: Handoff, bodies: Mapping[int, Mapping[str, Any]]) -> Checked | None:
    """Say what was found out of a success; None where nothing was."""
    found = handoff.verified
    if handoff.waits_for_verification:
        return WAITS
    if found is None:
        return None
    icon, head = {
        True: ("shield-check", "Verified"),
        False: ("triangle-alert", "Contradicted"),
        None: ("circle-dashed", "Could not be verified"),
    }[found.holds]
    said = bodies.get(found.sequence, {})
    return Checked(
        icon=icon,
        head=head,
        by=BY_WORDS[found.by],
        at=found.at,
        contradicted=handoff.contradicted,
        looked=found.by is Source.LOOK,
        rows=_rows(said),
        problem=said.get("problem"),
        condition=said.get("condition"),
        answer=said.get("seen", MISSING) if said.get("condition") else MISSING,
    )


def _rows(said: Mapping[str, Any]) -> tuple[Difference, ...]:
    """List what differs first, then what is as expected."""
    differs = [difference_from(one) for one in said.get("differences") or ()]
    known, seen = {one.pointer for one in differs}, said.get("seen") or {}
    if said.get("condition"):
        return tuple(differs)
    alike = [
        Difference(pointer=pointer, expected=value, found=seen.get(pointer, MISSING))
        for pointer, value in (said.get("expected") or {}).items()
        if pointer not in known
    ]
    return (*differs, *alike)


def in_the_list(handoff: Handoff) -> str | None:
    """Say it in one word for the list; an agent's own word is none."""
    found = handoff.verified
    known = found is not None and found.holds and found.by is not Source.AGENT
    return "verified" if known else None
