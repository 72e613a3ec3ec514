"""How a handoff looks in JSON, to its agent and to people: in answers of the API, and in what agents are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from webapp.desk import Desk
from webapp.domain.action import Action
from webapp.domain.callback import Callback
from webapp.domain.escalation import next_team
from webapp.domain.executor import kind_of
from webapp.domain.handoff import Decided, Handoff, Source, Status, Vote
from webapp.domain.instant import written
from webapp.domain.permit import Claims, claims_of, run_claims_of, sign
from webapp.domain.previewing import waits_for_look
from webapp.services.deliver import Delivery, instruction, runnable

# what an agent claims, repeated as it was sent
CLAIMS = (
    "confidence", "uncertainty", "interpretations", "response_schema", "intent", "request", "reasoning",
    "alternatives", "evidence", "expected_effect", "task_id", "parent_handoff_id", "tags", "agent_version", "model",
    "prompt_version", "traceparent", "on_behalf_of", "expires_in",
)  # fmt: skip


FOUND = {True: "verified", False: "contradicted", None: "unverified"}


def json_bytes(body: Mapping[str, Any], deliveries: Iterable[Delivery] = ()) -> bytes:
    """Write JSON in which the states of these deliveries stand byte for byte as they were sent."""
    text = to_json(body)
    for one in deliveries:
        for name, raw in (("state", one.state), ("private_state", one.private_state)):
            if raw is not None:
                text = text.replace(to_json(_mark(one, name)), raw)
    return text


def links(desk: Desk, handoff_id: str) -> dict[str, str]:
    """Give the addresses of a handoff, for programs and for people."""
    root = desk.config.public_url
    return {
        "self": f"{root}/api/v1/handoffs/{handoff_id}",
        "page": f"{root}/handoffs/{handoff_id}",
    }


def _mark(delivery: Delivery, name: str) -> str:
    """Mark where a state belongs; NUL is refused in all that comes in, so no mark is forged."""
    return f"\0{name}:{delivery.handoff.id}"


def _state(delivery: Delivery, name: str, raw: bytes | None) -> str | None:
    return None if raw is None else _mark(delivery, name)


def for_agent(desk: Desk, delivery: Delivery, now: datetime) -> dict[str, Any]:
    """Give a handoff as its agent gets it, with what it needs to resume."""
    handoff, decided = delivery.handoff, _decided(delivery.handoff)
    said = delivery.said if decided else {}
    body = _common(desk, delivery)
    body["outcome"] = _for_claimant(body["outcome"])
    body["resume"] = {
        "state": _state(delivery, "state", delivery.state),
        "private_state": _state(delivery, "private_state", delivery.private_state),
        "action": _action(runnable(handoff)),
        "response": said.get("response"),
        "note": said.get("note"),
        "from": _person(decided),
        "instruction": instruction(handoff),
    }
    body["permit"] = _permit(desk, handoff, now)
    return body


def for_runner(desk: Desk, delivery: Delivery, now: datetime) -> dict[str, Any]:
    """Give it to whoever has just redeemed its permit, with the token that shows tools so; nobody else gets that."""
    claims = run_claims_of(delivery.handoff, now)
    return {**for_agent(desk, delivery, now), "permit": _written(desk, claims) if claims else None}


def for_person(desk: Desk, delivery: Delivery) -> dict[str, Any]:
    """Give a handoff as people get it: without what is for the agent alone."""
    return {**_common(desk, delivery), "callbacks": [callback(one) for one in delivery.callbacks]}


def callback(one: Callback) -> dict[str, Any]:
    """Say how telling the agent of one version went."""
    return {
        "type": one.type,
        "version": one.version,
        "state": one.state.value,
        "tries": one.tries,
        "at": instant(one.last_at),
        "next_try_at": instant(one.next_at),
        "problem": one.problem,
    }


def _common(desk: Desk, delivery: Delivery) -> dict[str, Any]:
    handoff, claim = delivery.handoff, delivery.claim
    return {
        "id": handoff.id,
        "key": delivery.key,
        "kind": handoff.kind.value,
        "status": handoff.status.value,
        "revision": handoff.revision,
        "version": handoff.version,
        "agent": handoff.agent,
        "title": handoff.title,
        "summary": handoff.summary,
        "action": _action(handoff.action),
        "task": handoff.task.to_json() if handoff.task else None,
        "admitted": handoff.is_admitted if handoff.task else None,
        "fingerprint": handoff.fingerprint,
        "executor": kind_of(handoff.terms.executor).value if handoff.action else None,
        "preview": _preview(delivery),
        "verdict": handoff.verdict.to_json(),
        "decision": _decision(delivery),
        "votes": [_vote(vote) for vote in handoff.votes],
        "execution": _execution(handoff),
        "outcome": _outcome(delivery),
        "settled": _settled(delivery),
        "allowed_decisions": [verb.value for verb in handoff.allowed],
        "intent_id": handoff.intent_id,
        "run_id": handoff.run_id,
        "thread_id": handoff.thread_id,
        **{name: claim[name] for name in CLAIMS if name in claim},
        **({"task_id": handoff.id} if handoff.is_admitted else {}),
        "state": _state(delivery, "state", delivery.state),
        "submitted_at": instant(handoff.submitted_at),
        "changed_at": instant(handoff.changed_at),
        "deadline_at": instant(handoff.deadline_at),
        "escalated_to": list(handoff.escalated),
        "escalates": _escalates(handoff),
        "callback": handoff.callback.value,
        "links": links(desk, handoff.id),
    }


def _escalates(handoff: Handoff) -> dict[str, Any] | None:
    """Say which team is asked next and when; while it was asked back, nobody is."""
    following = next_team(handoff) if handoff.status is Status.PENDING else None
    return {"to": following.team, "at": instant(following.at)} if following else None


def instant(at: datetime | None) -> str | None:
    """Write an instant as RFC 3339 in UTC."""
    return written(at) if at else None


def _action(action: Action | None) -> dict[str, Any] | None:
    return action.to_json() if action else None


def _decided(handoff: Handoff) -> Decided | None:
    """Give what people said; while others must still agree to an edit, nothing is decided."""
    return None if handoff.status is Status.PENDING else handoff.decided


def _person(said: Decided | None) -> dict[str, Any] | None:
    """Mark what a person said as coming from that person."""
    return {"kind": "person", "name": said.by, "via": said.via.value} if said else None


def _vote(vote: Vote) -> dict[str, Any]:
    standing = vote.standing.to_json() if vote.standing else None
    at = instant(vote.at)
    return {"by": vote.by, "in_place_of": vote.in_place_of, "at": at, "standing": standing}


def _decision(delivery: Delivery) -> dict[str, Any] | None:
    said = _decided(delivery.handoff)
    if said is None:
        return None
    return {
        "verb": said.verb.value,
        "by": said.by,
        "in_place_of": said.in_place_of,
        "via": said.via.value,
        "at": instant(said.at),
        "note": delivery.said.get("note"),
        "response": delivery.said.get("response"),
        "changes": list(delivery.changes),
        "standing": said.standing,
    }


def _permit(desk: Desk, handoff: Handoff, now: datetime) -> dict[str, Any] | None:
    claims = claims_of(handoff, now)
    if claims is None or handoff.permit is None or handoff.status is not Status.APPROVED:
        return None
    if handoff.terms.executor:  # the permit is not the agent's
        return None
    return {**_written(desk, claims), "expires_at": instant(handoff.permit.expires_at)}


def _written(desk: Desk, claims: Claims) -> dict[str, Any]:
    return {
        "id": claims.permit,
        "not_before": instant(claims.not_before),
        "expires_at": instant(claims.expires_at),
        "token": sign(claims, desk.signing_key, desk.config.public_url),
    }


def _execution(handoff: Handoff) -> dict[str, Any] | None:
    run = handoff.execution
    if run is None:
        return None
    return {
        "permit": run.permit_id,
        "redeemed_at": instant(run.redeemed_at),
        "run_until": instant(run.run_until),
    }


def _preview(delivery: Delivery) -> dict[str, Any] | None:
    """Give what people are shown of the world; where policy or a standing approval let it pass, nobody is."""
    handoff, shown = delivery.handoff, delivery.handoff.preview
    if shown is None and not waits_for_look(handoff):
        return None
    state = "pending" if shown is None else "failed" if shown.failed else "shown"
    return {
        "state": state,
        "at": instant(shown.at) if shown else None,
        "digest": shown.digest if shown else None,
        **{name: delivery.seen.get(name) for name in ("before", "after", "problem")},
    }


def _settled(delivery: Delivery) -> dict[str, Any] | None:
    found = delivery.handoff.settled
    if found is None:
        return None
    return {
        "ran": found.ran,
        "by": found.by,
        "via": found.via.value,
        "at": instant(found.at),
        "note": delivery.found.get("note"),
    }


def _outcome(delivery: Delivery) -> dict[str, Any] | None:
    outcome = delivery.handoff.outcome
    if outcome is None:
        return None
    told = {name: delivery.reported.get(name) for name in ("detail", "effect", "usage")}
    return {
        "status": outcome.status.value,
        "by": outcome.by,
        "at": instant(outcome.at),
        **told,
        "verified": delivery.handoff.verified.holds if delivery.handoff.verified else None,
        "verification": _verification(delivery),
    }


def _verification(delivery: Delivery) -> dict[str, Any] | None:
    """Say what holding a success against what was expected has shown."""
    found, said = delivery.handoff.verified, delivery.checked
    if found is None and not delivery.handoff.waits_for_verification:
        return None
    return {
        "state": FOUND[found.holds] if found else "pending",
        "by": found.by.value if found else Source.LOOK.value,
        "at": instant(found.at) if found else None,
        "differences": said.get("differences", []),
        "problem": said.get("problem"),
    }


def _for_claimant(outcome: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leave out what a look has found: whoever names the places must not see into others by naming them."""
    verification = outcome["verification"] if outcome else None
    if outcome is None or verification is None or verification["by"] != Source.LOOK.value:
        return outcome
    told = [
        {name: one[name] for name in one if name != "is"} for one in verification["differences"]
    ]
    return {**outcome, "verification": {**verification, "differences": told}}
