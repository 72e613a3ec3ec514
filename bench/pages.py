"""Sign in as a person and open the queue page again and again, one request at a time."""

from __future__ import annotations

import html
import re
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from bench.wire import Reply, Script, Wire, request

CSRF = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
COOKIE = re.compile(rb"^set-cookie: ([^;\r]+)", re.IGNORECASE | re.MULTILINE)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def page(job: dict[str, Any]) -> dict[str, Any]:
    """Time the queue page; milliseconds from sending the request until the whole page is there."""
    wire, took, sizes = Wire("127.0.0.1", job["port"]), [], []

    def person() -> Script:
        form = yield request("GET", "/sign-in", {})
        token = CSRF.search(form.body)
        if token is None:
            raise LookupError("the sign-in page carries no token")
        said = {
            "csrf_token": html.unescape(token[1].decode()),
            "email": job["email"],
            "password": job["password"],
            "next": "/",
        }
        cookie = {"Cookie": _cookie(form)}
        signed = yield request("POST", "/sign-in", {**FORM, **cookie}, urlencode(said).encode())
        cookie = {"Cookie": _cookie(signed)}
        for number in range(job["warm"] + job["times"]):
            reply = yield request("GET", "/", cookie)
            if reply.status != 200 or b'id="queue"' not in reply.body:
                raise LookupError(f"no queue page: {reply.status} {reply.body[:200]!r}")
            if number >= job["warm"]:
                took.append((reply.got_at - reply.sent_at) * 1000)
                sizes.append(len(reply.body))

    wire.start(person())
    wire.run(perf_counter() + 120)
    return {"took": took, "size": max(sizes, default=0)}


def _cookie(reply: Reply) -> str:
    return "; ".join(found.decode() for found in COOKIE.findall(reply.head))
