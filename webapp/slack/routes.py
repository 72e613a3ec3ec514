"""Slack's requests to us: signed, not older than five minutes, and answered at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Flask, Response, current_app, request
from slack_sdk.signature import SignatureVerifier

from webapp.desk import Desk
from webapp.domain.errors import NotAuthenticated, NotFound, SubmissionInvalid
from webapp.slack.interactions import Interactions

routes = Blueprint("slack", __name__)
PLACE = "handrail.slack"
MOST_BYTES = 200_000


def install(app: Flask, desk: Desk) -> None:
    """Take Slack's requests, where Slack is set up with a signing secret."""
    settings = desk.config.slack
    app.register_blueprint(routes)
    if desk.slack and settings and settings.signing_secret:
        verifier = SignatureVerifier(settings.signing_secret)
        app.extensions[PLACE] = (verifier, Interactions(desk, desk.slack))


@routes.post("/slack/interactions")
def interact() -> Response:
    """Take a button that was pressed or a modal that was sent."""
    found = current_app.extensions.get(PLACE)
    if found is None:
        raise NotFound("Slack is not set up here: docs/slack.md says how.")
    verifier, interactions = found
    raw = request.get_data(cache=False)
    _insist_on_signature(verifier, raw)
    answer = interactions.handle(_payload(raw))
    if answer is None:
        return Response("", mimetype="text/plain")
    return Response(json.dumps(answer), mimetype="application/json")


def _insist_on_signature(verifier: SignatureVerifier, raw: bytes) -> None:
    """Raise NotAuthenticated unless Slack signed these very bytes within five minutes."""
    try:
        signed = len(raw) <= MOST_BYTES and verifier.is_valid_request(raw, dict(request.headers))
    except (ValueError, OverflowError, TypeError):  # no time, no UTF-8, no ASCII in the signature
        signed = False
    if not signed:
        raise NotAuthenticated("This is not signed by Slack, or too old.")


def _payload(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(parse_qs(raw.decode())["payload"][0])
    except (ValueError, KeyError, RecursionError) as error:
        raise SubmissionInvalid("This holds no payload of Slack's.") from error
    if not isinstance(found, dict):
        raise SubmissionInvalid("This holds no payload of Slack's.")
    return found
