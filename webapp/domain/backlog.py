"""How far behind the background work is: what is due, what is tried again, what was given up, and who works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.decision import EVERY_TEAM, Person
from webapp.domain.errors import Forbidden
from webapp.domain.handoff import Actor
from webapp.domain.message import Reach

MOST_COUNTED = 10_000  # counting goes one further, to know that there are more
LARGEST_NUMBER = 2**63 - 1  # of a message: what the databases hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due of one reach and not done: counts by topic, oldest first, and since when the oldest is due."""

    reach: Reach
    topics: Mapping[str, int]
    oldest_at: datetime | None

    @property
    def depth(self) -> int:
        """Say how many messages that are, up to one more than MOST_COUNTED."""
        return sum(self.topics.values())

    def lag(self, now: datetime) -> float:
        """Say by how many seconds the oldest of them is overdue."""
        return (now - self.oldest_at).total_seconds() if self.oldest_at else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is due by reach, and how many messages of which topic are tried again and were given up."""

    due: tuple[Due, ...]
    retried: Mapping[str, int]
    given_up: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """A message that failed and waits for another try, its `tries` so far, and what the last one met."""

    id: int
    topic: str
    about: str
    tries: int
    error: str
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A message that was put aside for people; `topic` may be one of another version's."""

    id: int
    topic: str
    handoff_id: str
    error: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """How many threads of workers take jobs of one reach, and when the last sign of life came."""

    count: int
    heard_at: datetime | None


def counted(number: int) -> str:
    """Write a count that was not taken further than MOST_COUNTED."""
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def may_operate(person: Person) -> bool:
    """Say whether the person sees and settles the background work of all teams."""
    return person.administers({EVERY_TEAM})


def require_right_to_operate(by: Person | Actor) -> None:
    """Raise Forbidden unless the person may; the command line may what whoever may use it may."""
    if isinstance(by, Person) and not may_operate(by):
        raise Forbidden(
            "Only admins of every team see and settle the background work.",
            hint="handrail user add EMAIL --role admin --team '*' makes one.",
        )
