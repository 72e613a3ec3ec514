"""The API's own description: OpenAPI 3.1 for programs, and a reference for people."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from markupsafe import Markup, escape

from webapp.api.callers import desk
from webapp.api.catalogue import OPERATIONS, SUBMISSION
from webapp.api.openapi import BASE, document, error_classes
from webapp.domain.args_schema import describe
from webapp.http.problems import CODES, status_for

api = Blueprint("documentation", __name__)
OURS = {
    "bad_request": "The request broke off or cannot be read.",
    "method_not_allowed": "This address does not take this method; Allow names those that it takes.",
    "internal_error": "Something went wrong on our side; the log has it under request_id.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One word that an error may carry, and what it means."""

    word: str
    status: int
    says: str


@api.get(f"{BASE}/openapi.json")
def description() -> Response:
    """Give the description for programs."""
    return Response(json.dumps(document(), ensure_ascii=False), mimetype="application/json")


@api.get("/api/docs")
def reference() -> str:
    """Show the description to people."""
    return render_template(
        "api/reference.html",
        document=document(),
        groups=list(dict.fromkeys(one.group for one in OPERATIONS)),
        codes=codes(),
        describe=describe,
        prose=prose,
        example=json.dumps(SUBMISSION, indent=2),
        root=desk().config.public_url,
    )


def prose(text: str) -> Markup:
    """Show what stands between `backticks` as code."""
    parts = enumerate(text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(p) if n % 2 else escape(p) for n, p in parts
    )


def codes() -> list[Code]:
    """List every code that a problem may carry, by status."""
    ours = (Code(word=w, status=s, says=OURS[w]) for s, w in CODES.items() if w in OURS)
    raised = (
        Code(word=kind.code, status=status_for(kind), says=(kind.__doc__ or "").splitlines()[0])
        for kind in error_classes()
    )
    return sorted([*ours, *raised], key=lambda one: one.status)
