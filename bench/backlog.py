"""A backlog of callbacks, made by SQL: copies of one approved handoff, and for each the message to its agent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import Connection, create_engine, text

from bench.handoffs import approval, submission
from bench.multiply import NAME, multiply
from bench.servers import Side
from bench.wire import Script, Wire, checked
from webapp.config import Config

PATIENCE = 300.0  # seconds for a whole backlog
LOOK = 0.02
MESSAGES = f"""
INSERT INTO outbox (topic, reach, handoff_id, due_at, version)
SELECT 'agent.callback', 'outside', {NAME}, now(), 2
FROM generate_series(cast(:first as bigint), cast(:last as bigint)) n
"""
# who struck a message out: each worker has a name of its own in PostgreSQL
WATCH = (
    "CREATE TABLE struck_out (worker text NOT NULL)",
    """CREATE FUNCTION note_worker() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO struck_out VALUES (current_setting('application_name')); RETURN OLD; END $$""",
    "CREATE TRIGGER note_worker AFTER DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION note_worker()",
)


@dataclass(slots=True, kw_only=True)
class Backlog:
    """One database with a handoff to copy."""

    config: Config
    model: str
    connection: Connection
    made: int = 1

    def fill(self, count: int) -> None:
        """Add so many messages, all of them due."""
        first, self.made = self.made, self.made + count
        multiply(self.config, self.model, first, self.made)
        values = {"first": first, "last": self.made - 1}
        self.connection.execute(text(MESSAGES), values)
        self.connection.exec_driver_sql("VACUUM ANALYZE outbox")

    def wait_until_done(self) -> None:
        """Return as soon as every callback is struck out."""
        query = text("SELECT count(*) FROM outbox WHERE topic = 'agent.callback'")
        deadline = perf_counter() + PATIENCE
        while left := self.connection.execute(query).scalar_one():
            if perf_counter() > deadline:
                raise RuntimeError(f"{left} messages are left after {PATIENCE:.0f} seconds")
            sleep(LOOK)

    def watch(self) -> None:
        """Note from now on who strikes messages out."""
        for statement in WATCH:
            self.connection.exec_driver_sql(statement)

    def shares(self) -> dict[str, int]:
        """Say how many messages each worker struck out."""
        rows = self.connection.exec_driver_sql(
            "SELECT worker, count(*) FROM struck_out GROUP BY worker ORDER BY worker"
        )
        return {row[0]: row[1] for row in rows}


@contextmanager
def backlog(side: Side, config: Config) -> Iterator[Backlog]:
    """Hand one thing off and approve it, as the one to copy."""
    engine = create_engine(config.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield Backlog(config=config, model=approved(side), connection=connection)
    engine.dispose()


def approved(side: Side) -> str:
    """Give the id of a handoff that a person has approved."""
    wire, found = Wire("127.0.0.1", side.port), list[dict[str, Any]]()

    def script() -> Script:
        reply = checked((yield submission(1, "model", side.key)), 201)
        found.append(json.loads(reply.body))
        checked((yield approval(found[0], side.token)), 200)

    wire.start(script())
    wire.run(perf_counter() + 30)
    wire.close()
    return str(found[0]["id"])
