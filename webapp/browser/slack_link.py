"""Say who one is in Slack: opened from there, confirmed here by somebody who has signed in."""

from __future__ import annotations

from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.domain.errors import Forbidden, NotFound
from webapp.gateways.slack import SlackUser
from webapp.services import chat, stops
from webapp.services.chat_links import read_link

routes = Blueprint("slack_link", __name__)
PAGE = "people/slack.html"


@routes.get("/slack/link/<token>")
def ask(token: str) -> Response:
    """Show who would be bound to whom."""
    _, who = _found(token)
    held = desk().read(stops.in_force)
    return show(PAGE, PAGE, "/people", held, who=who, person=me(), token=token)


@routes.post("/slack/link/<token>")
def bind(token: str) -> AnyResponse:
    """Bind them: from now on this person decides in Slack, too."""
    workspace, who = _found(token)
    person = me()
    desk().transact(lambda work: chat.bind(work, person.id, workspace, who.id))
    keep_toast(Toast(said="Linked with Slack", what=f"{who.name} is you"))
    return redirect("/you", code=303)


@routes.post("/slack/unlink")
def unbind() -> AnyResponse:
    """Forget who this person is in Slack."""
    person = me()
    desk().transact(lambda work: chat.unbind(work, person.id))
    keep_toast(Toast(said="No longer linked with Slack", what=person.email))
    return redirect("/you", code=303)


def _found(token: str) -> tuple[str, SlackUser]:
    """Say who is asked about. Raises NotFound, and Forbidden where Slack knows them by another e-mail.

    Whoever sends somebody else a link of their own must not be given that person's rights: the e-mails must agree.
    """
    slack = desk().slack
    if slack is None:
        raise NotFound("Slack is not set up here.")
    workspace, slack_user = read_link(desk().store.keyring, token)
    who = slack.user(slack_user)
    if not who.is_member:
        raise Forbidden("Only members of the workspace can be linked: no guests, no apps.")
    if (who.email or "").strip().lower() != me().email.strip().lower():
        raise Forbidden(
            f"In Slack this is {who.name} with another e-mail address than yours ({me().email}). "
            "Somebody may have sent you their own link: nothing was linked.",
            hint="Whoever runs Handrail may link you all the same: handrail user slack --help.",
        )
    return workspace, who
