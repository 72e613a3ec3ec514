"""The levels of autonomy that are recorded for agents."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from webapp.domain.autonomy import Earned
from webapp.prepared import Prepared
from webapp.store.engine_tables import autonomy
from webapp.work import Work

LEVEL = Prepared(select(autonomy.c.level).where(autonomy.c.agent_id == bindparam("agent_id")))


def earned(work: Work, agent_id: str) -> Earned:
    """Read the level that an agent has earned."""
    row = work.ask_one(LEVEL, agent_id=agent_id)
    return Earned(level=row.level if row else None)
