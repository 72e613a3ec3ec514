"""What machines ask: alive, ready, and the figures for Prometheus."""

from __future__ import annotations

import json

from flask import Flask, Response

from webapp.desk import Desk
from webapp.services import readiness


def install(app: Flask, desk: Desk) -> None:
    """Put /healthz, /readyz and /metrics on `app`."""

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def ready() -> Response:
        checks = readiness.checks(desk.store, desk.lane.is_reachable())
        status = 200 if all(check.good for check in checks) else 503
        body = {check.name: {"good": check.good, "says": check.says} for check in checks}
        return Response(json.dumps(body), status, mimetype="application/json")

    @app.get("/metrics")
    def figures() -> Response:
        workers = desk.lane.workers()  # asked before: no network in a transaction
        text = desk.read(lambda work: readiness.figures(work, workers))
        return Response(text, mimetype="text/plain; version=0.0.4; charset=utf-8")
