"""Saying who one is: an address that only we can write, opened by somebody who has signed in."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer

from webapp.domain.errors import NotFound
from webapp.keyring import Keyring

GOOD_FOR = 1800  # seconds
PURPOSE = "slack-link"


def link_address(keyring: Keyring, public_url: str, workspace: str, slack_user: str) -> str:
    """Write the address at which somebody in Slack says who they are here."""
    written: str | bytes = _serializer(keyring).dumps([workspace, slack_user])
    token = written if isinstance(written, str) else written.decode()
    return f"{public_url}/slack/link/{token}"


def read_link(keyring: Keyring, token: str) -> tuple[str, str]:
    """Read such an address: the workspace and the person in it. Raises NotFound where it is not ours, or old."""
    try:
        workspace, slack_user = _serializer(keyring).loads(token, max_age=GOOD_FOR)
    except (BadSignature, ValueError, TypeError) as error:
        message = (
            "This link has ended, or is not one of ours: press a button in Slack for a new one."
        )
        raise NotFound(message) from error
    return str(workspace), str(slack_user)


def _serializer(keyring: Keyring) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keyring.derive(PURPOSE), salt=PURPOSE)
