"""Who submits, and what is in force at that moment: one statement, since each submission needs both."""

from __future__ import annotations

from sqlalchemy import select, true

from webapp.domain.handoff import Agent
from webapp.prepared import Prepared
from webapp.store.accounts import AGENT_COLUMNS, BY_KEY, as_agent
from webapp.store.policies import NEWEST, InForce, as_in_force
from webapp.store.tables import agent_keys, agents
from webapp.work import Work

NOW = NEWEST.subquery()
ARRIVAL = Prepared(
    select(*AGENT_COLUMNS, *NOW.c).select_from(
        agents.join(agent_keys, BY_KEY).outerjoin(NOW, true())
    )
)


def arrive(work: Work, key_hash: str) -> tuple[Agent, InForce] | None:
    """Recognise an agent by the hash of its key and read what is in force, None for an unknown key.

    Raises Unavailable before the first policy is published.
    """
    row = work.ask_one(ARRIVAL, hash=key_hash)
    return (as_agent(row), as_in_force(work, row)) if row else None
