"""Take secrets out of what somebody else's server has said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

REMOVED = "•••"


def redacted(value: Any, secrets: Iterable[str]) -> Any:
    """Give JSON or text without the secrets that the server was sent, wherever it has repeated them."""
    return _blank(value, [one for one in secrets if one])


def _blank(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REMOVED)
        return value
    if isinstance(value, list):
        return [_blank(one, secrets) for one in value]
    if isinstance(value, dict):
        return {_blank(name, secrets): _blank(one, secrets) for name, one in value.items()}
    return value
