"""The permit token: a signed JWT (RFC 7519, EdDSA) that says who may run which fingerprint, once, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.types import Options

from webapp.domain.errors import PermitUnusable
from webapp.domain.handoff import Handoff

TOKEN_LIFE = timedelta(minutes=5)
# The times are compared with the instant that is handed in, not with the library's own clock.
CHECKED = Options(verify_exp=False, verify_nbf=False, require=["jti", "exp", "nbf", "sub"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """The key in use; `kid` names it to verifiers."""

    kid: str
    private: Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. Times are aware UTC; `permit` is unique, so whoever accepts it once can refuse it twice."""

    permit: str
    handoff: str
    agent: str
    fingerprint: str
    not_before: datetime
    expires_at: datetime


def permit_id(handoff_id: str, sequence: int) -> str:
    """Name the permit that the event `sequence` of a handoff gives: one for each approval."""
    return f"pm_{handoff_id.removeprefix('ho_')}_{sequence}"


def handoff_of(permit: str) -> str:
    """Give the id of the handoff that a permit's id belongs to, whatever else the text holds."""
    return "ho_" + permit.removeprefix("pm_").rsplit("_", 1)[0]


def claims_of(handoff: Handoff, now: datetime) -> Claims | None:
    """Say what a token minted now would say; None where there is nothing to permit (any more)."""
    permit = handoff.permit
    if permit is None or handoff.fingerprint is None or now >= permit.expires_at:
        return None
    return Claims(
        permit=permit.id,
        handoff=handoff.id,
        agent=handoff.agent,
        fingerprint=handoff.fingerprint,
        not_before=permit.not_before,
        expires_at=min(max(now, permit.not_before) + TOKEN_LIFE, permit.expires_at),
    )


def sign(claims: Claims, key: SigningKey) -> str:
    """Make the token of these claims."""
    body = {
        "iss": "handrail",
        "jti": claims.permit,
        "sub": claims.agent,
        "handoff": claims.handoff,
        "fingerprint": claims.fingerprint,
        "nbf": int(claims.not_before.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(body, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def verify(token: str, key: Ed25519PublicKey, now: datetime) -> Claims:
    """Read a token; raises PermitUnusable where it is not ours, not yet or no longer good at `now`."""
    try:
        body = jwt.decode(token, key, algorithms=["EdDSA"], issuer="handrail", options=CHECKED)
    except jwt.PyJWTError as error:
        raise PermitUnusable("The permit token was not signed by this Handrail.") from error
    if not body["nbf"] <= now.timestamp() < body["exp"]:
        raise PermitUnusable("The permit token is not good at this moment.")
    return Claims(
        permit=body["jti"],
        handoff=body["handoff"],
        agent=body["sub"],
        fingerprint=body["fingerprint"],
        not_before=datetime.fromtimestamp(body["nbf"], now.tzinfo),
        expires_at=datetime.fromtimestamp(body["exp"], now.tzinfo),
    )
