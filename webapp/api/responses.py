"""How an answer of the API becomes a response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers

from webapp.handoff_json import json_bytes
from webapp.services.deliver import Delivery


class Answer(Response):
    """An answer whose headers are whole as they stand: with a length, and with addresses that need no escapes."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:  # noqa: ARG002
        return self.headers


def respond(
    body: Mapping[str, Any], deliveries: Iterable[Delivery] = (), status: int = 200
) -> Response:
    """Answer JSON in which the states of these deliveries stand byte for byte as they were sent."""
    return Answer(json_bytes(body, deliveries), status, mimetype="application/json")
