"""Register and verify an agent's endpoint: look where it leads, store it, and have it echo a challenge."""

from __future__ import annotations

from webapp.desk import Desk
from webapp.domain.callback import Endpoint
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.decision import Person
from webapp.domain.errors import NotVerified, SubmissionInvalid
from webapp.domain.handoff import Actor
from webapp.gateways import callbacks
from webapp.gateways.callbacks import Post
from webapp.gateways.web import Unreachable, Web
from webapp.services import endpoints
from webapp.services.endpoints import Registered


def register(
    desk: Desk, name: str, url: str | None, content: CallbackWish | None, by: Person | Actor
) -> Registered:
    """Store where an agent is called back, after a look at where the address leads.

    Raises NotFound, Forbidden, NoEndpoint, SubmissionInvalid and AddressRefused.
    """
    desk.read(lambda work: endpoints.authorised(work, name, by))
    if url is not None:
        _look(desk.web, url)
    return desk.transact(lambda work: endpoints.register(work, name, url, content, by))


def verify(desk: Desk, name: str, by: Person | Actor) -> Endpoint:
    """Have an agent's endpoint echo a challenge; from then on it is sent what moves.

    Raises NotVerified with the reason, NotFound, Forbidden, NoEndpoint and Conflict.
    """
    asked = desk.transact(lambda work: endpoints.challenge(work, name, by))
    post = Post(url=asked.endpoint.url, secrets=asked.secrets.all, name=asked.name, body=b"")
    why = callbacks.challenge(desk.web, post, asked.text, desk.world.now())
    found = desk.transact(lambda work: endpoints.answered(work, name, asked, why, by))
    if why:
        raise NotVerified(
            f"The endpoint of {name} is not verified: {why}.",
            hint='It has to answer 2xx with {"challenge": …} as it was sent; docs/callbacks.md shows how.',
        )
    return found


def _look(web: Web, url: str) -> None:
    try:
        callbacks.check_address(web, url)
    except Unreachable as error:
        raise SubmissionInvalid(error.detail, hint="Check the name in the address.") from error
