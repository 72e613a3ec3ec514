"""Read from a policy document when an agent that repeats itself is stopped."""

from __future__ import annotations

import re
from datetime import timedelta

from webapp.domain.duration import parse_duration
from webapp.domain.loops import DENIED_FOR, REMEMBERED, LoopStops, Within
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section
from webapp.domain.verdict import Route

KEYS = (
    "same_fingerprint",
    "after_denied_intent",
    "denied_for",
    "failures",
    "invalid",
    "attempts",
)
MOST = 1000
EXPECTED = "such as 3/10m: three within ten minutes; at most 1000, within at most 90 days"

_WITHIN = re.compile(r"([0-9]{1,4})/([0-9]+[smhd])", re.ASCII)
_ROUTES = {"review": Route.REVIEW, "block": Route.BLOCK}


def read_stop_loops(document: Section) -> LoopStops | None:
    """Read what is watched; None where the document does not speak of it."""
    if "stop_loops" not in document:
        return None
    section = document.section("stop_loops")
    section.only(KEYS)
    if not section.names():
        section.notes.warn(section.place, Code.NOTHING_WATCHED, "stop_loops watches nothing.")
    if "denied_for" in section and "after_denied_intent" not in section:
        message = "denied_for does nothing without after_denied_intent."
        section.notes.warn(section.at("denied_for"), Code.NOTHING_WATCHED, message)
    return LoopStops(
        same_fingerprint=read_within(section, "same_fingerprint", least=2),
        after_denied_intent=section.choice("after_denied_intent", _ROUTES, None),
        denied_for=_read_denied_for(section),
        failures=read_within(section, "failures", least=1),
        invalid=read_within(section, "invalid", least=1),
        attempts=section.whole("attempts", None, least=1, most=MOST),
    )


def read_within(section: Section, key: str, *, least: int) -> Within | None:
    """Read a count within a sliding window, such as `3/10m`."""
    text = section.text(key, 40)
    if text is None:
        return None
    match = _WITHIN.fullmatch(text)
    length = parse_duration(match[2]) if match else None
    if match is None or not length:
        message = f"{key} is no count within a window."
        section.notes.problem(section.at(key), Code.BAD_RATE, message, EXPECTED)
        return None
    count = int(match[1])
    if not least <= count <= MOST or length > REMEMBERED:
        message = f"{key} must count from {least} to {MOST} within at most 90 days."
        section.notes.problem(section.at(key), Code.OUT_OF_RANGE, message, EXPECTED)
    return Within(count=count, length=length)


def _read_denied_for(section: Section) -> timedelta:
    length = section.duration("denied_for", DENIED_FOR)
    if length > REMEMBERED:
        message = "denied_for is longer than 90 days, after which denials are forgotten."
        section.notes.problem(section.at("denied_for"), Code.OUT_OF_RANGE, message)
    return length
