"""Where agents are called back, with the secrets that sign: sealed here, opened for whoever sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from webapp.domain.callback import Endpoint, EndpointState
from webapp.domain.callback_wish import CallbackWish
from webapp.keyring import NONCE_BYTES
from webapp.prepared import Prepared
from webapp.store import tables
from webapp.store.engine_tables import callback_endpoints
from webapp.work import Work

C, A = callback_endpoints, tables.agents
OF_AGENT = Prepared(select(C).where(C.c.agent_id == bindparam("agent")))
OF_HANDOFF = Prepared(
    select(C.c.url)
    .join(tables.handoffs, tables.handoffs.c.agent_id == C.c.agent_id)
    .where(tables.handoffs.c.id == bindparam("handoff"))
)
PLAIN = ("id", "agent_id", "url", "registered_at", "registered_by", "verified_at", "problem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What signs: the secret in force, and the one before it while that still does."""

    current: bytes = field(repr=False)
    old: bytes | None = field(default=None, repr=False)

    @property
    def all(self) -> tuple[bytes, ...]:
        """List them, the one in force first."""
        return (self.current,) if self.old is None else (self.current, self.old)


def find(work: Work, agent_id: str, *, lock: bool = False) -> Endpoint | None:
    """Give the endpoint of an agent, None where it has none; `lock` holds it until the end of the transaction."""
    query = select(C).where(C.c.agent_id == agent_id)
    if lock:
        work.begin()
        query = query.with_for_update()
    row = work.row(query)
    return _read(row) if row else None


def find_to_send(work: Work, agent_id: str) -> tuple[Endpoint, Secrets] | None:
    """Give the endpoint of an agent and the secrets that sign at this moment, None where it has none."""
    row = work.ask_one(OF_AGENT, agent=agent_id)
    if row is None:
        return None
    endpoint = _read(row)
    return endpoint, _secrets_in(work, endpoint, row)


def url_for(work: Work, handoff_id: str) -> str | None:
    """Give where the agent of a handoff is called back, None where it is not."""
    row = work.ask_one(OF_HANDOFF, handoff=handoff_id)
    return row.url if row else None


def secrets(work: Work, endpoint: Endpoint) -> Secrets:
    """Open the secrets that sign at this moment."""
    row = work.run(select(C.c.sealed, C.c.sealed_old).where(C.c.id == endpoint.id)).one()
    return _secrets_in(work, endpoint, row)


def _secrets_in(work: Work, endpoint: Endpoint, row: Row[Any]) -> Secrets:
    lives = endpoint.old_ends_at is not None and endpoint.old_ends_at > work.now
    old = _opened(work, endpoint, row.sealed_old) if lives else None
    return Secrets(current=_opened(work, endpoint, row.sealed), old=old)


def save(work: Work, endpoint: Endpoint, kept: Secrets) -> None:
    """Write an endpoint with its secrets anew, and tell submissions what it is sent while it is in use."""
    values = {
        **{name: getattr(endpoint, name) for name in PLAIN},
        "content": endpoint.content.value,
        "state": endpoint.state.value,
        "old_ends_at": endpoint.old_ends_at if kept.old else None,
        "sealed": _sealed(work, endpoint, kept.current),
        "sealed_old": _sealed(work, endpoint, kept.old) if kept.old else None,
    }
    work.write(delete(C).where(C.c.agent_id == endpoint.agent_id))
    work.write(C.insert(), values)
    in_use = endpoint.state is EndpointState.VERIFIED
    _note(work, endpoint.agent_id, endpoint.content if in_use else None)


def remove(work: Work, agent_id: str) -> None:
    """Take an endpoint away with its secrets."""
    work.write(delete(C).where(C.c.agent_id == agent_id))
    _note(work, agent_id, None)


def _note(work: Work, agent_id: str, content: CallbackWish | None) -> None:
    """Keep with the agent what its endpoint is sent, so that submitting asks no further table."""
    value = content.value if content else None
    work.write(update(A).where(A.c.id == agent_id).values(callback=value))
    work.store.recent.clear()


def _sealed(work: Work, endpoint: Endpoint, plain: bytes) -> bytes:
    nonce = work.store.world.entropy(NONCE_BYTES)
    return work.store.keyring.seal(plain, nonce, endpoint.id)


def _opened(work: Work, endpoint: Endpoint, sealed: bytes | None) -> bytes:
    return work.store.keyring.open(tables.stored_bytes(sealed) or b"", endpoint.id)


def _read(row: Row[Any]) -> Endpoint:
    return Endpoint(
        **{name: getattr(row, name) for name in (*PLAIN, "old_ends_at")},
        content=CallbackWish(row.content),
        state=EndpointState(row.state),
    )
