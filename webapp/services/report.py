"""Report: an agent says how the execution ended, or Handrail does of what it has run itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from webapp.domain import execution
from webapp.domain.canonical import canonical
from webapp.domain.executor import RUN_HERE
from webapp.domain.handoff import Agent, Handoff, Status
from webapp.domain.history import EventType
from webapp.domain.run_errors import NotRunning, OutcomeConflict
from webapp.domain.tool_call import Ran
from webapp.services.advance import advance
from webapp.services.deliver import own
from webapp.services.limits import count_usage
from webapp.services.verify import hold_report_against_claim
from webapp.store import events, handoffs
from webapp.work import Work

MOST_CLAIMS = 10  # of one run: each is put before people, and a person has seen enough by then


def report(
    work: Work, agent: Agent, handoff_id: str, status: Status, detail: Mapping[str, Any]
) -> Handoff:
    """Record the outcome and give the handoff; the same report again changes nothing.

    What comes after `run_within` is only kept as a claim, also where the worker has not looked at the run yet.
    `detail` is the whole report as sent. Raises NotFound, NotRunning (also where Handrail runs it itself), and
    OutcomeConflict (after keeping the claim).
    """
    before = own(work, agent, handoff_id, lock=True)
    if before.terms.executor:
        raise NotRunning(RUN_HERE)
    before = _given_up_where_late(work, before)
    digest = _digest(detail)
    said = before.outcome
    if said is not None and said.digest == digest:
        return before
    conflict = execution.report_conflict(before, digest)
    claims = _claims(work, before) if said else frozenset()
    if digest not in claims:
        _insist_on_room(claims)
        step = execution.report(before, status, digest, detail, work.now)
        before = advance(work, step)
        if conflict is None:
            count_usage(work, before, detail)
        if step.event.type is EventType.REPORTED:
            before = hold_report_against_claim(work, before, detail)
    if conflict:
        raise conflict
    return before


def report_here(work: Work, handoff_id: str, ran: Ran) -> Handoff:
    """Record how an execution by Handrail ended; what comes after `run_within` is a claim. Raises NotRunning."""
    before = _given_up_where_late(work, handoffs.load(work, handoff_id, lock=True))
    detail = ran.to_json()
    step = execution.report(before, ran.status, _digest(detail), detail, work.now)
    after = advance(work, step)
    reported = step.event.type is EventType.REPORTED
    return hold_report_against_claim(work, after, detail) if reported else after


def _given_up_where_late(work: Work, before: Handoff) -> Handoff:
    overrun = execution.overrun(before, work.now)
    return advance(work, overrun) if overrun else before


def _digest(detail: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(dict(detail))).hexdigest()


def _claims(work: Work, handoff: Handoff) -> frozenset[str]:
    """Give the digests of what the agent has claimed since, so that one that repeats itself adds nothing."""
    chain = events.of_handoff(work, handoff.id)
    claims = (event for event in chain if event.type is EventType.CLAIMED)
    return frozenset(json.loads(event.data)["digest"] for event in claims)


def _insist_on_room(claims: frozenset[str]) -> None:
    """Keep an agent from filling the history, and people's time, with ever new outcomes of one run."""
    if len(claims) >= MOST_CLAIMS:
        raise OutcomeConflict(f"{MOST_CLAIMS} other outcomes are kept already; this one is not.")
