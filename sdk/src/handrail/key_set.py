"""The public keys of a desk: fetched, kept for as long as the desk says, and fetched anew for a key not seen yet."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any

import httpx
import jwt

from handrail.errors import TransportError
from handrail.world import World

QUIET = 10.0
"""How long, in seconds, made-up key ids make nobody ask the desk again."""

TIMEOUT = 5.0
_LONGEST_KEPT = 600.0
_MAX_AGE = re.compile(r"max-age=(\d+)")


class KeySet:
    """The keys at one address (RFC 7517); safe to share between threads."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None, world: World) -> None:
        self._url = url
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)
        self._world = world
        self._lock = Lock()
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked_at = -math.inf
        self._kept_until = -math.inf

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Give the key of that id, None where the desk publishes none. Raise TransportError."""
        with self._lock:
            now = self._world.monotonic()
            outdated = now >= self._kept_until
            if outdated or (kid not in self._keys and now >= self._asked_at + QUIET):
                self._fetch(now)
            return self._keys.get(kid)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _fetch(self, now: float) -> None:
        try:
            # past any cache on the way: whoever asks has reason to
            response = self._http.get(self._url, headers={"Cache-Control": "no-cache"})
            response.raise_for_status()
            found = response.json()["keys"]
            keys = {one["kid"]: jwt.PyJWK(one, "EdDSA") for one in found if _is_ours(one)}
        except (httpx.HTTPError, ValueError, TypeError, KeyError, jwt.PyJWTError) as error:
            raise TransportError(f"no keys from {self._url}: {error}") from error
        said = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
        self._keys, self._asked_at = keys, now
        self._kept_until = now + min(float(said[1]) if said else 0.0, _LONGEST_KEPT)


def _is_ours(key: Any) -> bool:
    """Say whether this is a key of the one kind that permits are signed with."""
    if not isinstance(key, Mapping) or not isinstance(key.get("kid"), str):
        return False
    return (key.get("kty"), key.get("crv")) == ("OKP", "Ed25519")
