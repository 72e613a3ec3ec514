"""A verify step: a look at the world after a success, and what must be so then for it to be one.

The world may take a while to show what has happened: what is not yet so is looked at again until `within` has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from webapp.domain import look as looks
from webapp.domain.expressions import holds_after
from webapp.domain.json_text import JSON
from webapp.domain.look import Look, Seen

WITHIN = timedelta(minutes=2)
LONGEST_WITHIN = timedelta(hours=1)
NEITHER = "The policy's condition says neither true nor false of the answer."
# beside 2xx: what is not there is an answer, too; any other status says that the question was not answered
ANSWERS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """What is looked at; `condition` is CEL over `response` and `args`, None holds it against the expected effect."""

    look: Look
    condition: str | None = None
    within: timedelta = WITHIN


def holds(condition: str, args: Mapping[str, JSON], seen: Seen) -> tuple[bool | None, str | None]:
    """Say whether the condition holds for what was seen; where that cannot be said: None, and the sentence why."""
    if seen.status is None:
        return None, seen.problem
    found = holds_after(condition, {"status": seen.status, "body": seen.answer}, args)
    answered = seen.problem is None or seen.status in ANSWERS
    if found or (found is False and answered):
        return found, None
    return None, NEITHER if answered else seen.problem


def to_json(verify: Verify | None) -> dict[str, Any] | None:
    """Give the form that is stored with a handoff."""
    if verify is None:
        return None
    look, within = looks.to_json(verify.look), verify.within.total_seconds()
    return {"look": look, "condition": verify.condition, "within": within}


def from_json(data: Mapping[str, Any] | None) -> Verify | None:
    """Read what `to_json` gave."""
    look = looks.from_json(data["look"]) if data else None
    if data is None or look is None:
        return None
    within = timedelta(seconds=data["within"])
    return Verify(look=look, condition=data["condition"], within=within)
