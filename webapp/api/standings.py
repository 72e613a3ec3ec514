"""What callers are told of themselves, as types: who they are, what they may do, and how much of it is left."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from webapp.api.answers import Count, Stop
from webapp.api.described import Described
from webapp.domain.decision import Role
from webapp.domain.uses import Counted, Period


class Budget(Described):
    """Risk units that the agent may spend per day by running unasked."""

    limit: Count
    spent: Count
    left: Count
    renews_at: AwareDatetime


class Limit(Described):
    """One limit that bounds the agent; amounts are decimals, as text."""

    rule: str = Field(description="the place in the policy that the limit stands in")
    unit: str
    per: Period | None = Field(description="the window that it is counted in; null for ever")
    counted_for: Counted = Field(description="whose use counts together")
    limit: str
    used: str | None = Field(
        description="null where each counterparty, target or intent has its own"
    )
    left: str | None
    renews_at: AwareDatetime | None


class Queue(Described):
    """How much of the agent's waits for people; counted up to 1,000."""

    pending: Count


class Room(Described):
    """How much of one bound on people's attention is used."""

    limit: Annotated[int, Field(ge=1)]
    used: Count
    left: Count


class DailyRoom(Room):
    """The same for a day, in the policy's time zone."""

    renews_at: AwareDatetime


class Attention(Described):
    """How much the agent asks of people, and may; null where nothing bounds it."""

    pending: Room | None = Field(description="what waits for people at once")
    per_day: DailyRoom | None = Field(description="what went to people today")


class Record(Described):
    """What people and outcomes have said of the agent at the level where it stands."""

    since: AwareDatetime
    decided: Count = Field(description="cases that people decided")
    agreed: Count = Field(
        description="those that they approved as they were, and did not take back"
    )
    failed: Count = Field(description="outcomes that failed or are unknown")


class NextLevel(Described):
    """The next step up, and how far it is."""

    level: str
    ready: bool = Field(description="the evidence is there; a person grants the step, for a reason")
    missing: list[str] = Field(description="what of the policy's evidence is not there yet")
    record: Record | None = Field(description="null where the policy names no evidence")


class AgentLevel(Described):
    """Where an agent stands on the ladder of autonomy."""

    agent: str
    owner: str
    level: str
    max: str
    next_level: NextLevel | None


class AgentStanding(Described):
    """Who an agent is, and what it may do now."""

    kind: Literal["agent"]
    id: str
    agent: str
    owner: str
    policy: int
    level: str = Field(description="the level of autonomy in force")
    max: str = Field(description="the highest level that the policy lets it earn")
    next_level: NextLevel | None = Field(description="null where it stands at the highest")
    actions: list[str] | None = Field(description="what it is granted; null for everything")
    budget: Budget | None
    limits: list[Limit] = Field(
        description="every limit on what adds up: the agent's own, then its actions'"
    )
    attention: Attention | None
    queue: Queue
    stopped: bool
    stops: list[Stop]


class Membership(Described):
    """A role in a team; * is every team."""

    team: str
    role: Role


class PersonStanding(Described):
    """Who a person is."""

    kind: Literal["person"]
    id: str
    email: str
    roles: list[Membership]
    stands_in_for: list[str] = Field(description="whose place they hold now, as an approver")
