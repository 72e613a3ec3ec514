"""The requests of the benchmark: a handoff of 2 KB, as an agent would send it, and what follows from it."""

from __future__ import annotations

import json
from typing import Any

from bench.wire import request

AGENT, ACTION = "bench-agent", "payments.refund"
SIZE = 2048  # bytes of a submission's body
API = "/api/v1/handoffs"
JSON_TYPE = {"Content-Type": "application/json"}
FILLER = (
    "The carrier scanned the parcel as crushed and the photo shows the broken base of the lamp. "
)


def body(number: int) -> bytes:
    """Write one submission of about 2 KB; policy puts it before a person."""
    order = f"{10_000_000 + number % 89_999_999}"
    args = {
        "order_id": order,
        "amount": "129.00",
        "currency": "EUR",
        "counterparty": f"cus_{number:x}7a",
        "reason": "damaged",
    }
    said: dict[str, Any] = {
        "kind": "action",
        "title": f"Refund order {order}, damaged in transit",
        "action": {"name": ACTION, "args": args},
        "confidence": 0.83,
        "uncertainty": "The photo may show a different item than the one ordered.",
        "interpretations": [
            {"id": "same", "text": "Same item, box crushed", "confidence": 0.83},
            {"id": "other", "text": "Another item; ask for a new photo", "confidence": 0.17},
        ],
        "intent": f"Settle the complaint about order {order}",
        "request": {"text": "my lamp arrived broken, see photo", "from": "customer cus_77"},
        "reasoning": [
            {
                "step": 1,
                "text": "Looked up the order.",
                "tool": "orders.get",
                "args": {"id": order},
            },
            {"step": 2, "text": "Compared the photo with the catalogue picture."},
        ],
        "evidence": [{"label": "Carrier scan", "text": ""}],
        "state": {"step": 3, "orders_checked": [order], "cursor": "b3JkZXJzOjE3"},
        "tags": ["refunds", "lamps"],
        "run_id": f"run-{number // 50}",
        "model": "example-1",
        "agent_version": "2026.11",
    }
    missing = SIZE - len(json.dumps(said))
    said["evidence"][0]["text"] = (FILLER * (missing // len(FILLER) + 1))[:missing]
    return json.dumps(said).encode()


def submission(number: int, key: str, credential: str) -> bytes:
    """Write the request that submits handoff `number` under `key`."""
    headers = {**JSON_TYPE, "Authorization": f"Bearer {credential}", "Idempotency-Key": key}
    return request("POST", API, headers, body(number))


def long_poll(handoff_id: str, credential: str, seconds: int = 30) -> bytes:
    """Write the request of an agent that waits."""
    headers = {"Authorization": f"Bearer {credential}"}
    return request("GET", f"{API}/{handoff_id}?wait={seconds}", headers)


def approval(asked: dict[str, Any], token: str) -> bytes:
    """Write the request of a person who approves what `asked` shows."""
    said = {
        "verb": "approve",
        "revision": asked["revision"],
        "fingerprint": asked.get("fingerprint"),
    }
    headers = {**JSON_TYPE, "Authorization": f"Bearer {token}"}
    return request("POST", f"{API}/{asked['id']}/decisions", headers, json.dumps(said).encode())
