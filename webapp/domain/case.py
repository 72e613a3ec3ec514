"""A case: everything that a check of routing may look at, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from webapp.domain.handoff import Handoff
from webapp.domain.limits import Draw, Limit, draw_of
from webapp.domain.loops import Loops
from webapp.domain.measures import envelope_draws
from webapp.domain.policy import ActionType, Grant, Policy
from webapp.domain.rules import Judged
from webapp.domain.stop import Stop
from webapp.domain.task_type import Admitted
from webapp.domain.uses import SCALE, Period, Use
from webapp.domain.verdict import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What agents have done and earned, as read under lock at the instant `at`.

    `level` is the level of autonomy that is recorded for the agent, None where it stands where the policy starts it:
    routing holds it to the policy's levels and `max`. `used` is what has been used of each limit that this handoff
    draws on, by the text of its counter's key; None where limits do not matter, because what is routed again holds its
    share already (then hours and rates do not matter either: they never recall what was approved). `acquainted` says
    whether this action ever succeeded with this counterparty; None where nobody asked. `loops` is what had happened
    before; None where the policy watches nothing, or a person has spoken. `task` is the admitted task of this agent
    that the handoff names, None where there is none or nobody needs to know.
    """

    at: datetime
    level: str | None
    used: Mapping[str, int] | None
    stops: tuple[Stop, ...] = ()
    acquainted: bool | None = None
    loops: Loops | None = None
    task: Admitted | None = None

    def used_of(self, draw: Draw) -> int:
        """Say what has been used of the limit that is drawn on; all of it where nobody has counted."""
        try:
            return draw.limit.most if self.used is None else self.used[draw.key.text]
        except KeyError:
            return draw.limit.most

    def to_json(self) -> dict[str, Any]:
        """Give the form that is stored with the verdict."""
        return {
            "at": self.at.isoformat(),
            "level": self.level,
            "used": None if self.used is None else dict(self.used),
            "stops": [stop.to_json() for stop in self.stops],
            "acquainted": self.acquainted,
            "loops": self.loops.to_json() if self.loops else None,
            "task": self.task.type if self.task else None,
            "task_since": self.task.since.isoformat() if self.task and self.task.since else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        stops = tuple(Stop.from_json(stop) for stop in data["stops"])
        at = datetime.fromisoformat(data["at"])
        loops = Loops.from_json(data["loops"]) if data.get("loops") else None
        return cls(
            at=at,
            level=data["level"],
            used=data["used"],
            stops=stops,
            acquainted=data.get("acquainted"),
            loops=loops,
            task=_read_task(data),
        )


def _read_task(data: Mapping[str, Any]) -> Admitted | None:
    """Read the admitted task of counters; those that are older do not say since when it was."""
    kind, since = data.get("task"), data.get("task_since")
    if kind is None:
        return None
    return Admitted(type=kind, since=datetime.fromisoformat(since) if since else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a check may look at.

    `stands` is the level of autonomy that is in force, `level` the one that counts: the same, and for an agent that is
    only observed the highest that it may earn, so that one sees what it would do there. `rules` are those that fired or
    failed, `draws` is what the handoff takes of which limits, and `uses` how each of them stands.
    """

    handoff: Handoff
    policy: Policy
    counters: Counters
    grant: Grant
    type: ActionType
    rules: Judged
    risk: Risk
    stands: str
    level: str
    draws: tuple[Draw, ...]
    uses: tuple[Use, ...]


def draws(handoff: Handoff, policy: Policy, at: datetime) -> tuple[Draw, ...]:
    """Say what a handoff takes of which limits where it runs, and of which counters, at this instant."""
    if handoff.action is None:
        return ()
    grant = policy.grant(handoff.agent, handoff.owner)
    action_type = policy.action_type(handoff.action.name)
    return draws_under(grant, action_type, handoff, at, policy.timezone)


def draws_under(
    grant: Grant, action_type: ActionType, handoff: Handoff, at: datetime, zone: ZoneInfo
) -> tuple[Draw, ...]:
    """Say what a handoff takes, where what the policy says of its agent and its action is known already."""
    args = handoff.action.args if handoff.action else {}
    return (
        *agent_draws(grant, handoff.agent_id, action_type.cost, at, zone),
        *envelope_draws(handoff, action_type, args, at, zone),
    )


def is_limited(grant: Grant, action_type: ActionType) -> bool:
    """Say whether what this agent does of this type is counted against any limit."""
    envelope = action_type.envelope
    counted = envelope is not None and bool(envelope.bounds)
    return counted or grant.daily_budget is not None or bool(grant.usage)


def agent_draws(
    grant: Grant, agent_id: str, cost: int, at: datetime, zone: ZoneInfo
) -> Iterator[Draw]:
    """Say what an action of that cost takes of what the agent may use up per day; what it reports comes later."""
    if grant.daily_budget is not None:
        yield budget_draw(grant, grant.daily_budget, agent_id, cost, at, zone)
    for limit in grant.usage:
        yield draw_of(limit, agent_id, (limit.unit,), 0, at, zone)


def budget_draw(
    grant: Grant, budget: int, agent_id: str, cost: int, at: datetime, zone: ZoneInfo
) -> Draw:
    """Say what `cost` risk units take of an agent's budget for the day."""
    return draw_of(_budget(grant.name, budget), agent_id, (), cost * SCALE, at, zone)


@lru_cache(maxsize=1024)
def _budget(name: str, most: int) -> Limit:
    return Limit(
        path=f"agents.{name}.daily_budget",
        code="budget_exhausted",
        most=most * SCALE,
        unit="risk units",
        period=Period.DAY,
        unasked=True,
    )
