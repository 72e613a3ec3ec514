"""Allowances: every limit that bounds an agent, with what has been used of it and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.case import agent_draws
from webapp.domain.limits import Draw, Limit
from webapp.domain.measures import standing_draws
from webapp.domain.policy import Policy
from webapp.store import counters
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One limit; `used` is in SCALE-ths, None where it is counted for each of something that only a handoff names."""

    limit: Limit
    used: int | None
    renews_at: datetime | None

    @property
    def left(self) -> int | None:
        """Say how much is left, never less than nothing."""
        return None if self.used is None else max(0, self.limit.most - self.used)


def allowances(
    work: Work, policy: Policy, agents: Iterable[tuple[str, str, str]]
) -> dict[str, tuple[Allowance, ...]]:
    """Say of each agent, given as id, name and owner, how its limits stand; one query for all of them."""
    found = {agent: _limits(policy, agent, name, owner, work.now) for agent, name, owner in agents}
    keys = {draw.key for limits in found.values() for _, draw in limits if draw}
    used = counters.read_all(work, sorted(keys))
    return {
        agent: tuple(
            Allowance(
                limit=limit,
                used=used[draw.key] if draw else None,
                renews_at=draw.renews_at if draw else None,
            )
            for limit, draw in limits
        )
        for agent, limits in found.items()
    }


def _limits(
    policy: Policy, agent_id: str, name: str, owner: str, at: datetime
) -> list[tuple[Limit, Draw | None]]:
    """List the limits that bound an agent: its own first, then those of the actions that it may propose."""
    grant, zone = policy.grant(name, owner), policy.timezone
    own = [(draw.limit, draw) for draw in agent_draws(grant, agent_id, 0, at, zone)]
    granted = [kind for kind in policy.actions.values() if grant.allows(kind.name)]
    return [*own, *(one for kind in granted for one in standing_draws(kind, agent_id, at, zone))]
