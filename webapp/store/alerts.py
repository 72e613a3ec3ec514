"""Alerts as stored: opened once, counted on, settled once."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import Row, select, update

from webapp.domain.alert import Alert, AlertKind
from webapp.store import tables
from webapp.store.engine_tables import alerts
from webapp.work import Work

A = alerts


def add(work: Work, alert: Alert) -> bool:
    """Open an alert; False where one of its kind is open for the agent already."""
    values = {**asdict(alert), "kind": alert.kind.value, "detail": json.dumps(alert.detail)}
    work.write(tables.insert_if_absent(A, values, sqlite=work.store.is_sqlite))
    return find(work, alert.id) is not None


def save(work: Work, alert: Alert) -> None:
    """Write an alert anew."""
    values = {**asdict(alert), "kind": alert.kind.value, "detail": json.dumps(alert.detail)}
    work.write(update(A).where(A.c.id == alert.id).values(values))


def find(work: Work, alert_id: str) -> Alert | None:
    """Give one alert, None where there is none."""
    row = work.row(select(A).where(A.c.id == alert_id))
    return _read(row) if row else None


def newest(work: Work, agent_id: str, kind: AlertKind) -> Alert | None:
    """Give the newest alert of a kind for an agent, open or not."""
    of = (A.c.agent_id == agent_id) & (A.c.kind == kind.value)
    row = work.row(select(A).where(of).order_by(A.c.id.desc()).limit(1))
    return _read(row) if row else None


def unsettled(work: Work, teams: Collection[str] | None) -> list[Alert]:
    """List what is open for these teams, oldest first; None means for any."""
    query = select(A).where(A.c.settled_at.is_(None)).order_by(A.c.id)
    if teams is not None:
        query = query.where(A.c.owner.in_(teams))
    return [_read(row) for row in work.run(query)]


def _read(row: Row[tuple[object, ...]]) -> Alert:
    values = dict(row._mapping)  # noqa: SLF001 — SQLAlchemy's own name for its public mapping
    values["kind"], values["detail"] = AlertKind(values["kind"]), json.loads(values["detail"])
    return Alert(**values)
