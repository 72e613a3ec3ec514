"""What Handrail shows to whoever runs an action: secrets by name, and what Vault lends for one execution."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from webapp.domain.errors import HandrailError, NotNow
from webapp.domain.executor import VAULT_TOKEN, Credentials, HttpCall
from webapp.domain.message import Attempt, Message
from webapp.gateways.extras import load
from webapp.gateways.secrets import SecretMissing, Secrets, in_header
from webapp.services import outbox
from worker.hands import Hands
from worker.log import in_a_line

log = structlog.stdlib.get_logger("handrail.lend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The headers of a call with the secrets in them, or the `problem` that there is with one; `lease` is borrowed."""

    headers: dict[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    lease: str | None = None
    problem: HandrailError | None = None


@contextmanager
def shown_to(hands: Hands, call: HttpCall) -> Iterator[Shown]:
    """Gather what a tool is shown, and give back what was lent whatever comes. Raises NotNow where Vault is away."""
    shown = _gathered(hands, call)
    try:
        yield shown
    finally:
        if shown.lease:
            _give_back_now(hands, shown.lease)


def give_back(hands: Hands, attempt: Attempt, message: Message) -> None:
    """Have revoked at the end of a run what was lent for it: mostly it is already, and then nothing happens."""
    found = hands.desk.read(lambda work: outbox.subject(work, message))
    lease = found.execution.lease if found and found.execution else None
    if lease:
        with _vault(hands) as vault:
            vault.give_back(lease)
    hands.desk.transact(lambda work: outbox.done(work, attempt))


def secrets_of(hands: Hands) -> Secrets:
    """Give the folder of secrets."""
    return Secrets(hands.desk.config.secrets)


def _gathered(hands: Hands, call: HttpCall) -> Shown:
    lease, secret = None, None
    try:
        named = secrets_of(hands).in_headers(call.headers)
        if call.credentials:
            secret, lease = _borrowed(hands, call.credentials)
            name = call.credentials.secret or "of Vault"
            named["Authorization"] = f"Bearer {in_header(name, secret)}"
    except NotNow:
        raise
    except HandrailError as error:
        return Shown(headers={}, lease=lease, problem=error)
    plain = {one.name: one.text for one in call.headers if one.text is not None}
    secrets = (*named.values(), *([secret] if secret else []))
    return Shown(headers={**plain, **named}, secrets=secrets, lease=lease)


def _borrowed(hands: Hands, credentials: Credentials) -> tuple[str, str | None]:
    """Give a secret, and the lease by which Vault lent it."""
    if credentials.secret:
        return secrets_of(hands).read(credentials.secret), None
    with _vault(hands) as vault:
        lent = vault.lend(credentials.vault, credentials.field)
    return lent.secret, lent.lease


@contextmanager
def _vault(hands: Hands) -> Iterator[Any]:
    url = hands.desk.config.vault_url
    if url is None:
        raise SecretMissing("No Vault is known here: HANDRAIL_VAULT_URL is not set.")
    vault = load("vault").Vault(url, secrets_of(hands).read(VAULT_TOKEN))
    try:
        yield vault
    finally:
        vault.close()


def _give_back_now(hands: Hands, lease: str) -> None:
    try:
        with _vault(hands) as vault:
            vault.give_back(lease)
    except HandrailError as error:  # a message at the end of the run tries again
        log.warning("what was lent was not given back yet", lease=lease, error=in_a_line(error))
