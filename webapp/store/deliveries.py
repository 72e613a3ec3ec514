"""What agents that wait read over and over: who asks, the handoff and its content, in two statements."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from webapp.domain.handoff import Agent, Handoff
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.store.accounts import BY_KEY
from webapp.store.handoffs import Content, Place, read_content
from webapp.store.rows import from_row
from webapp.work import Work

H, A, K = tables.handoffs, tables.agents, tables.agent_keys
N, P = tables.idempotency, tables.payloads
CALLER = (
    A.c.id.label("caller_id"),
    A.c.name.label("caller"),
    A.c.owner.label("caller_owner"),
    K.c.id.label("key_id"),
    K.c.maker_id.label("key_maker"),
)
OWN = Prepared(
    select(*CALLER, *H.c).select_from(
        A.join(K, BY_KEY).outerjoin(H, (H.c.id == bindparam("id")) & (H.c.agent_id == A.c.id))
    )
)
MOST_PAYLOADS = 6  # the claim, the decision, the report, what was settled, what a look has shown, what was verified
WANTED = [bindparam(f"sequence_{n}", type_=P.c.sequence.type) for n in range(MOST_PAYLOADS)]
CONTENT = Prepared(
    select(N.c.key, P)
    .select_from(
        N.outerjoin(P, (P.c.handoff_id == N.c.handoff_id) & P.c.sequence.in_(WANTED)),
    )
    .where(N.c.handoff_id == bindparam("id"))
)


def own(work: Work, key_hash: str, handoff_id: str) -> tuple[Agent, Handoff | None] | None:
    """Recognise an agent by the hash of its key and find a handoff of its own; None for an unknown key."""
    row = work.ask_one(OWN, hash=key_hash, id=handoff_id)
    if row is None:
        return None
    agent = Agent(
        id=row.caller_id,
        name=row.caller,
        owner=row.caller_owner,
        key_id=row.key_id,
        key_maker=row.key_maker,
    )
    return agent, from_row(row) if row.id is not None else None


def content(
    work: Work, handoff_id: str, sequences: Sequence[int]
) -> tuple[str | None, dict[Place, Content]]:
    """Give the key that a handoff was submitted under, and what the payloads of these events hold."""
    wanted = [*sequences, *[sequences[0]] * (MOST_PAYLOADS - len(sequences))]
    named = {f"sequence_{n}": sequence for n, sequence in enumerate(wanted)}
    rows = work.ask(CONTENT, id=handoff_id, **named)
    found = {
        (handoff_id, row.sequence): read_content(work, row)
        for row in rows
        if row.sequence is not None
    }
    return rows[0].key if rows else None, found
