"""Which HTTP status each error has, and how it looks as problem+json (RFC 9457)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from webapp.desk import Desk
from webapp.domain import errors as e
from webapp.domain import run_errors
from webapp.domain.handoff import Handoff
from webapp.handoff_json import links
from webapp.http.pages import error_page

API = "/api/"
STATUSES: Mapping[type[e.HandrailError], int] = {
    e.NotNow: 503,
    e.BodyInvalid: 400,
    e.BodyTooLarge: 413,
    e.StateTooLarge: 413,
    e.SubmissionInvalid: 422,
    e.KeyMissing: 400,
    e.MediaTypeUnknown: 415,
    e.NotAuthenticated: 401,
    e.Forbidden: 403,
    e.NotFound: 404,
    e.Conflict: 409,
    e.TooManyRequests: 429,
    e.Unavailable: 503,
}
CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
}
# what a person reads where the server's own words would speak of URLs
SAID_ON_PAGES = {
    404: "The address may have been mistyped, or what stood here is gone.",
    405: "This page answers other requests than this one.",
}
RETRY_AFTER = {429: 5, 503: 2}


def status_of(error: e.HandrailError) -> int:
    """Give the status that an error is answered with."""
    return status_for(type(error))


def status_for(kind: type[e.HandrailError]) -> int:
    """Give the status of the nearest class that the table names; 500 for one nobody foresaw."""
    return next((STATUSES[one] for one in kind.__mro__ if one in STATUSES), 500)


def install(app: Flask, desk: Desk) -> None:
    """Answer every error of `app`: as problem+json below /api/, as a page everywhere else."""

    @app.before_request
    def refuse_nul() -> None:
        if "\0" in request.path:  # no name of ours holds one, and PostgreSQL cannot be asked
            raise e.NotFound

    @app.errorhandler(e.HandrailError)
    def refused(error: e.HandrailError) -> Response:
        status = status_of(error)
        if not request.path.startswith(API):
            return error_page(status, error.detail, error.hint)
        facts = {"detail": error.detail, "code": error.code, **_extra(error, desk)}
        response = problem(desk, status, facts)
        if "retry_after" in error.extra:
            response.headers["Retry-After"] = str(error.extra["retry_after"])
        if isinstance(error, run_errors.TooEarly):
            response.headers["Retry-After"] = _seconds_until(str(facts["not_before"]), desk)
        return response

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        status = error.code or 500
        detail = error.description or "Something went wrong."
        if not request.path.startswith(API):
            return error_page(status, SAID_ON_PAGES.get(status, detail))
        response = problem(desk, status, {"detail": detail, "code": CODES.get(status, "error")})
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response


def problem(desk: Desk, status: int, facts: Mapping[str, Any]) -> Response:
    """Give an answer of type application/problem+json."""
    code = facts["code"]
    body = {
        "type": f"{desk.config.public_url}/api/docs#{code}",
        "title": str(code).replace("_", " ").capitalize(),
        "status": status,
        "instance": request.path,
        "request_id": g.get("request_id"),
        **facts,
    }
    response = Response(
        json.dumps(body, ensure_ascii=False), status, mimetype="application/problem+json"
    )
    if status in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[status])
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Handrail"'
    return response


def _seconds_until(instant: str, desk: Desk) -> str:
    """Say how long to wait, in whole seconds and never too short."""
    left = datetime.fromisoformat(instant) - desk.world.now()
    return str(max(1, math.ceil(left.total_seconds())))


def _extra(error: e.HandrailError, desk: Desk) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if error.hint:
        extra["hint"] = error.hint
    if error.problems:
        extra["errors"] = [asdict(one) for one in error.problems]
    for name, value in error.extra.items():
        extra[name] = brief(desk, value) if isinstance(value, Handoff) else value
    return extra


def brief(desk: Desk, handoff: Handoff) -> dict[str, Any]:
    """Name a handoff: its id, where it stands and where to read it."""
    return {"id": handoff.id, "status": handoff.status.value, "links": links(desk, handoff.id)}
