"""Sign in and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser import sessions
from webapp.browser.here import desk
from webapp.domain.account import User
from webapp.http.hx import leave_for, safe_path
from webapp.http.pages import render
from webapp.services import accounts, passwords
from webapp.work import Work

WRONG = "That e-mail and password do not belong together."
TOO_OFTEN = "Too many tries to sign in. Wait a minute, then try again."
FROM_ONE_PLACE = "20/minute; 200/hour"
FOR_ONE_ACCOUNT = "5/minute; 30/hour"

routes = Blueprint("signin", __name__)


class SignInLimiter(Limiter):
    """Look at the requests to sign in alone: no other pays for a limit that it does not have."""

    def _check_request_limit(self, *given: Any, **named: Any) -> None:
        if request.blueprint == routes.name:
            super()._check_request_limit(*given, **named)


limiter = SignInLimiter(
    get_remote_address, in_memory_fallback_enabled=True, strategy="moving-window"
)


def _account() -> str:
    return request.form.get("email", "").strip().lower()


@routes.get("/sign-in")
def ask() -> AnyResponse:
    """Show the form; who is in already goes on."""
    wanted = safe_path(request.args.get("next"))
    return leave_for(wanted) if current_user.is_authenticated else _form(wanted)


@routes.post("/sign-in")
@limiter.limit(FROM_ONE_PLACE, error_message=TOO_OFTEN)
@limiter.limit(FOR_ONE_ACCOUNT, key_func=_account, error_message=TOO_OFTEN)
def enter() -> AnyResponse:
    """Check e-mail and password."""
    wanted = safe_path(request.form.get("next"))
    email, password = _account(), request.form.get("password", "")
    user = _recognised(email, password)
    if user is None:
        return _form(wanted, email, WRONG)
    sessions.begin(user)
    return leave_for(wanted)


def _recognised(email: str, password: str) -> User | None:
    """Check the password while no connection is held, and store it anew where its hash is dated."""
    claimed = desk().read(lambda work: accounts.claimed(work, email))
    user = accounts.verified(claimed, password)
    if user and passwords.is_outdated(user.password_hash):
        renewed = passwords.hash_password(password, desk().world)
        desk().transact(lambda work: accounts.renew_hash(work, user, renewed))
    return user


@routes.post("/sign-out")
def leave() -> AnyResponse:
    """End this session."""
    sessions.end()
    return leave_for("/sign-in")


@routes.post("/sign-out-everywhere")
def leave_everywhere() -> AnyResponse:
    """End every session of this person."""
    person = sessions.me()

    def end_all(work: Work) -> None:
        accounts.sign_out_everywhere(work, person.id)

    desk().transact(end_all)
    sessions.end()
    return leave_for("/sign-in")


def _form(wanted: str, email: str = "", problem: str | None = None) -> Response:
    page = "signin/index.html"
    response = render(page, page, next=wanted, email=email, problem=problem)
    response.status_code = 422 if problem else 200
    return response
