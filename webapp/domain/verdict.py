"""What the policy says of a handoff: route, risk, tier and every reason for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from webapp.domain.deadline import Deadline
from webapp.domain.uses import Use


class _Ranked(StrEnum):
    """An enum whose members are ordered as they are written, mildest first."""

    rank: int  # the place in the order, 0 for the mildest

    def __init__(self, _value: str) -> None:
        self.rank = len(type(self).__members__)


class Route(_Ranked):
    """Where a handoff goes: it runs, a person decides, or it is refused."""

    AUTO = "auto"
    REVIEW = "review"
    BLOCK = "block"


class Risk(_Ranked):
    """How much harm an action could do; said by policy, never by the agent."""

    READ = "read"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Tier(StrEnum):
    """The band that the agent's own confidence falls into."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Property(StrEnum):
    """What a task must be to be fit."""

    COMPLETE = "complete"
    VERIFIABLE = "verifiable"
    IN_SCOPE = "in_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One check's finding.

    `rule` is the path in the policy document that it came from, `fix` what would be accepted instead. Of a task,
    `property` names what it lacks and `pointer` where.
    """

    code: str
    route: Route
    message: str
    rule: str | None = None
    fix: str | None = None
    pointer: str | None = None
    property: Property | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API, history and pages carry it."""
        said = {
            "code": self.code,
            "route": self.route.value,
            "message": self.message,
            "rule": self.rule,
            "fix": self.fix,
        }
        lacking = self.property.value if self.property else None
        return {**said, "pointer": self.pointer, "property": lacking} if self.pointer else said

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        lacking = data.get("property")
        read = {"route": Route(data["route"]), "property": Property(lacking) if lacking else None}
        return cls(**{**data, **read})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policy says, with who must agree where it says `review`.

    `teams` are those whose approvers may decide, `quorum` how many distinct people must. `limits` is how each limit
    stood that this handoff draws on; empty where none bounds it. What is `observed` goes to people and never runs;
    `would` is the route that it would have had. `deadline` is there where people are reminded, or others asked, before
    the time is up.
    """

    route: Route
    tier: Tier | None
    risk: Risk
    policy: int
    reasons: tuple[Reason, ...]
    teams: tuple[str, ...]
    quorum: int
    limits: tuple[Use, ...] = ()
    observed: bool = False
    would: Route | None = None
    deadline: Deadline | None = None

    @property
    def judged(self) -> Route:
        """Give the route that the reasons ask for, whether or not anybody goes by it."""
        return self.would or self.route

    @property
    def reach(self) -> tuple[str, ...]:
        """Name every team that policy puts it before, at once or later."""
        return (*self.teams, *(self.deadline.teams if self.deadline else ()))

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API, history and pages carry it."""
        return {
            "route": self.route.value,
            "tier": self.tier.value if self.tier else None,
            "risk": self.risk.value,
            "policy": self.policy,
            "reasons": [reason.to_json() for reason in self.reasons],
            "approvals": {"from": list(self.teams), "count": self.quorum},
            "limits": [use.to_json() for use in self.limits],
            "observed": self.observed,
            "would": self.would.value if self.would else None,
            "deadline": self.deadline.to_json() if self.deadline else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            route=Route(data["route"]),
            tier=Tier(data["tier"]) if data["tier"] else None,
            risk=Risk(data["risk"]),
            policy=data["policy"],
            reasons=tuple(Reason.from_json(reason) for reason in data["reasons"]),
            teams=tuple(data["approvals"]["from"]),
            quorum=data["approvals"]["count"],
            limits=tuple(Use.from_json(use) for use in data.get("limits", ())),
            observed=data.get("observed", False),
            would=Route(data["would"]) if data.get("would") else None,
            deadline=Deadline.from_json(data["deadline"]) if data.get("deadline") else None,
        )
