"""The readings that an agent sees in a request, as choices that a person can make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.browser.differences import Change, between
from webapp.domain.action import Action
from webapp.domain.errors import SubmissionInvalid
from webapp.domain.handoff import Handoff, Kind, Verb
from webapp.domain.shadow import is_blind

AS_PROPOSED = "as proposed"
THIS_ACTION = "the action below"  # to somebody who decides blind


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One reading.

    `post` is what the form sends: the verb that choosing it means, and its id. `label` is what the
    main button says then, `then` what it leads to, `changes` how that differs from the proposal.
    """

    post: str
    label: str
    text: str
    confidence: float | None
    then: str | None
    changes: tuple[Change, ...]


def choices(handoff: Handoff, claim: Mapping[str, Any]) -> tuple[Choice, ...]:
    """List the readings in the agent's order."""
    listed = enumerate(claim.get("interpretations") or (), start=1)
    return tuple(_choice(handoff, reading, number) for number, reading in listed)


def _choice(handoff: Handoff, reading: Mapping[str, Any], number: int) -> Choice:
    other = _other_action(handoff, reading)
    verb = _verb(handoff, other)
    return Choice(
        post=f"{verb.value}:{reading['id']}",
        label=_label(verb, number, observed=handoff.verdict.observed),
        text=reading.get("text") or reading["id"],
        confidence=reading.get("confidence"),
        then=_then(handoff, other),
        changes=between(handoff.action, other) if handoff.action and other else (),
    )


def _other_action(handoff: Handoff, reading: Mapping[str, Any]) -> Action | None:
    """Give the action that a reading leads to, where it is another than the proposed one."""
    said = reading.get("action")
    if not said:
        return None
    try:
        action = Action(name=said["name"], args=said.get("args") or {})
    except SubmissionInvalid:
        return None
    return None if action == handoff.action else action


def _verb(handoff: Handoff, other: Action | None) -> Verb:
    if handoff.kind is Kind.QUESTION:
        return Verb.RESPOND
    return Verb.EDIT if other else Verb.APPROVE


def _label(verb: Verb, number: int, *, observed: bool) -> str:
    if observed:
        return "Exactly this" if verb is Verb.APPROVE else f"{number} instead"
    return {
        Verb.RESPOND: f"Answer {number}",
        Verb.EDIT: f"Approve {number} instead",
        Verb.APPROVE: "Approve",
    }[verb]


def _then(handoff: Handoff, other: Action | None) -> str | None:
    if other is None:
        proposed = THIS_ACTION if is_blind(handoff) else AS_PROPOSED
        return proposed if handoff.kind is Kind.ACTION else None
    if handoff.action and other.name == handoff.action.name:
        return "the same action with other arguments"
    return f"runs {other.name} instead"
