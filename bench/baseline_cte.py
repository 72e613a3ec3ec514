"""The faster bare app: Flask and the driver's own SQL, the three inserts in one statement."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import create_engine

from bench.baseline_tables import now
from bench.baseline_waking import Waking

engine = create_engine(
    os.environ["DATABASE_URL"],
    pool_size=20,
    max_overflow=0,
    isolation_level="AUTOCOMMIT",
    skip_autocommit_rollback=True,
)
waking = Waking()
app = Flask(__name__)

SUBMIT = """
WITH e AS (INSERT INTO events (handoff_id, type, at) VALUES (%s, 'submitted', %s)),
     m AS (INSERT INTO outbox (handoff_id, topic, due_at) VALUES (%s, 'deadline', %s))
INSERT INTO handoffs (id, key, status, title, body, created_at) VALUES (%s, %s, 'pending', %s, %s, %s)
"""
DECIDE = """
WITH e AS (INSERT INTO events (handoff_id, type, at) VALUES (%s, 'approved', %s))
UPDATE handoffs SET status = 'approved' WHERE id = %s RETURNING id, status, body
"""
READ = "SELECT id, status, body FROM handoffs WHERE id = %s"


def run(statement: str, values: tuple[Any, ...]) -> Any:
    """Execute one statement and give the row that it returns, where it returns any."""
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement, values)
        return result.first() if result.returns_rows else None


def answer(row: Any, status: int = 200) -> Response:
    """Give the handoff with what was sent."""
    said = {"id": row[0], "status": row[1], "revision": 1, "sent": row[2]}
    return Response(json.dumps(said), status, mimetype="application/json")


@app.get("/healthz")
def healthz() -> str:
    """Say that it runs."""
    return "ok"


@app.post("/api/v1/handoffs")
def submit() -> Response:
    """Parse the body and insert three rows with one statement."""
    sent = request.get_json()
    name, at, body = uuid.uuid4().hex, now(), json.dumps(sent)
    key = request.headers["Idempotency-Key"]
    run(SUBMIT, (name, at, name, at, name, key, sent["title"], body, at))
    return answer((name, "pending", body), 201)


@app.post("/api/v1/handoffs/<handoff_id>/decisions")
def decide(handoff_id: str) -> Response:
    """Change the row and insert an event with one statement, wake who waits."""
    request.get_json()
    row = run(DECIDE, (handoff_id, now(), handoff_id))
    waking.publish(handoff_id)
    return answer(row)


@app.get("/api/v1/handoffs/<handoff_id>")
def read(handoff_id: str) -> Response:
    """Give the row as soon as it is not pending; without `wait`, as it is."""
    changed = waking.expect(handoff_id)
    try:
        row = run(READ, (handoff_id,))
        if row[1] == "pending" and changed.wait(float(request.args.get("wait", 0))):
            row = run(READ, (handoff_id,))
    finally:
        waking.forget(handoff_id)
    return answer(row)
