"""Who submits, and what is in force for it at that moment: one statement, since each submission needs both.

While submissions follow each other closely, even that statement is spared: what it found a moment
ago is taken on trust, and the insert itself proves that it still holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, true

from webapp.domain.autonomy import Earned
from webapp.domain.handoff import Agent
from webapp.prepared import Prepared
from webapp.store.accounts import AGENT_COLUMNS, BY_KEY, as_agent
from webapp.store.engine_tables import autonomy
from webapp.store.policies import NEWEST, InForce, as_in_force
from webapp.store.tables import agent_keys, agents
from webapp.work import Trust, Work

NOW = NEWEST.subquery()
ARRIVAL = Prepared(
    select(*AGENT_COLUMNS, autonomy.c.level.label("earned"), *NOW.c).select_from(
        agents.join(agent_keys, BY_KEY)
        .outerjoin(autonomy, autonomy.c.agent_id == agents.c.id)
        .outerjoin(NOW, true())
    )
)
STILL_SO = (
    "EXISTS (SELECT FROM agent_keys k JOIN agents a ON a.id = k.agent_id WHERE k.hash = $1::text"
    " AND k.revoked_at IS NULL AND a.callback IS NOT DISTINCT FROM $5::text)"
    " AND (SELECT max(number) FROM policies) = $2::integer"
    " AND NOT EXISTS (SELECT FROM stops WHERE resumed_at IS NULL)"
    " AND (SELECT level FROM autonomy WHERE agent_id = $3::text) IS NOT DISTINCT FROM $4::text"
)
A_MOMENT = timedelta(seconds=1)
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What was found, when by our clock, and how far the database's clock was ahead of it."""

    agent: Agent
    in_force: InForce
    at: datetime
    ahead: timedelta


def arrive(work: Work, key_hash: str) -> tuple[Agent, InForce] | None:
    """Recognise an agent by the hash of its key and read what is in force, None for an unknown key.

    Raises Unavailable before the first policy is published.
    """
    known = _remembered(work, key_hash)
    if known:
        return known
    row = work.ask_one(ARRIVAL, hash=key_hash)
    if row is None:
        work.store.recent.pop(key_hash, None)
        return None
    agent, earned = as_agent(row), Earned(level=row.earned)
    in_force = replace(as_in_force(work, row), earned=earned)
    _remember(work, key_hash, agent, in_force)
    return agent, in_force


def _remembered(work: Work, key_hash: str) -> tuple[Agent, InForce] | None:
    """Give what was found a moment ago, where it may be taken on trust."""
    known: Arrived | None = work.store.recent.get(key_hash)
    if known is None or not work.may_trust or work.begun:
        return None
    now = work.store.world.now()
    if not timedelta() <= now - known.at < A_MOMENT:
        return None
    work.trust = Trust(condition=STILL_SO, values=(key_hash, *_proved(known)))
    work.note_instant(now + known.ahead)
    return known.agent, known.in_force


def _proved(known: Arrived) -> tuple[int, str, str | None, str | None]:
    earned, callback = known.in_force.earned, known.agent.callback
    level = earned.level if earned else None
    return known.in_force.number, known.agent.id, level, callback.value if callback else None


def _remember(work: Work, key_hash: str, agent: Agent, in_force: InForce) -> None:
    """Keep what was found, unless a stop is in force; only PostgreSQL can prove it later."""
    recent = work.store.recent
    if work.store.is_sqlite or in_force.stopped:
        recent.pop(key_hash, None)
        return
    if len(recent) >= MOST_KEPT:
        recent.clear()
    at = work.store.world.now()
    recent[key_hash] = Arrived(agent=agent, in_force=in_force, at=at, ahead=work.now - at)
