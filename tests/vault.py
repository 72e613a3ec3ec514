"""A Vault on this computer: it lends what it was told to, and knows which leases are out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.serving import Quiet, served

TOKEN = "hvs.worker"
PATH = "database/creds/refunds"


@dataclass
class FakeVault:
    """`out` are the leases that nobody has given back; while it is `sealed` it does nothing at all."""

    url: str = ""
    lent: list[str] = field(default_factory=list)
    out: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    sealed: bool = False
    keeps: int = 0  # times that revoking fails

    def lend(self) -> dict[str, Any]:
        number = len(self.lent) + 1
        secret, lease = f"s3cr3t-{number}", f"{PATH}/lease{number}"
        self.lent.append(secret)
        self.out.add(lease)
        return {
            "lease_id": lease,
            "lease_duration": 3600,
            "renewable": True,
            "data": {"token": secret},
        }

    def revoke(self, lease: str) -> bool:
        if self.keeps:
            self.keeps -= 1
            return False
        self.out.discard(lease)
        self.revoked.append(lease)
        return True


class Asked(Quiet):
    """One request, answered as Vault's HTTP API does."""

    vault: FakeVault

    def take(self) -> None:
        if not self._let_in():
            return
        if self.command == "GET":
            known = self.path == f"/v1/{PATH}"
            self.answer(200, self.vault.lend()) if known else self.answer(404, {"errors": []})
        else:
            assert (self.command, self.path) == ("PUT", "/v1/sys/leases/revoke")
            done = self.vault.revoke(json.loads(self.read())["lease_id"])
            self.answer(204) if done else self.answer(500, {"errors": ["no"]})

    def _let_in(self) -> bool:
        if self.vault.sealed:
            self.answer(503, {"errors": ["Vault is sealed"]})
        elif self.headers["x-vault-token"] != TOKEN:
            self.answer(403, {"errors": ["permission denied"]})
        else:
            return True
        return False


@contextmanager
def vault() -> Iterator[FakeVault]:
    """Serve a Vault on a free port."""
    found = FakeVault()
    with served(Asked, vault=found) as found.url:
        yield found
