"""Secrets by name: a folder with one file for each, as containers are given them, read at the moment of use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from webapp.domain.errors import HandrailError
from webapp.domain.executor import Header

MOST_BYTES = 65_536
# a header of HTTP: what else stood in it would be refused by the client, and repeated in its error
HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
HINT = "HANDRAIL_SECRETS names the folder in which each secret is a file."


class SecretMissing(HandrailError):
    """A secret that the policy names cannot be used."""

    code = "secret_missing"


class Secrets:
    """The folder; None where nothing was set, and then every secret is missing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, name: str) -> str:
        """Give a secret without the end of its line. Raises SecretMissing, which says nothing of what it holds."""
        if self._folder is None:
            raise SecretMissing(
                f"The secret {name} is missing: HANDRAIL_SECRETS is not set.", hint=HINT
            )
        try:
            with (self._folder / name).open("rb") as file:
                text = file.read(MOST_BYTES + 1).decode().rstrip("\r\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SecretMissing(f"The secret {name} cannot be read: {why}.", hint=HINT) from None
        except UnicodeDecodeError:
            raise SecretMissing(f"The secret {name} is no text.", hint=HINT) from None
        if not text or len(text) > MOST_BYTES:
            raise SecretMissing(f"The secret {name} is empty or too large.", hint=HINT)
        return text

    def in_headers(self, headers: Iterable[Header]) -> dict[str, str]:
        """Give those headers that hold a secret, with it in them. Raises SecretMissing."""
        asked = [(one.name, one.secret) for one in headers if one.secret]
        return {name: in_header(secret, self.read(secret)) for name, secret in asked}

    def missing(self, names: Iterable[str]) -> list[str]:
        """Name those that cannot be read."""
        return [name for name in names if not self._has(name)]

    def _has(self, name: str) -> bool:
        try:
            self.read(name)
        except SecretMissing:
            return False
        return True


def in_header(name: str, secret: str) -> str:
    """Give a secret that can stand in a header. Raises SecretMissing."""
    if not HEADER.fullmatch(secret):
        raise SecretMissing(
            f"The secret {name} holds what no header can: it must be one line of ASCII."
        )
    return secret
