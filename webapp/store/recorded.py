"""Read what was asked, in the order in which it came, in pages of narrow rows that fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple, Self

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
PAGE = 250  # while more are held, the collector of garbage walks through all that there is again and again
FEW = 20  # payloads that fit into memory together, however large agents make them
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
_rank = attrgetter("rank")
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


class _Told(NamedTuple):
    """What simulation looks at of a row's facts, in plain values, which the garbage collector does not follow.

    `codes` are those of its reasons with the route that each asked for; `completed` says that people made a task fit.
    """

    sequences: tuple[int, int]
    confidence: float | None
    route: str
    codes: dict[str, str]
    words: Any
    completed: bool
    task_id: str | None
    tags: tuple[str, ...]
    on_behalf_of: str | None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the facts of a row."""
        facts: dict[str, Any] = from_json(text)
        get, words = facts.get, facts.get("words")
        route, codes = _judged(facts["verdict"])
        return cls(
            (facts["claim_sequence"], facts["revised_sequence"]),
            facts["confidence"],
            route,
            codes,
            words,
            bool(words and get("decided")),
            get("task_id"),
            tuple(get("tags", ())),
            get("on_behalf_of"),
        )


def recorded(work: Work, since: datetime, most: int = PAGE) -> Iterator[Iterator[Recorded]]:
    """Give what was asked since then, page by page, as the agents made it; each is made when it is asked for."""
    last = ""
    while True:
        rows = work.ask(NEXT, last=last, since=since, most=most)
        if not rows:
            return
        last = rows[-1].id
        yield _page(work, rows)


def args_of(work: Work, name: str, most: int, most_bytes: int) -> list[dict[str, Any]]:
    """Give the args with which agents asked for an action, newest first; not what was erased.

    At most so many handoffs are looked at, and what they say is read up to about so many bytes.
    """
    asked = (
        select(H.c.id, H.c.facts)
        .where(H.c.action_name == name, H.c.kind == Kind.ACTION.value)
        .order_by(H.c.id.desc())
        .limit(most)
    )
    places = [(row.id, from_json(row.facts)["claim_sequence"]) for row in work.run(asked)]
    found: list[dict[str, Any]] = []
    for begin in range(0, len(places), FEW):
        if most_bytes <= 0:
            break
        few = places[begin : begin + FEW]
        said = _said(work, few)
        most_bytes -= sum(map(len, said.values()))
        actions = [from_json(said[one])["action"] for one, _ in few if one in said]
        found.extend(action["args"] for action in actions if action["name"] == name)
    return found


def _said(work: Work, places: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Give the bodies that were not erased, by handoff."""
    query = select(P.c.handoff_id, P.c.body)
    rows = work.run(query.where(tuple_(P.c.handoff_id, P.c.sequence).in_(places)))
    return {row.handoff_id: row.body for row in rows}


def levels(work: Work) -> dict[str, str]:
    """Give the level that each agent has earned or lost, by the agent's id."""
    rows = work.run(select(A.c.agent_id, A.c.level))
    return {row.agent_id: row.level for row in rows if row.level}


def _page(work: Work, rows: Sequence[Any]) -> Iterator[Recorded]:
    told = [_Told.read(row.facts) for row in rows]
    edited = {
        row.id: one.sequences[0]
        for row, one in zip(rows, told, strict=True)
        if one.sequences[0] != one.sequences[1]
    }
    asked = _asked(work, edited) if edited else {}
    for row, one in zip(rows, told, strict=True):
        if row.id in asked:
            said, confidence, verdict = asked[row.id]
            route, codes = _judged(verdict)
            first = one._replace(confidence=confidence, route=route, codes=codes)
            yield _one(row, first, said, edited=True)
        elif row.id not in edited:
            said = from_json(row.action) if row.action else None
            yield _one(row, one, said, edited=False)


def _one(row: Any, told: _Told, said: Any, *, edited: bool) -> Recorded:
    words, codes = told.words, told.codes
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
        confidence=told.confidence,
        task_id=told.task_id,
        tags=told.tags,
        on_behalf_of=told.on_behalf_of,
        asked_back="asked_back" in codes,
        submitted_at=row.submitted_at,
        changed_at=row.submitted_at,
    )
    kept = [ROUTES[asked] for code, asked in codes.items() if code in KEPT]
    # what people completed was put before them, whatever the gate says of it now
    route = Route.REVIEW if told.completed else ROUTES[told.route]
    strictest = max(kept, key=_rank) if kept else Route.AUTO
    return Recorded(handoff, route, strictest, STATUSES[row.status], edited)


def _judged(verdict: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Give the route of a stored verdict, and the codes of its reasons with the route of each."""
    return verdict["route"], {reason["code"]: reason["route"] for reason in verdict["reasons"]}


def _action(said: Any, words: Any) -> Action | None:
    """Give the action that was asked for; a task has `words` and none."""
    return None if words or not said else Action(name=said["name"], args=said["args"])


def _asked(work: Work, edited: dict[str, int]) -> dict[str, Any]:
    """Give action, confidence and verdict of what agents asked before people changed it; not what was erased."""
    keys = list(edited.items())
    said = {handoff_id: json.loads(body) for handoff_id, body in _said(work, keys).items()}
    data = select(E.c.handoff_id, E.c.data).where(tuple_(E.c.handoff_id, E.c.sequence).in_(keys))
    found = {}
    for row in work.run(data):
        body = said.get(row.handoff_id)
        if body:
            verdict = json.loads(row.data)["verdict"]
            found[row.handoff_id] = (body.get("action"), body.get("confidence"), verdict)
    return found
