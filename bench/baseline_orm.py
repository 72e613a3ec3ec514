"""The bare app to compare with: Flask and the ORM, three inserts, no check of anything."""

from __future__ import annotations

import json
import os
import uuid

from flask import Flask, Response, request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench.baseline_tables import Event, Handoff, Message
from bench.baseline_waking import Waking

engine = create_engine(os.environ["DATABASE_URL"], pool_size=20, max_overflow=0)
waking = Waking()
app = Flask(__name__)


def answer(handoff: Handoff, status: int = 200) -> Response:
    """Give the handoff with what was sent."""
    said = {"id": handoff.id, "status": handoff.status, "revision": 1, "sent": handoff.body}
    return Response(json.dumps(said), status, mimetype="application/json")


@app.get("/healthz")
def healthz() -> str:
    """Say that it runs."""
    return "ok"


@app.post("/api/v1/handoffs")
def submit() -> Response:
    """Parse the body and insert three rows."""
    sent = request.get_json()
    with Session(engine, expire_on_commit=False) as session:
        handoff = Handoff(
            id=uuid.uuid4().hex,
            key=request.headers["Idempotency-Key"],
            status="pending",
            title=sent["title"],
            body=json.dumps(sent),
        )
        session.add(handoff)
        session.add(Event(handoff_id=handoff.id, type="submitted"))
        session.add(Message(handoff_id=handoff.id, topic="deadline"))
        session.commit()
    return answer(handoff, 201)


@app.post("/api/v1/handoffs/<handoff_id>/decisions")
def decide(handoff_id: str) -> Response:
    """Change the row, insert an event, wake who waits."""
    request.get_json()
    with Session(engine, expire_on_commit=False) as session:
        handoff = session.get_one(Handoff, handoff_id)
        handoff.status = "approved"
        session.add(Event(handoff_id=handoff_id, type="approved"))
        session.commit()
    waking.publish(handoff_id)
    return answer(handoff)


@app.get("/api/v1/handoffs/<handoff_id>")
def read(handoff_id: str) -> Response:
    """Give the row as soon as it is not pending; without `wait`, as it is."""
    changed = waking.expect(handoff_id)
    try:
        handoff = find(handoff_id)
        if handoff.status == "pending" and changed.wait(float(request.args.get("wait", 0))):
            handoff = find(handoff_id)
    finally:
        waking.forget(handoff_id)
    return answer(handoff)


def find(handoff_id: str) -> Handoff:
    """Read the row."""
    with Session(engine, expire_on_commit=False) as session:
        return session.get_one(Handoff, handoff_id)
