"""What people are shown of the world, as the API answers it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from webapp.api.described import Described


class Preview(Described):
    """What the policy's look has shown people, or is to show them."""

    state: Literal["pending", "shown", "failed"] = Field(
        description="pending: it is being asked, and nobody can approve yet; failed: `problem` says why"
    )
    at: AwareDatetime | None = Field(description="when it was asked")
    digest: str | None = Field(description="what a decision is bound to: send it as `preview`")
    before: dict[str, Any] | None = Field(
        description="values by their JSON pointers, as they are now"
    )
    after: dict[str, Any] | None = Field(
        description="as they would be; null where the policy names none, and expected_effect stands in"
    )
    problem: str | None


class Difference(Described):
    """One value that is not any more as people saw it; what is not there is left out."""

    pointer: str
    was: Any = None
    found: Any = Field(default=None, alias="is")
