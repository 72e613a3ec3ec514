"""What the API says of a run: the permit that it began with, how it ended, and what a person found out about it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from webapp.api.described import Described
from webapp.domain.handoff import Face, Source


class Permit(Described):
    """Leave to run exactly this fingerprint, once; given while it is approved, and in the answer to redeeming it."""

    id: str = Field(description="also the idempotency key for the call that it permits")
    not_before: AwareDatetime
    expires_at: AwareDatetime
    token: str = Field(
        description="a signed JWT (EdDSA), minted anew at each read; the one in the answer to redeeming holds "
        "redeemed_at, and is the one for tools that check permits: /.well-known/jwks.json"
    )


class Execution(Described):
    """The one run of the action."""

    permit: str
    redeemed_at: AwareDatetime
    run_until: AwareDatetime = Field(description="later than this it counts as unknown")


class EffectDifference(Described):
    """One value that is otherwise than expected; what is not there is left out, and so is what an agent may not see."""

    pointer: str
    expected: Any
    found: Any = Field(default=None, alias="is")


class Verification(Described):
    """What holding a success against what was expected of it has shown."""

    state: Literal["pending", "verified", "contradicted", "unverified"] = Field(
        description="pending: it is still looked at; unverified: `problem` says why nothing was found out"
    )
    by: Source = Field(
        description="agent: its own report; tool: the answer of the tool that Handrail called; look: the policy's"
    )
    at: AwareDatetime | None
    differences: list[EffectDifference]
    problem: str | None = Field(description="why it could not be found out")


class Outcome(Described):
    """How the run ended."""

    status: Literal["succeeded", "failed", "unknown"]
    by: str
    at: AwareDatetime
    detail: Any
    effect: Any
    usage: dict[str, Any] | None
    verified: bool | None = Field(
        description="true: it is as expected; false: it is contradicted; null: that is not known, or not yet"
    )
    verification: Verification | None


class SettledBefore(Described):
    """Who has found out whether it ran, and when."""

    ran: bool
    by: str
    via: Face
    at: AwareDatetime


class Settled(SettledBefore):
    """What a person found out where nobody knew how it ended; `status` stays unknown."""

    note: str | None
