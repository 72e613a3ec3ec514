"""Speak htmx 4 with a browser: whether it wants a fragment, and where to send it next."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

VARY = ("HX-Request", "HX-Request-Type")


def is_htmx() -> bool:
    """Say whether a script of ours asks, not the address bar or a plain form."""
    return request.headers.get("HX-Request") == "true"


def wants_fragment() -> bool:
    """Say whether only a part of a page is wanted; going back in the history wants a whole one."""
    restores = request.headers.get("HX-History-Restore-Request") == "true"
    return is_htmx() and not restores and request.headers.get("HX-Request-Type") == "partial"


def leave_for(url: str, *, status: int = 303) -> AnyResponse:
    """Send the whole window to `url`: a redirect, or `HX-Redirect` with `status` for htmx.

    htmx follows a plain redirect silently and would put a whole page into a panel.
    """
    if is_htmx():
        return Response(status=status, headers={"HX-Redirect": url})
    return redirect(url, code=303)


def safe_path(url: str | None, otherwise: str = "/") -> str:
    """Give `url` where it is a path of ours, else `otherwise`: no link leads people away."""
    if not url or not url.startswith("/") or url.startswith(("//", "/\\")) or not url.isprintable():
        return otherwise
    parts = urlsplit(url)
    return otherwise if parts.scheme or parts.netloc else url
