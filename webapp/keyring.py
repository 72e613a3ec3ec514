"""The keys that follow from HANDRAIL_SECRET_KEY: one for each purpose, so that no two uses share one."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.domain.errors import Unavailable

NONCE_BYTES = 12


class Keyring:
    """Derived keys (HKDF, RFC 5869) and what is done with them."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._sealing = AESGCM(self.derive("sealing"))
        self._lots = self.derive("lots")

    def derive(self, purpose: str) -> bytes:
        """Give the 32-byte key for one purpose."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=b"handrail", info=purpose.encode())
        return hkdf.derive(self._secret)

    def lot(self, name: str) -> float:
        """Draw the lot of a name: 0 to below 1, always the same, and nobody without the secret can tell it."""
        drawn = hmac.digest(self._lots, name.encode(), "sha256")
        return (int.from_bytes(drawn[:8], "big") >> 11) / (1 << 53)

    def seal(self, plain: bytes, nonce: bytes, context: str) -> bytes:
        """Encrypt (AES-256-GCM); `nonce` is 12 fresh random bytes, `context` what it belongs to."""
        return nonce + self._sealing.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` gave for the same context; raises Unavailable under another secret."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._sealing.decrypt(nonce, body, context.encode())
        except InvalidTag as error:
            raise Unavailable(
                "Sealed data does not open: HANDRAIL_SECRET_KEY is not the one it was sealed with.",
                hint="Start Handrail with the secret key that this database was used with before.",
            ) from error


def key_hash(text: str) -> str:
    """Hash a key or token for storing and finding; they are random, so a plain SHA-256 is enough."""
    return hashlib.sha256(text.encode()).hexdigest()
