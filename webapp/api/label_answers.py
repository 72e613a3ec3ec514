"""The answers about labels, as types."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from webapp.api.answers import Links
from webapp.domain.handoff import Verb
from webapp.domain.label import Label, LabelKind
from webapp.domain.verdict import Route


class Labelling(BaseModel):
    """What people say of how a handoff was routed; without a label it is a sample that waits for a word."""

    model_config = ConfigDict(extra="ignore")

    handoff: str
    kind: LabelKind = Field(
        description="sample: ran unasked and was chosen by lot; shadow: was only observed"
    )
    agent: str
    owner: str
    action: str
    route: Route = Field(description="what policy did, or would have done")
    confidence: float | None = Field(description="the agent's own")
    verb: Verb | None = Field(description="what a person did or would do, where it was observed")
    label: Label | None = Field(
        description="right, wrong or unsure of a sample; agreed or other of what was observed"
    )
    reason: str | None
    by: str | None
    at: AwareDatetime | None
    chosen_at: AwareDatetime
    links: Links


class LabelList(BaseModel):
    """One page, newest handoff first."""

    model_config = ConfigDict(extra="ignore")

    labels: list[Labelling]
    has_more: bool
    next_cursor: str | None
