"""How a handoff becomes a row and a row a handoff again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Row

from webapp.domain import executor, preview, verify
from webapp.domain.action import Action
from webapp.domain.callback_wish import CallbackWish
from webapp.domain.handoff import (
    Decided,
    Execution,
    Face,
    Handoff,
    Kind,
    Outcome,
    Permit,
    Previewed,
    Settled,
    Source,
    Status,
    Verb,
    Verified,
    Vote,
)
from webapp.domain.policy import DEFAULT_AUDIENCE, Terms
from webapp.domain.standing_terms import StandingWish
from webapp.domain.task import Task
from webapp.domain.verdict import Verdict

COLUMNS = (
    "id",
    "agent_id",
    "agent",
    "owner",
    "revision",
    "version",
    "sequence",
    "head",
    "title",
    "summary",
    "fingerprint",
    "intent_id",
    "run_id",
    "thread_id",
    "submitted_at",
    "changed_at",
    "deadline_at",
)
SETTLED = {True: "ran", False: "not_run"}
CONTRADICTED = "contradicted"
VERIFIED = {True: "verified", False: CONTRADICTED, None: "unverified"}


def to_row(handoff: Handoff) -> dict[str, Any]:
    """Give the columns of a handoff; what no query looks at is JSON in `facts`."""
    row = {name: getattr(handoff, name) for name in COLUMNS}
    action = handoff.action
    row["kind"] = handoff.kind.value
    row["status"] = handoff.status.value
    row["risk"] = handoff.verdict.risk.value
    row["settled"] = SETTLED[handoff.settled.ran] if handoff.settled else None
    row["verified"] = VERIFIED[handoff.verified.holds] if handoff.verified else None
    row["action_name"] = action.name if action else None
    asked = action or handoff.task
    row["action"] = asked.canonical().decode() if asked else None
    row["facts"] = to_json(_facts(handoff)).decode()
    return row


def from_row(row: Row[Any]) -> Handoff:
    """Read a handoff from its row."""
    columns = row._asdict()
    facts = json.loads(columns["facts"])
    kind = Kind(columns["kind"])
    asked = json.loads(columns["action"]) if columns["action"] else {}
    is_task = kind is Kind.TASK
    return Handoff(
        **{name: columns[name] for name in COLUMNS},
        kind=kind,
        status=Status(columns["status"]),
        action=Action(name=asked["name"], args=asked["args"]) if asked and not is_task else None,
        task=Task.from_json({**asked["task"], **facts["words"]}) if is_task else None,
        **_read_facts(facts),
    )


def _facts(handoff: Handoff) -> dict[str, Any]:
    """Give what no query looks at; what most handoffs do not have is left out where they do not."""
    terms = handoff.terms
    facts = {
        "confidence": handoff.confidence,
        "requesters": handoff.requesters,
        "allowed": handoff.allowed,
        "verdict": handoff.verdict.to_json(),
        "terms": [s.total_seconds() for s in (terms.valid, terms.run_within, terms.not_before)],
        "patience": handoff.patience.total_seconds(),
        "claim_sequence": handoff.claim_sequence,
        "revised_sequence": handoff.revised_sequence,
    }
    facts.update([pair for pair in _seldom(handoff) if pair[1]])
    return facts


def _seldom(handoff: Handoff) -> tuple[tuple[str, Any], ...]:
    terms, callback = handoff.terms, handoff.callback
    return (
        ("vouched", handoff.vouched),
        ("asked_back", handoff.asked_back),
        ("audience", terms.audience if terms.audience != DEFAULT_AUDIENCE else None),
        ("executor", executor.to_json(terms.executor)),
        ("votes", [_plain_vote(vote) for vote in handoff.votes]),
        ("decided", _plain(handoff.decided)),
        ("permit", _plain(handoff.permit)),
        ("execution", _plain(handoff.execution)),
        ("outcome", _plain(handoff.outcome)),
        ("task_id", handoff.task_id),
        ("words", _words(handoff.task)),
        ("tags", handoff.tags),
        ("on_behalf_of", handoff.on_behalf_of),
        ("escalated", handoff.escalated),
        ("reminded", handoff.reminded),
        ("settled", _plain(handoff.settled)),
        ("run_again_of", handoff.run_again_of),
        ("undoes", handoff.undoes),
        ("looks", preview.to_json(terms.preview)),
        ("preview", _plain(handoff.preview)),
        ("verifies", verify.to_json(terms.verify)),
        ("verified", _plain(handoff.verified)),
        ("callback", callback.value if callback is not CallbackWish.NONE else None),
    )


def _words(task: Task | None) -> dict[str, Any] | None:
    """Give what a task says beside what its fingerprint covers, which is in the column of actions."""
    return {"goal": task.goal, "acceptance": task.acceptance} if task else None


def _read_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    valid, run_within, not_before = (timedelta(seconds=s) for s in facts["terms"])
    return {
        "confidence": facts["confidence"],
        "vouched": facts.get("vouched", False),
        "asked_back": facts.get("asked_back", False),
        "requesters": tuple(facts["requesters"]),
        "allowed": tuple(Verb(verb) for verb in facts["allowed"]),
        "verdict": Verdict.from_json(facts["verdict"]),
        "terms": Terms(
            valid=valid,
            run_within=run_within,
            not_before=not_before,
            audience=facts.get("audience", DEFAULT_AUDIENCE),
            executor=executor.from_json(facts.get("executor")),
            preview=preview.from_json(facts.get("looks")),
            verify=verify.from_json(facts.get("verifies")),
        ),
        "patience": timedelta(seconds=facts["patience"]),
        "claim_sequence": facts["claim_sequence"],
        "revised_sequence": facts["revised_sequence"],
        "votes": tuple(_read_vote(vote) for vote in facts.get("votes", ())),
        "decided": _read_decided(facts.get("decided")),
        "permit": Permit(**_timed(facts["permit"])) if facts.get("permit") else None,
        "execution": Execution(**_timed(facts["execution"])) if facts.get("execution") else None,
        "outcome": _read_outcome(facts.get("outcome")),
        "task_id": facts.get("task_id"),
        "tags": tuple(facts.get("tags", ())),
        "on_behalf_of": facts.get("on_behalf_of"),
        "escalated": tuple(facts.get("escalated", ())),
        "reminded": facts.get("reminded", False),
        "settled": _read_settled(facts.get("settled")),
        "run_again_of": facts.get("run_again_of"),
        "undoes": facts.get("undoes"),
        "preview": Previewed(**_timed(facts["preview"])) if facts.get("preview") else None,
        "verified": _read_verified(facts.get("verified")),
        "callback": CallbackWish(facts.get("callback", "none")),
    }


def _plain_vote(vote: Vote) -> dict[str, Any]:
    wish = vote.standing.to_row() if vote.standing else None
    return {**(_plain(vote) or {}), "standing": wish}


def _read_vote(data: Mapping[str, Any]) -> Vote:
    wish = data.get("standing")
    standing = StandingWish.from_row(wish) if wish else None
    return Vote(**{**_timed(data), "standing": standing})


def _read_decided(data: Mapping[str, Any] | None) -> Decided | None:
    if data is None:
        return None
    return Decided(**{**_timed(data), "verb": Verb(data["verb"]), "via": Face(data["via"])})


def _read_outcome(data: Mapping[str, Any] | None) -> Outcome | None:
    if data is None:
        return None
    return Outcome(**{**_timed(data), "status": Status(data["status"])})


def _read_settled(data: Mapping[str, Any] | None) -> Settled | None:
    if data is None:
        return None
    return Settled(**{**_timed(data), "via": Face(data["via"])})


def _read_verified(data: Mapping[str, Any] | None) -> Verified | None:
    if data is None:
        return None
    return Verified(**{**_timed(data), "by": Source(data["by"])})


def _plain(value: Any) -> dict[str, Any] | None:
    """Give a small value's fields as JSON; instants become ISO 8601 text."""
    if value is None:
        return None
    fields = {name: getattr(value, name) for name in value.__slots__}
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in fields.items()}


TIMES = frozenset({"at", "not_before", "expires_at", "redeemed_at", "run_until"})


def _timed(data: Mapping[str, Any]) -> dict[str, Any]:
    return {n: datetime.fromisoformat(v) if n in TIMES else v for n, v in data.items()}
