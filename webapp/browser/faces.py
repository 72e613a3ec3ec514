"""The browser face, put together: its pages, who may open them, and what templates can say."""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from webapp.browser import (
    agent_page,
    alerts,
    audits,
    decisions,
    directory,
    edits,
    endpoint,
    inert,
    listing,
    live,
    looks,
    mrkdwn,
    operations,
    policy,
    policy_life,
    queue,
    replayed,
    sessions,
    settlements,
    signin,
    slack_link,
    slack_preview,
    standing,
    stops,
    words,
    you,
)
from webapp.browser.frame import preferences
from webapp.desk import Desk
from webapp.domain.errors import BodyInvalid
from webapp.domain.pointer import MISSING
from webapp.domain.summary import visible
from webapp.http.pages import error_page

GUARDED = (
    policy_life,
    queue,
    alerts,
    audits,
    replayed,
    decisions,
    looks,
    settlements,
    edits,
    listing,
    directory,
    agent_page,
    endpoint,
    policy,
    standing,
    stops,
    operations,
    live,
    you,
    slack_link,
    slack_preview,
)
OPEN = frozenset({"signin.ask", "signin.enter"})
FILTERS = {
    "inert": inert.inert,
    "json_text": inert.json_text,
    "mrkdwn": mrkdwn.mrkdwn,
    "countdown": words.countdown,
    "urgency": words.urgency,
    "percent": words.percent,
    "instant": words.instant,
    "visible": visible,
}


def install(app: Flask, desk: Desk) -> None:
    """Add the pages to `app`."""
    sessions.install(app, desk)
    _protect(app, desk)
    for face in (signin, *GUARDED):
        app.register_blueprint(face.routes)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.tests.update(
        hiding=inert.hiding, short_json=inert.short_json, missing=lambda value: value is MISSING
    )
    app.jinja_env.globals.update(
        status_words=words.STATUS_WORDS,
        risk_words=words.RISK_WORDS,
        kind_icons=words.KIND_ICONS,
        words_of=words.status_words,
    )
    app.context_processor(preferences)


def _protect(app: Flask, desk: Desk) -> None:
    """Let nobody in who has not signed in, and nothing that another site has sent."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # it lives as long as the session
        WTF_CSRF_SSL_STRICT=desk.config.secure,
        RATELIMIT_STORAGE_URI=_limits_address(desk.config.redis_url),
        RATELIMIT_KEY_PREFIX="handrail",
    )
    forgery = CSRFProtect(app)
    signin.limiter.init_app(app)
    app.register_error_handler(CSRFError, _forged)
    ours = {face.routes.name for face in (signin, *GUARDED)}

    @app.before_request
    def guard() -> Response | None:
        if request.blueprint not in ours:
            return None
        _refuse_nul()
        forgery.protect()
        if request.endpoint in OPEN or current_user.is_authenticated:
            return None
        return sessions.ask_to_sign_in()


def _refuse_nul() -> None:
    """Refuse what no keyboard types and PostgreSQL cannot hold, as JSON that comes in is refused.

    Raises BodyInvalid.
    """
    if any("\0" in said for pair in request.values.items(multi=True) for said in pair):
        raise BodyInvalid("The form holds a NUL character, which is no text.")


def _forged(_: CSRFError) -> Response:
    detail = "The form did not come from a page of this session; nothing was done."
    return error_page(400, detail, "Load the page again, then repeat what you did.")


def _limits_address(redis_url: str) -> str:
    """Write the address of Redis as the limiter wants it."""
    return redis_url.replace("unix://", "redis+unix://", 1)
