"""The key that permits are signed with: made once, stored sealed, apart from every other secret."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from webapp.domain.permit import SigningKey
from webapp.keyring import NONCE_BYTES
from webapp.store import keys
from webapp.work import Work

SIGNING = "handrail.signing"
PURPOSE = "signing"
KEY_BYTES = 32


def signing_key(work: Work) -> SigningKey:
    """Give the newest signing key, and make the first one where there is none."""
    found = keys.newest(work)
    if found is None:
        work.lock_for(SIGNING, shared=False)
        found = keys.newest(work) or _make(work)
    kid, sealed = found
    raw = work.store.keyring.open(sealed, PURPOSE)
    return SigningKey(kid=kid, private=Ed25519PrivateKey.from_private_bytes(raw))


def _make(work: Work) -> tuple[str, bytes]:
    raw, nonce = work.store.world.entropy(KEY_BYTES), work.store.world.entropy(NONCE_BYTES)
    kid = work.new_id("sk")
    sealed = work.store.keyring.seal(raw, nonce, PURPOSE)
    keys.add(work, kid, sealed)
    return kid, sealed
