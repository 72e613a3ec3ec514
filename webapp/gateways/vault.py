"""Vault, or OpenBao: credentials that are lent for one execution and given back after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import hvac
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, Unauthorized, VaultError
from requests.exceptions import RequestException

from webapp.domain.errors import HandrailError, NotNow

PATIENCE = 5  # seconds for each request
REFUSALS = (Forbidden, InvalidPath, InvalidRequest, Unauthorized)


class VaultRefused(HandrailError):
    """Vault does not lend this."""

    code = "vault_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What was lent, and by which lease; without one there is nothing to give back."""

    secret: str = field(repr=False)
    lease: str | None


class Vault:
    """Speak to one Vault with one token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = hvac.Client(url=url, token=token, timeout=PATIENCE, allow_redirects=False)

    def lend(self, path: str, name: str) -> Lent:
        """Borrow what `path` gives out and show its field `name`. Raises VaultRefused, and NotNow while it is away."""
        try:
            found = self._client.read(path)
        except REFUSALS as error:
            raise VaultRefused(f"Vault does not lend {path}: {type(error).__name__}.") from None
        except (VaultError, RequestException) as error:
            raise NotNow(f"Vault lends nothing at the moment: {type(error).__name__}.") from None
        data = (found or {}).get("data") or {}
        lease = (found or {}).get("lease_id") or None
        secret = data.get(name)
        if isinstance(secret, str) and secret:
            return Lent(secret=secret, lease=lease)
        if lease:
            self.give_back(lease)
        raise VaultRefused(f"What Vault lends at {path} has no field {name}.")

    def give_back(self, lease: str) -> None:
        """Have what was lent revoked, also where it is already. Raises NotNow where that is not sure."""
        try:
            self._client.sys.revoke_lease(lease)
        except (VaultError, RequestException) as error:
            raise NotNow(f"Vault did not revoke a lease: {type(error).__name__}.") from None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.adapter.close()
