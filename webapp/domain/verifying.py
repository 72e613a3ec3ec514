"""What becomes of a handoff when what is reported as a success is held against what was expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from webapp.domain.effect import Difference, differences, seen_values, shortened
from webapp.domain.handoff import SYSTEM, Handoff, Source, Status, Verified
from webapp.domain.history import EventType
from webapp.domain.json_text import JSON
from webapp.domain.look import Seen
from webapp.domain.message import Topic
from webapp.domain.pointer import MISSING
from webapp.domain.retry import patience
from webapp.domain.run_errors import NotVerifiable
from webapp.domain.step import Step, noted, one_step
from webapp.domain.verify import Verify, holds

FEWEST = 3  # looks before it counts that nobody answers
MOST_SHOWN = 8_000  # bytes of an answer that the history keeps
NOTHING = "There is nothing to compare: the agent declared no expected_effect, or people changed the action."
KINDS = {True: EventType.VERIFIED, False: EventType.CONTRADICTED, None: EventType.UNVERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What holding a success against what was expected has shown.

    `holds` is None where nothing could be found out, and `problem` says why. `expected` are values by pointer, and what
    was seen are those that are there; with a `condition` of the policy's, it is the answer.
    """

    holds: bool | None
    by: Source
    condition: str | None = None
    expected: Mapping[str, JSON] | None = None
    seen: JSON = None
    differs: tuple[Difference, ...] = ()
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the form that is kept in the history, and may be erased there."""
        said = {
            "condition": self.condition,
            "expected": self.expected,
            "seen": self.seen,
            "differences": [one.to_json() for one in self.differs] or None,
            "problem": self.problem,
        }
        return {name: value for name, value in said.items() if value is not None}


def expected_of(handoff: Handoff, claim: Mapping[str, Any]) -> Mapping[str, JSON] | None:
    """Give the effect that the agent expects, None without one; what people changed it had not in mind."""
    expected: Mapping[str, JSON] = claim.get("expected_effect") or {}
    asked = handoff.action is not None and claim.get("action") == handoff.action.to_json()
    return expected if asked and expected else None


def as_reported(expected: Mapping[str, JSON] | None, effect: object, by: Source) -> Finding | None:
    """Hold what a report says of the effect against what was expected; None where it says too little of it.

    What the report is silent on, it does not contradict.
    """
    if not expected or not isinstance(effect, dict | list):
        return None
    found = differences(expected, effect)
    contradicts = tuple(one for one in found if one.found is not MISSING)
    if found and not contradicts:
        return None
    seen = seen_values(expected, effect)
    return Finding(holds=not found, by=by, expected=dict(expected), seen=seen, differs=contradicts)


def as_seen(
    verify: Verify, args: Mapping[str, JSON], expected: Mapping[str, JSON] | None, seen: Seen
) -> Finding:
    """Hold what a look has shown against the policy's condition; without one, against what the agent expected."""
    if verify.condition is not None:
        found, problem = holds(verify.condition, args, seen)
        answer = {"status": seen.status, "body": shortened(seen.answer, MOST_SHOWN)}
        shown = answer if seen.status is not None else None
        return Finding(
            holds=found, by=Source.LOOK, condition=verify.condition, seen=shown, problem=problem
        )
    if expected is None or seen.problem is not None:
        problem = seen.problem if expected else NOTHING
        return Finding(holds=None, by=Source.LOOK, expected=expected, problem=problem)
    differs = differences(expected, seen.answer)
    there = seen_values(expected, seen.answer)
    return Finding(
        holds=not differs, by=Source.LOOK, expected=dict(expected), seen=there, differs=differs
    )


def again_in(
    handoff: Handoff, finding: Finding, number: int, now: datetime, jitter: float
) -> timedelta | None:
    """Say when it is looked at again after the look of this number; None where this one is the last.

    What is so now is so. What is not may be soon, and whoever does not answer may do so: the last look is the one when
    `within` is over, and a few are made at the least.
    """
    verify, outcome = handoff.terms.verify, handoff.outcome
    if finding.holds or finding.problem == NOTHING or verify is None or outcome is None:
        return None
    left = outcome.at + verify.within - now
    over = left <= timedelta(0)
    if over and (finding.problem is None or number >= FEWEST):
        return None
    pause = patience(Topic.VERIFY).delay(number, jitter)
    return pause if over else min(pause, left)


def verified(before: Handoff, finding: Finding, now: datetime) -> Step:
    """Keep what was found out of a success, once. Raises NotVerifiable.

    Its status stays: the agent has reported what it has reported, and what came of it stands beside that.
    """
    if before.status is not Status.SUCCEEDED or before.verified is not None:
        raise NotVerifiable
    found = Verified(holds=finding.holds, by=finding.by, at=now, sequence=before.sequence + 1)
    after = replace(noted(before, now), verified=found)
    return one_step(
        before,
        after,
        KINDS[finding.holds],
        SYSTEM,
        data={"by": finding.by.value},
        body=finding.to_json(),
    )
