"""What pages are made of: addresses of static files, rendering whole or in part, error pages."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, make_response, render_template
from markupsafe import Markup

from webapp.http.hx import wants_fragment

STATIC = Path(__file__).parents[2] / "static"
TEMPLATES = STATIC.with_name("templates")
TITLES = {
    400: "This request does not make sense",
    401: "Sign in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "That is not possible here",
    409: "The world has moved on",
    413: "That is too large",
    415: "That is not a form",
    422: "Something is missing or wrong",
    429: "Too many tries",
    500: "Something went wrong on our side",
    503: "Not reachable at the moment",
}


def install(app: Flask) -> None:
    """Teach the templates of `app` where static files are."""
    app.jinja_env.globals.update(asset=asset, icon=icon, integrity=integrity)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


@cache
def asset(path: str) -> str:
    """Give the address of a static file; it changes with the content, so it may be kept."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@cache
def icon(name: str) -> Markup:
    """Draw an icon of the sprite; what it means stands beside it in words."""
    return Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        asset("vendor/icons.svg"), name
    )


@cache
def integrity(output: str) -> str:
    """Give the sum of a vendored file, as the lock file promises it."""
    lock = json.loads((STATIC / "vendor" / "lock.json").read_text())
    said: str = lock["outputs"][output]["sha384"]
    return said


def render(whole: str, part: str, /, **context: object) -> Response:
    """Render the whole page, or only a part of it for a script that swaps it in."""
    return make_response(render_template(part if wants_fragment() else whole, **context))


def error_page(status: int, detail: str, hint: str | None = None) -> Response:
    """Show an error to a person: a page of its own, or a notice inside of the pane."""
    title = TITLES.get(status, "Something went wrong")
    said = {"status": status, "title": title, "detail": detail, "hint": hint}
    response = render("errors/error.html", "errors/_problem.html", **said)
    response.status_code = status
    return response
