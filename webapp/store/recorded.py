"""Read what was asked, in the order in which it came, in pages of narrow rows that fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import from_json
from sqlalchemy import bindparam, select, tuple_

from webapp.domain.action import Action
from webapp.domain.handoff import UNROUTED, Handoff, Kind, Status
from webapp.domain.history import GENESIS
from webapp.domain.policy import Terms
from webapp.domain.simulation import KEPT, Recorded
from webapp.domain.task import Task
from webapp.domain.verdict import Route
from webapp.prepared import Prepared
from webapp.store import engine_tables, tables
from webapp.work import Work

H, E, P, A = tables.handoffs, tables.events, tables.payloads, engine_tables.autonomy
PAGE = 2000
COLUMNS = (
    H.c.id,
    H.c.agent_id,
    H.c.agent,
    H.c.owner,
    H.c.kind,
    H.c.status,
    H.c.revision,
    H.c.intent_id,
    H.c.action,
    H.c.submitted_at,
    H.c.facts,
)
NEXT = Prepared(
    select(*COLUMNS)
    .where(H.c.id > bindparam("last"), H.c.submitted_at >= bindparam("since"))
    .order_by(H.c.id)
    .limit(bindparam("most"))
)
KINDS = {kind.value: kind for kind in Kind}
STATUSES = {status.value: status for status in Status}
ROUTES = {route.value: route for route in Route}
# what routing does not look at
BLANK: dict[str, Any] = {
    "status": Status.BLOCKED,
    "version": 1,
    "sequence": 1,
    "head": GENESIS,
    "title": "",
    "summary": None,
    "fingerprint": None,
    "vouched": False,
    "run_id": None,
    "thread_id": None,
    "requesters": (),
    "allowed": (),
    "verdict": UNROUTED,
    "terms": Terms(),
    "patience": timedelta(),
    "claim_sequence": 1,
    "revised_sequence": 1,
    "deadline_at": None,
}


def recorded(work: Work, since: datetime, most: int = PAGE) -> Iterator[list[Recorded]]:
    """Give what was asked since then, page by page, as the agents made it."""
    last = ""
    while True:
        rows = work.ask(NEXT, last=last, since=since, most=most)
        if not rows:
            return
        last = rows[-1].id
        yield _page(work, rows)


def levels(work: Work) -> dict[str, str]:
    """Give the level that each agent has earned or lost, by the agent's id."""
    rows = work.run(select(A.c.agent_id, A.c.level))
    return {row.agent_id: row.level for row in rows if row.level}


def _page(work: Work, rows: Sequence[Any]) -> list[Recorded]:
    facts = [from_json(row.facts) for row in rows]
    edited = {
        row.id: one["claim_sequence"]
        for row, one in zip(rows, facts, strict=True)
        if one["claim_sequence"] != one["revised_sequence"]
    }
    asked = _asked(work, edited) if edited else {}
    return [
        _one(row, one, asked.get(row.id))
        for row, one in zip(rows, facts, strict=True)
        if row.id not in edited or row.id in asked
    ]


def _one(row: Any, facts: dict[str, Any], asked: Any) -> Recorded:
    verdict = facts["verdict"]
    said: Any = from_json(row.action) if row.action else None
    words = facts.get("words")
    confidence = facts["confidence"]
    if asked:
        said, confidence, verdict = asked
    codes = {reason["code"]: reason["route"] for reason in verdict["reasons"]}
    handoff = Handoff(
        **BLANK,
        id=row.id,
        agent_id=row.agent_id,
        agent=row.agent,
        owner=row.owner,
        kind=KINDS[row.kind],
        revision=row.revision,
        intent_id=row.intent_id,
        action=_action(said, words),
        task=Task.from_json({**said["task"], **words}) if words else None,
        confidence=confidence,
        task_id=facts.get("task_id"),
        tags=tuple(facts.get("tags", ())),
        on_behalf_of=facts.get("on_behalf_of"),
        asked_back="asked_back" in codes,
        submitted_at=row.submitted_at,
        changed_at=row.submitted_at,
    )
    kept = max((ROUTES[codes[c]] for c in codes if c in KEPT), default=Route.AUTO, key=_rank)
    # what people completed was put before them, whatever the gate says of it now
    completed = words and facts.get("decided")
    route = Route.REVIEW if completed else ROUTES[verdict["route"]]
    return Recorded(handoff, route, kept, STATUSES[row.status], bool(asked))


def _action(said: Any, words: Any) -> Action | None:
    """Give the action that was asked for; a task has `words` and none."""
    return None if words or not said else Action(name=said["name"], args=said["args"])


def _asked(work: Work, edited: dict[str, int]) -> dict[str, Any]:
    """Give action, confidence and verdict of what agents asked before people changed it; not what was erased."""
    keys = list(edited.items())
    bodies = select(P.c.handoff_id, P.c.body).where(tuple_(P.c.handoff_id, P.c.sequence).in_(keys))
    said = {row.handoff_id: json.loads(row.body) for row in work.run(bodies)}
    data = select(E.c.handoff_id, E.c.data).where(tuple_(E.c.handoff_id, E.c.sequence).in_(keys))
    found = {}
    for row in work.run(data):
        body = said.get(row.handoff_id)
        if body:
            verdict = json.loads(row.data)["verdict"]
            found[row.handoff_id] = (body.get("action"), body.get("confidence"), verdict)
    return found


def _rank(route: Route) -> int:
    return route.rank
