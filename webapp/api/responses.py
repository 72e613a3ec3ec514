"""How an answer of the API becomes a response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response

from webapp.handoff_json import json_bytes
from webapp.services.deliver import Delivery


def respond(
    body: Mapping[str, Any], deliveries: Iterable[Delivery] = (), status: int = 200
) -> Response:
    """Answer JSON in which the states of these deliveries stand byte for byte as they were sent."""
    return Response(json_bytes(body, deliveries), status, mimetype="application/json")
