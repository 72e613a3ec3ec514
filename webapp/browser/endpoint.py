"""What admins do about where an agent is called back: register, verify, rotate, remove, set going again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.agent_page import page
from webapp.browser.frame import Toast, keep_toast
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.callback import EndpointState
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, NotFound, SubmissionInvalid
from webapp.services import callbacks, endpoints
from webapp.verification import register, verify

routes = Blueprint("endpoint", __name__)
Said = tuple[str, str]  # what was done, and to what; or a secret that is shown this once


@routes.post("/agents/<name>/callback")
def change(name: str) -> AnyResponse:
    """Do what the button says."""
    act = ACTS.get(request.form.get("act", ""))
    if act is None:
        raise NotFound
    try:
        said, secret = act(name, me())
    except (SubmissionInvalid, Conflict) as error:
        return page(name, error)
    if secret:
        return page(name, secret=secret)
    keep_toast(Toast(said=said, what=name))
    return redirect(f"/agents/{name}", code=303)


def _register(name: str, person: Person) -> Said:
    """Register an endpoint; one that has moved knows the secret, and is verified at once."""
    url, content = request.form.get("url", "").strip(), request.form.get("content", "")
    wish = CallbackWish.FULL if content == CallbackWish.FULL else CallbackWish.THIN
    made = register(desk(), name, url, wish, person)
    if made.secret is None and made.endpoint.state is EndpointState.UNVERIFIED:
        return _verify(name, person)
    return "Registered", made.secret or ""


def _verify(name: str, person: Person) -> Said:
    verify(desk(), name, person)
    return "Verified", ""


def _rotate(name: str, person: Person) -> Said:
    made = desk().transact(lambda work: endpoints.rotate(work, name, person))
    return "Rotated", made.secret or ""


def _end_old(name: str, person: Person) -> Said:
    desk().transact(lambda work: endpoints.end_old(work, name, person))
    return "Old secret ended", ""


def _remove(name: str, person: Person) -> Said:
    desk().transact(lambda work: endpoints.remove(work, name, person))
    return "Removed", ""


def _redrive(name: str, person: Person) -> Said:
    count = desk().transact(partial(callbacks.redrive, name=name, handoff_id=None, by=person))
    desk().lane.ring()
    return f"{count} set going", ""


ACTS: Mapping[str, Callable[[str, Person], Said]] = {
    "register": _register,
    "verify": _verify,
    "rotate": _rotate,
    "end_old": _end_old,
    "remove": _remove,
    "redrive": _redrive,
}
