"""Report: an agent says how the execution ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from webapp.domain import execution
from webapp.domain.canonical import canonical
from webapp.domain.handoff import Agent, Handoff, Status
from webapp.services.deliver import own
from webapp.store import handoffs
from webapp.work import Work


def report(
    work: Work, agent: Agent, handoff_id: str, status: Status, detail: Mapping[str, Any]
) -> Handoff:
    """Record the outcome and give the handoff; the same report again changes nothing.

    `detail` is the whole report as sent. Raises NotFound, NotRunning, and OutcomeConflict (after keeping the claim).
    """
    before = own(work, agent, handoff_id, lock=True)
    digest = hashlib.sha256(canonical(dict(detail))).hexdigest()
    said = before.outcome
    if said is not None and said.digest == digest:
        return before
    conflict = execution.report_conflict(before, digest)
    after = handoffs.advance(work, execution.report(before, status, digest, detail, work.now))
    if conflict:
        raise conflict
    return after
