"""Counters, held while they are read, and the shares of them that handoffs hold until they are over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from webapp.domain.limits import CounterKey
from webapp.store import tables
from webapp.store.engine_tables import holds
from webapp.work import Work

C, S = tables.counters, holds


def lock(work: Work, keys: Iterable[CounterKey]) -> dict[CounterKey, int]:
    """Read counters and hold them until the end of the transaction, so that what follows counts exactly.

    One statement that opens or holds them one by one, always in the same order, so that two who want the same ones
    never wait for each other.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = [_row(key, 0) for key in wanted]
    make = sqlite_insert if work.store.is_sqlite else postgresql_insert
    kept = (
        make(C)
        .values(rows)
        .on_conflict_do_update(
            index_elements=list(C.primary_key.columns), set_={"value": C.c.value}
        )
    )
    found = work.write(kept.returning(C.c.agent_id, C.c.name, C.c.window, C.c.value))
    return {_key(row): int(row.value) for row in found}


def read(work: Work, key: CounterKey) -> int:
    """Read a counter for showing it."""
    return int(work.run(select(C.c.value).where(_is(key))).scalar() or 0)


def read_all(work: Work, keys: Sequence[CounterKey]) -> dict[CounterKey, int]:
    """Read counters for showing them, or where nothing must be exact; what nobody has counted is 0."""
    if not keys:
        return {}
    columns = (C.c.agent_id, C.c.name, C.c.window)
    wanted = [(key.holder, key.name, key.window) for key in keys]
    rows = work.run(select(*columns, C.c.value).where(tuple_(*columns).in_(wanted)))
    found = {_key(row): int(row.value) for row in rows}
    return {key: found.get(key, 0) for key in keys}


def note(work: Work, key: CounterKey) -> None:
    """Remember that something happened at least once."""
    work.write(tables.insert_if_absent(C, _row(key, 1), sqlite=work.store.is_sqlite))


def add(work: Work, key: CounterKey, amount: int) -> None:
    """Count on."""
    _open(work, key)
    work.write(update(C).where(_is(key)).values(value=C.c.value + amount))


def hold(work: Work, handoff_id: str, shares: Iterable[tuple[CounterKey, int]]) -> None:
    """Take these shares of counters, which this transaction has locked, until they are given back or used up."""
    taken = sorted(shares)
    if not taken:
        return
    _move(work, taken)
    work.write(insert(S), [_share(handoff_id, key, amount) for key, amount in taken])


def has_shares(work: Work, handoff_id: str) -> bool:
    """Say whether a handoff holds a share of any counter."""
    return work.row(select(S.c.name).where(S.c.handoff_id == handoff_id).limit(1)) is not None


def give_back(work: Work, handoff_id: str, beside: Sequence[CounterKey] = ()) -> None:
    """Give back what a handoff holds: it did not run.

    The counters `beside` are held at once with those, for whoever goes on to count there.
    """
    held = sorted(_held(work, handoff_id))
    if held:
        lock(work, [*(key for key, _ in held), *beside])
        _move(work, [(key, -amount) for key, amount in held])
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


def _move(work: Work, moves: Sequence[tuple[CounterKey, int]]) -> None:
    """Count on, or back, in the counters that this transaction has locked."""
    where = (
        (C.c.agent_id == bindparam("holder"))
        & (C.c.name == bindparam("named"))
        & (C.c.window == bindparam("within"))
    )
    change = update(C).where(where).values(value=C.c.value + bindparam("amount"))
    work.write(
        change,
        [
            {"holder": key.holder, "named": key.name, "within": key.window, "amount": amount}
            for key, amount in moves
        ],
    )


def _share(handoff_id: str, key: CounterKey, amount: int) -> dict[str, Any]:
    named = {"handoff_id": handoff_id, "holder": key.holder, "name": key.name}
    return {**named, "window": key.window, "amount": amount}


def _key(row: Any) -> CounterKey:
    return CounterKey(holder=row.agent_id, name=row.name, window=row.window)


def _is(key: CounterKey) -> ColumnElement[bool]:
    return (C.c.agent_id == key.holder) & (C.c.name == key.name) & (C.c.window == key.window)


def _row(key: CounterKey, value: int) -> dict[str, Any]:
    return {"agent_id": key.holder, "name": key.name, "window": key.window, "value": value}


def _open(work: Work, key: CounterKey) -> None:
    work.write(tables.insert_if_absent(C, _row(key, 0), sqlite=work.store.is_sqlite))
