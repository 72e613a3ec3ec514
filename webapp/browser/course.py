"""What happens to a handoff that waits: who may decide it, who is asked next, until when, and whether anybody can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.browser.words import KIND_WORDS
from webapp.domain.decision import Person, in_place_of
from webapp.domain.escalation import Next, next_team, reminds_at
from webapp.domain.handoff import Handoff, Status
from webapp.services.inbox import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Who is asked and what comes next, as one person sees it; `absent` is in whose place they would decide."""

    teams: str
    joined: str
    next: Next | None
    reminds_at: datetime | None
    at_deadline: str
    nobody: str | None
    absent: str | None


def course(look: Look, person: Person) -> Course:
    """Say what happens to it from here."""
    handoff = look.handoff
    waits = handoff.status is Status.PENDING
    absent = in_place_of(person, handoff) if waits else None
    return Course(
        teams=_any_of(handoff.verdict.teams) or handoff.owner,
        joined=_any_of(handoff.escalated),
        next=next_team(handoff) if waits else None,
        reminds_at=reminds_at(handoff) if waits else None,
        at_deadline=_at_deadline(handoff),
        nobody=look.nobody,
        absent=absent.name if absent else None,
    )


def _any_of(teams: tuple[str, ...]) -> str:
    return " or ".join(teams)


def _at_deadline(handoff: Handoff) -> str:
    thing = KIND_WORDS[handoff.kind].expires
    return f"Then it expires: {thing}, and the agent is told so."
