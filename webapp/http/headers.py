"""The headers of every answer: what a browser may load, keep and reveal."""

from __future__ import annotations

from flask import Flask, Response, request

from webapp.http.hx import VARY

POLICY = (
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'self'; object-src 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FOR_EVER = "public, max-age=31536000, immutable"
ONE_YEAR_TLS = "max-age=31536000"


def install(app: Flask, *, secure: bool) -> None:
    """Put the headers on every answer of `app`; `secure` says that people reach it over TLS."""
    always = [*ALWAYS.items(), *([("Strict-Transport-Security", ONE_YEAR_TLS)] if secure else [])]

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in always:  # which no view sets, so that nothing has to be looked for
            response.headers.add(name, value)
        if response.mimetype == "text/html":
            response.vary.update(VARY)
        if request.endpoint == "static":
            response.headers["Cache-Control"] = _static_caching()
        elif "Cache-Control" not in response.headers:
            response.headers.add("Cache-Control", "no-store")
        return response


def _static_caching() -> str:
    """Keep for ever what has its content or its version in its address."""
    versioned = "v" in request.args or request.path.endswith(".woff2")
    return FOR_EVER if versioned else "no-cache"
