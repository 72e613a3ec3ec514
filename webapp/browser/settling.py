"""What a person sees of a run that nobody knows the end of, and what they may do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.domain.decision import Person, right_refusal
from webapp.domain.handoff import Settled, Status
from webapp.domain.history import EventType
from webapp.services.inbox import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the agent reported when it was too late to count."""

    said: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What was found out, and `note`, how; `again` names the handoff in which it was asked for again."""

    claims: tuple[Claim, ...]
    may_settle: bool
    may_run_again: bool
    again: str | None
    found: Settled | None
    note: str | None


def settling(look: Look, person: Person) -> Settling | None:
    """Say how it stands with a run that nobody knew the end of; None where there is none."""
    handoff = look.handoff
    if handoff.status is not Status.UNKNOWN:
        return None
    found, may = handoff.settled, right_refusal(person, handoff) is None
    did_not_run = found is not None and not found.ran
    return Settling(
        claims=tuple(_claims(look)),
        may_settle=may and found is None,
        may_run_again=may and did_not_run and look.again is None,
        again=look.again,
        found=found,
        note=look.bodies.get(found.sequence, {}).get("note") if found else None,
    )


def _claims(look: Look) -> Iterator[Claim]:
    for event in look.events:
        if event.type is EventType.CLAIMED:
            yield Claim(said=look.bodies.get(event.sequence, {}), at=event.at)
