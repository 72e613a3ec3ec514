"""The keys that permits are signed with: made here, stored sealed, apart from every other secret, and rotated."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from webapp.domain.permit import SigningKey
from webapp.keyring import NONCE_BYTES
from webapp.store import keys
from webapp.work import Work

SIGNING = "handrail.signing"
PURPOSE = "signing"
KEY_BYTES = 32


def published(work: Work) -> tuple[SigningKey, ...]:
    """Give the keys that may have signed a token that is good now, the one that signs first; there may be none."""
    newer, found = None, []
    for one in keys.newest_first(work):
        raw = work.store.keyring.open(one.sealed, PURPOSE)
        key = SigningKey(
            kid=one.kid,
            private=Ed25519PrivateKey.from_private_bytes(raw),
            made_at=one.made_at,
            superseded_at=newer,
        )
        newer = one.made_at
        found.append(key)
    return tuple(key for key in found if key.is_published(work.now))


def begin(work: Work) -> tuple[SigningKey, ...]:
    """Make the first key of a database, unless somebody else just did, and give what is published then."""
    work.lock_for(SIGNING, shared=False)
    if not keys.newest_first(work):
        _make(work)
    return published(work)


def rotate(work: Work, *, revoke: bool = False) -> tuple[SigningKey, ...]:
    """Make a key that signs from now on, and give what is published then.

    The ones before stay published until the last token that they signed has ended, or are gone at once with `revoke`:
    whatever they signed is then good for nothing.
    """
    work.lock_for(SIGNING, shared=False)
    _make(work)
    kept = published(work)
    stay = kept[:1] if revoke else kept
    over = {one.kid for one in keys.newest_first(work)} - {one.kid for one in stay}
    if over:
        keys.forget(work, over)
    return stay


def _make(work: Work) -> None:
    raw, nonce = work.store.world.entropy(KEY_BYTES), work.store.world.entropy(NONCE_BYTES)
    keys.add(work, work.new_id("sk"), work.store.keyring.seal(raw, nonce, PURPOSE))
