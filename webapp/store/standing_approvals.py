"""Standing approvals: given, used and ended; using one holds its row, so that uses and total are exact."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, insert, select, update

from webapp.domain.handoff import Handoff
from webapp.domain.standing import Scope, StandingApproval
from webapp.domain.verdict import Verdict
from webapp.store import tables
from webapp.store.engine_tables import standing_approvals
from webapp.store.handoffs import Place, some
from webapp.work import Work

S, H = standing_approvals, tables.handoffs
COLUMNS = (
    "id", "agent_id", "action_name", "handoff_id", "policy", "granted_at", "ends_at", "uses", "total", "ended_at",
    "ended_because",
)  # fmt: skip
MOST_OPEN = 100
MOST_LISTED = 200
OPEN = S.c.ended_at.is_(None)


def add(work: Work, given: StandingApproval) -> None:
    """Store one that was just given."""
    values = {name: getattr(given, name) for name in COLUMNS}
    scope = given.scope
    bounds = {"most_uses": scope.max_uses, "most_total": scope.max_total}
    work.write(insert(S), {**values, **bounds, "scope": json.dumps(scope.to_json())})


def find(work: Work, approval_id: str) -> StandingApproval | None:
    """Give one as it stands."""
    row = work.row(select(S).where(S.c.id == approval_id))
    return _read(row) if row else None


def usable(work: Work, agent_id: str, action_name: str) -> list[StandingApproval]:
    """Give those of an agent and action that are open now, the oldest first, without holding them."""
    return [_read(row) for row in work.run(_usable(work.now, agent_id, action_name))]


def hold_usable(work: Work, agent_id: str, action_name: str) -> list[StandingApproval]:
    """Give the same and hold them until the end of the transaction, always in the same order."""
    work.begin()
    query = _usable(work.now, agent_id, action_name).with_for_update()
    return [_read(row) for row in work.run(query)]


def use(work: Work, approval_id: str, amount: int) -> None:
    """Count one use."""
    counted = {"uses": S.c.uses + 1, "total": S.c.total + amount}
    work.write(update(S).where(S.c.id == approval_id).values(counted))


def end(work: Work, because: str, *found: ColumnElement[bool]) -> int:
    """End all that are open and fit, and say why; give how many there were."""
    work.begin()
    # held in the order in which they are used, so that using and ending never wait for each other
    query = select(S.c.id).where(OPEN, S.c.ends_at > work.now, *found).order_by(S.c.id)
    ids = [row.id for row in work.run(query.with_for_update())]
    if ids:
        ended = {"ended_at": work.now, "ended_because": because}
        work.write(update(S).where(S.c.id.in_(ids)).values(ended))
    return len(ids)


def any_open(work: Work, *found: ColumnElement[bool]) -> bool:
    """Say whether any that fits is open, so that nothing is written where there is nothing to end."""
    return work.row(select(S.c.id).where(OPEN, *found).limit(1)) is not None


def of_agent(agent_id: str, action_name: str | None = None) -> ColumnElement[bool]:
    """Give the condition for those of an agent, and of one action where that is named."""
    found = S.c.agent_id == agent_id
    return found if action_name is None else found & (S.c.action_name == action_name)


def of_action(name: str) -> ColumnElement[bool]:
    """Give the condition for those of one action, or of a family of them: `payments.*`."""
    if name.endswith(".*"):
        return S.c.action_name.startswith(name.removesuffix("*"), autoescape=True)
    return S.c.action_name == name


def this(approval_id: str) -> ColumnElement[bool]:
    """Give the condition for one."""
    return S.c.id == approval_id


def newest(work: Work) -> list[StandingApproval]:
    """List them, the newest first, as many as anybody looks at."""
    query = select(S).order_by(S.c.granted_at.desc(), S.c.id.desc()).limit(MOST_LISTED)
    return [_read(row) for row in work.run(query)]


def recorded(
    work: Work, agent_id: str, action_name: str, since: datetime, most: int
) -> list[Handoff]:
    """Give what an agent asked for of one action since then: of its last `most` handoffs, the newest first."""
    last = select(H.c.id).where(H.c.agent_id == agent_id).order_by(H.c.id.desc()).limit(most)
    found = H.c.id.in_(last.scalar_subquery())
    wanted = select(H).where(found, H.c.action_name == action_name, H.c.submitted_at >= since)
    return some(work, wanted.order_by(H.c.id.desc()))


def verdicts(work: Work, places: Collection[Place]) -> dict[Place, Verdict]:
    """Give what policy said in these events, named by handoff and sequence."""
    e, ids = tables.events, {place[0] for place in places}
    found = work.run(select(e.c.handoff_id, e.c.sequence, e.c.data).where(e.c.handoff_id.in_(ids)))
    data = {(row.handoff_id, row.sequence): row.data for row in found}
    return {
        place: Verdict.from_json(json.loads(data[place])["verdict"])
        for place in places
        if place in data
    }


def _usable(now: datetime, agent_id: str, action_name: str) -> Select[Any]:
    open_now = (S.c.ends_at > now) & (S.c.uses < S.c.most_uses)
    query = select(S).where(of_agent(agent_id, action_name), OPEN, open_now)
    return query.order_by(S.c.id).limit(MOST_OPEN)


def _read(row: Row[Any]) -> StandingApproval:
    values = {name: getattr(row, name) for name in COLUMNS}
    return StandingApproval(**values, scope=Scope.from_json(json.loads(row.scope)))
