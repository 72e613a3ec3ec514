"""For tools: check that the permit which an agent brings is leave to run exactly this action, here, now, once.

Needs the extra `verify`: `pip install "./sdk[verify]"`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol

import httpx

from handrail.errors import PermitRefused
from handrail.fields import Action
from handrail.world import World

try:
    import jwt
    import rfc8785

    from handrail.key_set import KeySet
except ImportError as error:
    raise ImportError(
        "Checking permits needs more: install the client with its extra, handrail[verify]."
    ) from error

WELL_KNOWN = "/.well-known/jwks.json"
USUAL_AUDIENCE = "handrail-tools"

_CLAIMS = ["iss", "aud", "jti", "sub", "handoff", "fingerprint", "nbf", "exp"]
# the times are compared with the clock that is handed in, not with the library's own
_CHECKED = {"verify_exp": False, "verify_nbf": False, "require": _CLAIMS}
_THIS_MACHINE = World()
_REFUSALS: tuple[tuple[type[jwt.PyJWTError], str, str], ...] = (
    (jwt.InvalidIssuerError, "other_issuer", "This permit comes from another desk."),
    (jwt.InvalidAudienceError, "other_audience", "This permit is made out to other tools."),
    (jwt.MissingRequiredClaimError, "malformed", "This permit does not say all that it must."),
    (jwt.PyJWTError, "forged", "This permit was not signed by the desk."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPermit:
    """A permit that has been checked: run the action now, and never again for this `id`."""

    id: str
    handoff_id: str
    agent: str
    fingerprint: str
    redeemed_at: datetime
    expires_at: datetime


class Seen(Protocol):
    """Remembers which permits were taken; shared by everything that may run the tool."""

    def first(self, permit_id: str, until: datetime) -> bool:
        """Say whether nobody has said this id before, and remember it at least `until` then."""
        ...


class SeenHere:
    """Remember permits in the memory of this one process, which is enough where it is the only one."""

    def __init__(self, world: World = _THIS_MACHINE) -> None:
        self._world = world
        self._lock = Lock()
        self._until: dict[str, datetime] = {}

    def first(self, permit_id: str, until: datetime) -> bool:
        """Say whether this process has not seen it before."""
        now = self._world.now()
        with self._lock:
            self._until = {one: ends for one, ends in self._until.items() if ends > now}
            if permit_id in self._until:
                return False
            self._until[permit_id] = until
            return True


class Verifier:
    """Checks permits of one desk for one audience; make one, and share it between threads.

        verifier = Verifier("https://handrail.example.org", audience="https://bank.internal")
        permit = verifier.check(token, {"name": "payments.refund", "args": args})

    `desk` is the desk's public address or that of its key set. `issuer` is what the desk calls
    itself (HANDRAIL_PUBLIC_URL), where that is not the address given; `leeway` is how many seconds
    clocks may differ.
    """

    def __init__(
        self,
        desk: str,
        *,
        audience: str = USUAL_AUDIENCE,
        issuer: str | None = None,
        leeway: float = 5.0,
        seen: Seen | None = None,
        transport: httpx.BaseTransport | None = None,
        world: World = _THIS_MACHINE,
    ) -> None:
        base = desk.removesuffix(WELL_KNOWN).rstrip("/")
        url = desk if desk.endswith(".json") else base + WELL_KNOWN
        self._keys = KeySet(url, transport=transport, world=world)
        self._issuer = issuer or base
        self._audience = audience
        self._leeway = timedelta(seconds=leeway)
        self._seen = seen or SeenHere(world)
        self._world = world

    def check(self, token: str, action: Action) -> CheckedPermit:
        """Give the permit where it is leave to run `action`, as it is about to run, right now.

        From then on it is used up, also where the run fails. Raise PermitRefused, and
        TransportError where the desk's keys cannot be had: then nothing may run either.
        """
        said = self._read(token)
        if "redeemed_at" not in said:
            raise PermitRefused(
                "not_redeemed",
                "This permit was not redeemed: bring the token of the answer to redeeming it.",
            )
        permit = CheckedPermit(
            id=said["jti"],
            handoff_id=said["handoff"],
            agent=said["sub"],
            fingerprint=said["fingerprint"],
            redeemed_at=_instant(said["redeemed_at"]),
            expires_at=_instant(said["exp"]),
        )
        self._check_time(_instant(said["nbf"]), permit.expires_at)
        if permit.fingerprint != fingerprint(action):
            raise PermitRefused("other_action", "This permit is for another action.")
        if not self._seen.first(permit.id, permit.expires_at + self._leeway):
            raise PermitRefused("used", "This permit has been used.")
        return permit

    def close(self) -> None:
        """Close the connection to the desk."""
        self._keys.close()

    def _read(self, token: str) -> Mapping[str, Any]:
        """Give what the token says, once its signature, issuer and audience are right."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError as error:
            raise PermitRefused("malformed", "This is no permit.") from error
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise PermitRefused("unknown_key", "This permit is signed with no key of the desk.")
        try:
            # the algorithm is ours to say, never the token's: neither `none` nor an HMAC of the public key
            said: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["EdDSA"],
                audience=self._audience,
                issuer=self._issuer,
                options=_CHECKED,  # type: ignore[arg-type]
            )
        except jwt.PyJWTError as error:
            found = next(one for one in _REFUSALS if isinstance(error, one[0]))
            raise PermitRefused(*found[1:]) from error
        return said

    def _check_time(self, begins: datetime, ends: datetime) -> None:
        now = self._world.now()
        if now < begins - self._leeway:
            raise PermitRefused("too_early", "This permit is not good yet.")
        if now >= ends + self._leeway:
            raise PermitRefused("expired", "This permit has ended; redeem one just before the run.")


def fingerprint(action: Action) -> str:
    """Give what permits bind to: `sha256:` and the hash of the action's RFC 8785 canonical JSON."""
    try:
        written = rfc8785.dumps({"name": action["name"], "args": dict(action["args"])})
    except rfc8785.CanonicalizationError as error:
        raise PermitRefused("other_action", f"No permit is for such an action: {error}.") from error
    return f"sha256:{hashlib.sha256(written).hexdigest()}"


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
