"""The permit token: a signed JWT (RFC 7519, EdDSA) that says who may run which fingerprint where, once, until when."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from webapp.domain.handoff import Handoff, Status

TOKEN_LIFE = timedelta(minutes=5)
# Another process may sign with an old key for a moment, and clocks differ a little.
KEPT_AFTER = TOKEN_LIFE + timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that signs, or has signed until another took its place; `kid` names it to verifiers."""

    kid: str
    private: Ed25519PrivateKey
    made_at: datetime
    superseded_at: datetime | None = None

    @property
    def published_until(self) -> datetime | None:
        """Say when the last token that it signed has ended; None while it signs."""
        return self.superseded_at + KEPT_AFTER if self.superseded_at else None

    def is_published(self, now: datetime) -> bool:
        """Say whether a token that it signed may be good at `now`."""
        until = self.published_until
        return until is None or now < until

    def to_jwk(self) -> dict[str, str]:
        """Give the public half as a JSON Web Key (RFC 7517, RFC 8037)."""
        raw = self.private.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": self.kid,
            "x": x,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. Times are aware UTC; `permit` is unique, so whoever accepts it once can refuse it twice.

    Only a token with `redeemed_at` is leave to run: before, stops and policy have not been asked a last time.
    """

    permit: str
    handoff: str
    agent: str
    audience: str
    fingerprint: str
    not_before: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None


def permit_id(handoff_id: str, sequence: int) -> str:
    """Name the permit that the event `sequence` of a handoff gives: one for each approval."""
    return f"pm_{handoff_id.removeprefix('ho_')}_{sequence}"


def handoff_of(permit: str) -> str:
    """Give the id of the handoff that a permit's id belongs to, whatever else the text holds."""
    return "ho_" + permit.removeprefix("pm_").rsplit("_", 1)[0]


def claims_of(handoff: Handoff, now: datetime) -> Claims | None:
    """Say what a token minted now would say of an approval; None where there is nothing to permit (any more)."""
    permit = handoff.permit
    if permit is None or handoff.fingerprint is None or now >= permit.expires_at:
        return None
    return Claims(
        permit=permit.id,
        handoff=handoff.id,
        agent=handoff.agent,
        audience=handoff.terms.audience,
        fingerprint=handoff.fingerprint,
        not_before=permit.not_before,
        expires_at=min(now + TOKEN_LIFE, permit.expires_at),
    )


def run_claims_of(handoff: Handoff, now: datetime) -> Claims | None:
    """Say what the token of a run says, to whoever has redeemed the permit; None where no run has just begun.

    However often the answer is asked for, it ends at the same instant: a tool that remembers the permit until then
    never takes it twice.
    """
    run = handoff.execution
    if run is None or handoff.fingerprint is None or handoff.status is not Status.RUNNING:
        return None
    ends_at = min(run.redeemed_at + TOKEN_LIFE, run.run_until)
    if now >= ends_at:
        return None
    return Claims(
        permit=run.permit_id,
        handoff=handoff.id,
        agent=handoff.agent,
        audience=handoff.terms.audience,
        fingerprint=handoff.fingerprint,
        not_before=run.redeemed_at,
        expires_at=ends_at,
        redeemed_at=run.redeemed_at,
    )


def sign(claims: Claims, key: SigningKey, issuer: str) -> str:
    """Make the token of these claims; `issuer` is the address under which the key is published."""
    body = {
        "iss": issuer,
        "aud": claims.audience,
        "jti": claims.permit,
        "sub": claims.agent,
        "handoff": claims.handoff,
        "fingerprint": claims.fingerprint,
        "nbf": int(claims.not_before.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    if claims.redeemed_at:
        body["redeemed_at"] = int(claims.redeemed_at.timestamp())
    return jwt.encode(body, key.private, algorithm="EdDSA", headers={"kid": key.kid})
