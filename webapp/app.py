"""The application: faces, login, errors and headers, wired together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from webapp.api import (
    agent,
    documentation,
    events,
    labelling,
    people,
    permit_keys,
    reading,
    settling,
    standing_approvals,
)
from webapp.browser import faces
from webapp.config import Config
from webapp.desk import Desk, open_desk
from webapp.domain.json_text import LIMITS
from webapp.http import headers, health, pages, problems
from webapp.http.pages import STATIC, TEMPLATES
from webapp.slack import routes as slack_routes
from webapp.world import World

API_FACES = (
    agent.api,
    reading.api,
    people.api,
    labelling.api,
    settling.api,
    standing_approvals.api,
    events.api,
    documentation.api,
    permit_keys.api,
)


class Application(Flask):
    """A Flask whose views are plain functions, so that it need not ask of each whether it is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config, world: World, desk: Desk | None = None) -> Flask:
    """Make the application; `desk` is handed in where a test or a program shares one."""
    app = Application("webapp", static_folder=str(STATIC), template_folder=str(TEMPLATES))
    app.config["MAX_CONTENT_LENGTH"] = LIMITS.size + 1
    app.config["MAX_FORM_MEMORY_SIZE"] = LIMITS.size + 1
    here = desk or open_desk(config, world)
    app.extensions["handrail"] = here
    _name_requests(app, world)
    for face in API_FACES:
        app.register_blueprint(face)
    pages.install(app)
    faces.install(app, here)
    slack_routes.install(app, here)
    health.install(app, here)
    headers.install(app, secure=config.secure)
    problems.install(app, here)
    return app


def _name_requests(app: Flask, world: World) -> None:
    """Give each request an id that error, log and answer share."""

    @app.before_request
    def name() -> None:
        g.request_id = world.new_id("rq")

    @app.after_request
    def tell(response: Response) -> Response:
        if request.path.startswith(problems.API):
            response.headers["X-Request-Id"] = g.get("request_id", "")
        return response
