"""Read from a policy document how much an agent may ask of people, and how much work is expected of it."""

from __future__ import annotations

import re

from webapp.domain.attention import Attention, Expectation
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section
from webapp.domain.uses import Period

MOST = 1_000_000
EXPECTED = "such as at_least: 20/day, or 5/hour"

_RATE = re.compile(r"([0-9]{1,7})/(hour|day)", re.ASCII)


def read_attention(agent: Section) -> Attention | None:
    """Read the bounds on what an agent puts before people; None where there are none."""
    if "attention" not in agent:
        return None
    section = agent.section("attention")
    section.only(("pending", "per_day"))
    if not section.names():
        hint = "such as attention: {pending: 20, per_day: 60}"
        section.notes.problem(section.place, Code.MISSING, "attention bounds nothing.", hint)
    pending = section.whole("pending", None, least=1, most=MOST)
    per_day = section.whole("per_day", None, least=1, most=MOST)
    if pending is not None and per_day is not None and pending > per_day:
        message = f"{pending} can hardly wait at once where {per_day} may be asked for in a day."
        section.notes.warn(section.at("pending"), Code.LIMITS_CONTRADICT, message)
    return Attention(pending=pending, per_day=per_day)


def read_expectation(agent: Section) -> Expectation | None:
    """Read how much work is expected; None where nothing is."""
    if "expect" not in agent:
        return None
    section = agent.section("expect")
    section.only(("at_least",))
    text = section.text("at_least", 40)
    if text is None:
        if "at_least" not in section:
            message = "expect does not say how much."
            section.notes.problem(section.place, Code.MISSING, message, EXPECTED)
        return None
    match = _RATE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= MOST:
        message = "at_least is no count per hour or day."
        section.notes.problem(section.at("at_least"), Code.BAD_RATE, message, EXPECTED)
        return None
    return Expectation(at_least=int(match[1]), period=Period(match[2]))
