"""Counters, held while they are read, and the shares of them that handoffs hold until they are over."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, insert, select, update

from webapp.domain.limits import CounterKey
from webapp.store import tables
from webapp.store.engine_tables import holds
from webapp.work import Work

C, S = tables.counters, holds


def lock(work: Work, keys: Iterable[CounterKey]) -> dict[CounterKey, int]:
    """Read counters and hold them until the end of the transaction, so that what follows counts exactly.

    Always in the same order, so that two who want the same ones never wait for each other.
    """
    work.begin()
    return {key: _lock(work, key) for key in sorted(set(keys))}


def read(work: Work, key: CounterKey) -> int:
    """Read a counter for showing it."""
    return int(work.run(select(C.c.value).where(_is(key))).scalar() or 0)


def add(work: Work, key: CounterKey, amount: int) -> None:
    """Count on."""
    _open(work, key)
    work.write(update(C).where(_is(key)).values(value=C.c.value + amount))


def hold(work: Work, handoff_id: str, shares: Iterable[tuple[CounterKey, int]]) -> None:
    """Take these shares of counters for a handoff, until they are given back or used up."""
    for key, amount in sorted(shares):
        add(work, key, amount)
        values = {"handoff_id": handoff_id, "holder": key.holder, "name": key.name}
        work.write(insert(S), {**values, "window": key.window, "amount": amount})


def give_back(work: Work, handoff_id: str) -> None:
    """Give back what a handoff holds: it did not run."""
    for key, amount in sorted(_held(work, handoff_id)):
        work.write(update(C).where(_is(key)).values(value=C.c.value - amount))
    settle(work, handoff_id)


def settle(work: Work, handoff_id: str) -> None:
    """Let what a handoff holds count for good: it ran."""
    work.write(delete(S).where(S.c.handoff_id == handoff_id))


def _held(work: Work, handoff_id: str) -> list[tuple[CounterKey, int]]:
    found = work.run(select(S).where(S.c.handoff_id == handoff_id))
    return [
        (CounterKey(holder=row.holder, name=row.name, window=row.window), row.amount)
        for row in found
    ]


def _lock(work: Work, key: CounterKey) -> int:
    held = select(C.c.value).where(_is(key)).with_for_update()
    value = work.run(held).scalar()
    if value is None:
        _open(work, key)
        value = work.run(held).scalar_one()
    return int(value)


def _is(key: CounterKey) -> ColumnElement[bool]:
    return (C.c.agent_id == key.holder) & (C.c.name == key.name) & (C.c.window == key.window)


def _open(work: Work, key: CounterKey) -> None:
    values = {"agent_id": key.holder, "name": key.name, "window": key.window, "value": 0}
    work.write(tables.insert_if_absent(C, values, sqlite=work.store.is_sqlite))
