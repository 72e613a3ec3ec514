"""A step: one change of a handoff, with its event and its messages, and the parts that all changes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.domain.action import Action
from webapp.domain.case import Counters
from webapp.domain.decision import Decision, Person, place_of
from webapp.domain.handoff import (
    WAITING,
    Actor,
    ActorKind,
    Decided,
    Face,
    Handoff,
    Permit,
    Status,
    Verb,
)
from webapp.domain.history import Draft, EventType, payload
from webapp.domain.message import Message, Topic
from webapp.domain.permit import permit_id
from webapp.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change: the handoff before (None for a new one) and after, its event, and messages for the worker."""

    before: Handoff | None
    after: Handoff
    event: Draft
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What routing saw of a handoff beside its content (see `Handoff` for what they mean)."""

    owner: str
    vouched: bool
    asked_back: bool
    run_again_of: str | None = None
    undoes: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the form that is stored with the verdict."""
        again = {"run_again_of": self.run_again_of, "undoes": self.undoes}
        said = {"owner": self.owner, "vouched": self.vouched, "asked_back": self.asked_back}
        return said | {name: of for name, of in again.items() if of}


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A verdict with all that it rests on, so that it can be given again later."""

    verdict: Verdict
    counters: Counters
    basis: Basis

    def to_json(self) -> dict[str, Any]:
        """Give what the event keeps."""
        return {
            "verdict": self.verdict.to_json(),
            "counters": self.counters.to_json(),
            "basis": self.basis.to_json(),
        }


def basis_of(handoff: Handoff) -> Basis:
    """Say what routing sees of a handoff beside its content."""
    return Basis(
        owner=handoff.owner,
        vouched=handoff.vouched,
        asked_back=handoff.asked_back,
        run_again_of=handoff.run_again_of,
        undoes=handoff.undoes,
    )


def allowed(handoff: Handoff, now: datetime) -> Handoff:
    """Give leave to run what the handoff holds now; a task is admitted, and there is nothing to redeem."""
    if handoff.task is not None:
        return replace(handoff, status=Status.ANSWERED, deadline_at=None)
    permit = Permit(
        id=permit_id(handoff.id, handoff.sequence),
        not_before=now + handoff.terms.not_before,
        expires_at=now + handoff.terms.valid,
    )
    return replace(handoff, status=Status.APPROVED, permit=permit, deadline_at=None)


def moved(before: Handoff, status: Status, now: datetime, **changes: Any) -> Handoff:
    """Count one more event and one more version; what does not wait any more has no deadline."""
    deadline = changes.pop("deadline_at", before.deadline_at) if status in WAITING else None
    counted = noted(before, now)
    return replace(
        counted, status=status, version=before.version + 1, deadline_at=deadline, **changes
    )


def noted(before: Handoff, now: datetime) -> Handoff:
    """Count one more event that changes neither status nor revision, so that nobody who waits is woken."""
    return replace(before, sequence=before.sequence + 1, changed_at=now)


def one_step(
    before: Handoff,
    after: Handoff,
    kind: EventType,
    actor: Actor,
    *,
    data: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    messages: tuple[Message, ...] = (),
) -> Step:
    """Give the step from `before` to `after` with its one event."""
    event = Draft(type=kind, actor=actor, data=data or {}, payload=payload(body) if body else None)
    return Step(before=before, after=after, event=event, messages=messages)


def decided_by(before: Handoff, verb: Verb, person: Person, now: datetime) -> Decided:
    """Say what a person has decided, in the event that comes next."""
    return Decided(
        verb=verb,
        by_id=person.id,
        by=person.email,
        via=person.face,
        at=now,
        sequence=before.sequence + 1,
        in_place_of=place_of(person, before).get("in_place_of"),
    )


def decision_step(
    before: Handoff,
    after: Handoff,
    kind: EventType,
    decision: Decision,
    person: Person,
    *,
    routed: Routed | None = None,
    action: Action | None = None,
) -> Step:
    """Give the step of a person's decision; `action` is what they put in place of the agent's."""
    said = {
        "note": decision.note,
        "response": decision.response,
        "interpretation": decision.interpretation,
        "action": action.to_json() if action else None,
    }
    standing = {"standing": decision.standing.to_json()} if decision.standing else {}
    place = place_of(person, before)
    event = Draft(
        type=kind,
        actor=person.actor(),
        data={
            "verb": decision.verb.value,
            **standing,
            **place,
            **(routed.to_json() if routed else {}),
        },
        payload=payload({name: value for name, value in said.items() if value is not None}),
        shown=decision.shown,
    )
    return Step(before=before, after=after, event=event)


def approval_messages(after: Handoff) -> tuple[Message, ...]:
    """Remind the worker of the end of an approval, where there is one, and of running it where the agent does not."""
    permit = after.permit
    if permit is None:
        return ()
    lapse = Message(topic=Topic.LAPSE, handoff_id=after.id, due_at=permit.expires_at)
    if after.terms.executor is None:
        return (lapse,)
    return (lapse, Message(topic=Topic.EXECUTE, handoff_id=after.id, due_at=permit.not_before))


def looked_up(after: Handoff) -> tuple[Message, ...]:
    """Have the world looked at where people are to see it and do not yet."""
    if after.preview is not None or not after.shows_world:
        return ()
    return (Message(topic=Topic.PREVIEW, handoff_id=after.id, due_at=after.changed_at),)


def looked_into(before: Handoff, after: Handoff) -> tuple[Message, ...]:
    """Have the world looked at where policy wants a success to be verified by a look."""
    if not after.waits_for_verification or before.status is after.status:
        return ()
    return (Message(topic=Topic.VERIFY, handoff_id=after.id, due_at=after.changed_at),)


def tell(handoff_id: str, now: datetime) -> Message:
    """Tell people at once."""
    return Message(topic=Topic.NOTIFY, handoff_id=handoff_id, due_at=now)


def agent_of(handoff: Handoff) -> Actor:
    """Give the handoff's agent as the doer of an event."""
    return Actor(kind=ActorKind.AGENT, id=handoff.agent_id, name=handoff.agent, face=Face.API)
