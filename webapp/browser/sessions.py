"""Who sits at the browser: a signed cookie that names a user, and when it stops being good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.here import desk
from webapp.desk import Desk
from webapp.domain.account import User
from webapp.domain.decision import Person
from webapp.domain.handoff import Face
from webapp.http.hx import is_htmx, leave_for
from webapp.http.problems import API
from webapp.services import accounts

IDLE = timedelta(hours=8)
NOTED_EVERY = timedelta(minutes=1)
UNATTENDED = frozenset({"queue.rows", "queue.fresh", "live.stream"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What flask-login wants of a user, around the person with the rights of this moment."""

    person: Person
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Give the user's id, which is all that flask-login puts into the cookie."""
        return self.person.id


class PagesOnly(SecureCookieSessionInterface):
    """Keep sessions for people's pages; programs show their key with each request."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith(API) else super().open_session(app, request)


def install(app: Flask, desk: Desk) -> None:
    """Sign the cookie with a key of its own, and guard every page of the browser face."""
    secure = desk.config.secure
    app.session_interface = PagesOnly()
    app.secret_key = desk.store.keyring.derive("sessions")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-handrail" if secure else "handrail",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=accounts.LONGEST_SESSION,
    )
    manager = LoginManager()
    manager.session_protection = None  # ties a session to an address, which phones change
    manager.user_loader(_signed_in)
    manager.init_app(app)


def begin(user: User) -> None:
    """Sign a user in, in a session that shares nothing with the one before."""
    world = desk().world
    now = world.now().timestamp()
    session.clear()
    session.permanent = True
    session.update(sid=world.token(16), epoch=user.epoch, since=now, seen=now)
    login_user(SignedIn(person=user.person(Face.BROWSER)))


def end() -> None:
    """Sign out here; who has copied the cookie is out as well."""
    session_id = session.get("sid")
    if session_id:
        desk().transact(lambda work: accounts.end_session(work, session_id))
    logout_user()
    session.clear()


def me() -> Person:
    """Give the person who asks."""
    signed_in: SignedIn = current_user
    return signed_in.person


def _signed_in(user_id: str) -> SignedIn | None:
    """Recognise the session's user as of now, unless the session is over."""
    now = desk().world.now()
    if _expired(now):
        return None
    user = desk().read(lambda work: accounts.user(work, user_id, session.get("sid", "")))
    if user is None or user.epoch != session.get("epoch"):
        return None
    _note_presence(now)
    return SignedIn(person=user.person(Face.BROWSER))


def _expired(now: datetime) -> bool:
    stamp = now.timestamp()
    since, seen = float(session.get("since", 0)), float(session.get("seen", 0))
    return (
        stamp - since > accounts.LONGEST_SESSION.total_seconds()
        or stamp - seen > IDLE.total_seconds()
    )


def _note_presence(now: datetime) -> None:
    """Note that somebody is there; what pages fetch by themselves does not count."""
    stamp = now.timestamp()
    if request.endpoint in UNATTENDED:
        return
    if stamp - session.get("seen", 0.0) > NOTED_EVERY.total_seconds():
        session["seen"] = stamp


def ask_to_sign_in() -> AnyResponse:
    """Lead to the sign-in page, and back to what was asked for."""
    wanted = "/" if is_htmx() or request.method != "GET" else request.full_path.rstrip("?")
    return leave_for(f"/sign-in?{urlencode({'next': wanted})}", status=401)
