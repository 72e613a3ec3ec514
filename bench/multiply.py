"""Fill a database by SQL: copies of one handoff that was submitted through the API."""

from __future__ import annotations

from sqlalchemy import Connection, Table, create_engine, text

from webapp.config import Config
from webapp.store import tables

COPIED = (tables.handoffs, tables.audience, tables.events, tables.idempotency, tables.payloads)
KEY = {tables.handoffs.name: "id"}
# ids are as long as real ones and sort by their number; deadlines are spread over a day
NAME = "'ho_' || lpad(to_hex(n), 26, '0')"
SPREAD = "make_interval(secs => n * 86400.0 / :most)"


def multiply(config: Config, model: str, first: int, last: int, status: str | None = None) -> None:
    """Copy the handoff `model` to the numbers from `first` to below `last`; with `status`, as one that is over."""
    engine = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("SET synchronous_commit = off")
        for table in COPIED:
            if status is None or table is not tables.payloads:
                copy(connection, table, {"model": model, "first": first, "last": last - 1}, status)
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def copy(
    connection: Connection, table: Table, values: dict[str, object], status: str | None
) -> None:
    """Copy the rows of one table."""
    key = KEY.get(table.name, "handoff_id")
    changed = {key: NAME, **_changes(table, status)}
    columns = [c.name for c in table.columns if c.identity is None]
    chosen = ", ".join(changed.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    sql = (
        f"INSERT INTO {table.name} ({names}) SELECT {chosen} FROM {table.name} t,"
        f" generate_series(cast(:first as bigint), cast(:last as bigint)) n WHERE t.{key} = :model"
    )
    connection.execute(text(sql), {**values, **({"most": 1_000_000} if ":most" in sql else {})})


def _changes(table: Table, status: str | None) -> dict[str, str]:
    """Say which columns of a copy differ from the model's."""
    if table is tables.idempotency:
        return {"key": "t.key || '-' || n"}
    if table is tables.handoffs and status is None:
        return {"deadline_at": f"t.deadline_at + {SPREAD}"}
    if table is tables.handoffs:
        return {"status": f"'{status}'", "deadline_at": "null"}
    if table is tables.audience:
        return {"waits_until": "null" if status else f"t.waits_until + {SPREAD}"}
    return {}
