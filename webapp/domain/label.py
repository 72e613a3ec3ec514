"""Labels: what people say of a handoff once it is known how it was routed, for calibration later.

A `sample` is something that ran unasked and was chosen by lot: a person says afterwards whether that was right. A
`shadow` label comes by itself with the decision on what is only observed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from webapp.domain.decision import Person, place_of
from webapp.domain.errors import NotSampled
from webapp.domain.handoff import Handoff, Status, Verb
from webapp.domain.history import EventType
from webapp.domain.step import Step, one_step
from webapp.domain.verdict import Route

OVER = frozenset(
    {Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN, Status.EXPIRED, Status.WITHDRAWN}
)


class LabelKind(StrEnum):
    """What a label is about."""

    SAMPLE = "sample"
    SHADOW = "shadow"


class Label(StrEnum):
    """What a label says.

    `agreed`: policy would have run it unasked, and the person approved exactly this; `other`: everything else that
    people say of what is only observed.
    """

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    AGREED = "agreed"
    OTHER = "other"


BY_PEOPLE = (Label.RIGHT, Label.WRONG, Label.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One row of labels: `route` is what policy did or would have done, `verb` what a person did blind.

    Without a `label` it is an open sample.
    """

    handoff_id: str
    kind: LabelKind
    agent_id: str
    agent: str
    owner: str
    action_name: str
    route: Route
    confidence: float | None
    chosen_at: datetime
    verb: Verb | None = None
    label: Label | None = None
    reason: str | None = None
    by_id: str | None = None
    by: str | None = None
    at: datetime | None = None


def sample_of(handoff: Handoff, now: datetime) -> Labelled:
    """Open a sample: people will be asked whether it was right to run this unasked."""
    return _about(handoff, LabelKind.SAMPLE, handoff.verdict.route, now)


def shadow_of(after: Handoff, now: datetime) -> Labelled | None:
    """Compare what policy would have done with what a person has just said; None where nobody has."""
    said, would = after.decided, after.verdict.would
    if said is None or would is None:
        return None
    agreed = would is Route.AUTO and said.verb is Verb.APPROVE
    return replace(
        _about(after, LabelKind.SHADOW, would, now),
        verb=said.verb,
        label=Label.AGREED if agreed else Label.OTHER,
        by_id=said.by_id,
        by=said.by,
        at=said.at,
    )


def runs_unasked(before: Handoff | None, after: Handoff) -> bool:
    """Say whether this step is the one that lets a handoff run without a person looking at it.

    What people have approved in advance is such a one, too: nobody has seen it.
    """
    was = before is not None and before.status is Status.APPROVED
    unseen = after.decided is None or after.decided.standing is not None
    return after.status is Status.APPROVED and unseen and not was


def label(before: Handoff, said: Label, reason: str | None, person: Person) -> Step:
    """Let a person say of something that is over whether it was right. Raises NotSampled.

    For the agent nothing has changed, the time of the last change included: it must not learn what people look at.
    """
    if before.status not in OVER:
        raise NotSampled(
            f"It is {before.status.value}; only what ran unasked is looked at afterwards."
        )
    after = replace(before, sequence=before.sequence + 1)
    body = {"reason": reason} if reason else None
    data = {"label": said.value, **place_of(person, before)}
    return one_step(before, after, EventType.LABELLED, person.actor(), data=data, body=body)


def _about(handoff: Handoff, kind: LabelKind, route: Route, now: datetime) -> Labelled:
    return Labelled(
        handoff_id=handoff.id,
        kind=kind,
        agent_id=handoff.agent_id,
        agent=handoff.agent,
        owner=handoff.owner,
        action_name=handoff.target_name,
        route=route,
        confidence=handoff.confidence,
        chosen_at=now,
    )
