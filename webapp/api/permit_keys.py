"""The public halves of the keys that permits are signed with, for tools that check permits themselves (RFC 7517)."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, request

from webapp.api.callers import desk

api = Blueprint("permit_keys", __name__)
MAX_AGE = 60  # seconds for which a revoked key may be trusted by whoever keeps the answer


@api.get("/.well-known/jwks.json")
def key_set() -> Response:
    """Give the keys by which a permit may have been signed that is good now."""
    body = json.dumps({"keys": [key.to_jwk() for key in desk().permit_keys]})
    response = Response(body, mimetype="application/jwk-set+json")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response.make_conditional(request)
    return response
