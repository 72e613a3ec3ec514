"""Proposals: who has earned the next level and waits for a person to grant it, and what is new about a level."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.domain.errors import Unavailable
from webapp.domain.message import Message
from webapp.services import accounts, levels, policies
from webapp.services.levels import Ladder
from webapp.store import accounts as people
from webapp.store import autonomy as store
from webapp.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the owner team is told of an agent and a level."""

    agent: str
    owner: str
    says: str
    level: str


def earned(work: Work) -> list[str]:
    """Name the agents that have what the next level takes, and that nobody has been told of."""
    try:
        policy = policies.standing(work).policy
    except Unavailable:  # before the first policy nobody can earn anything
        return []
    known = store.stances(work)
    found = []
    for info in accounts.agents(work):
        stance = known.get(info.id) or store.Stance(agent_id=info.id)
        grant = policy.grant(info.name, info.owner)
        if grant.promote and stance.proposed_at is None:
            agent = accounts.agent_named(work, info.name)
            found += [info.name] if levels.ladder(work, agent).ready else []
    return found


def propose(work: Work, name: str) -> bool:
    """Propose an agent for its next level, once, and have its owner told; False where it is not so (any more)."""
    agent = accounts.agent_named(work, name)
    levels.hold(work, agent.id)
    found = levels.ladder(work, agent)
    if not found.ready or found.stance.proposed_at:
        return False
    store.save(work, found.stance, replace(found.stance, proposed_at=work.now))
    levels.tell(work, agent.id)
    return True


def proposed(work: Work) -> dict[str, str]:
    """Name the agents that are proposed and still have what it takes, with the level that they would rise to."""
    waiting = [one.agent_id for one in store.stances(work).values() if one.proposed_at]
    agents = {info.id: info.name for info in accounts.agents(work)} if waiting else {}
    found = [levels.ladder_of(work, agents[agent_id]) for agent_id in waiting if agent_id in agents]
    return {one.agent.name: one.up for one in found if one.ready and one.up}


def news(work: Work, message: Message) -> News | None:
    """Say what a message about an agent's level is about, as it stands now; None where there is nothing to say."""
    agent = people.agent_by_id(work, message.handoff_id)
    if agent is None:
        return None
    ladder = levels.ladder(work, agent)
    if ladder.stance.proposed_at:
        return (
            _news(ladder, "has earned a level, promote it or not", ladder.up)
            if ladder.ready
            else None
        )
    for change in store.changes(work, agent.id, 1):
        return _news(ladder, f"was {change.type.value}", change.level)
    return None


def _news(ladder: Ladder, says: str, level: str | None) -> News:
    return News(agent=ladder.agent.name, owner=ladder.owner, says=says, level=level or ladder.level)
