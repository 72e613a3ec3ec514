"""The answers about standing approvals, as types."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from webapp.api.described import Described


class StandingApproval(Described):
    """A decision given in advance; amounts are decimals, as text."""

    id: str
    agent: str
    action: str
    says: str = Field(description="its scope in one sentence")
    handoff: str = Field(description="the handoff that it was given with")
    policy: int = Field(description="the version under which it holds, and no other")
    by: list[str] = Field(description="who gave it")
    teams: list[str] = Field(description="whose approvers may take it back")
    granted_at: AwareDatetime
    ends_at: AwareDatetime
    open: bool = Field(description="whether it can still answer anything")
    uses: Annotated[int, Field(ge=0)]
    max_uses: Annotated[int, Field(ge=1)]
    currency: str | None
    total: str
    max_total: str | None
    ended_at: AwareDatetime | None = Field(description="when it ended before its time")
    ended_because: str | None


class StandingApprovalList(Described):
    """Standing approvals, the newest first."""

    standing_approvals: list[StandingApproval]
