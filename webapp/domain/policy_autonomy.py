"""Read what a policy document says of an agent's autonomy: where it starts, what earns a level and what costs one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.autonomy import Promotion, Trigger
from webapp.domain.ladder import rungs
from webapp.domain.loops import Within
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import OBSERVE, SUPERVISED
from webapp.domain.policy_loops import read_within
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section
from webapp.domain.verdict import Risk

KEYS = ("start", "max", "promote", "demote")
USUAL = Promotion()
MOST_CASES = 1000  # more than that are not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Autonomy:
    """What the document says of one agent's autonomy."""

    start: str
    max: str
    promote: Promotion | None
    demote: Mapping[Trigger, Within]


def read_autonomy(section: Section, levels: Mapping[str, Risk | None]) -> Autonomy:
    """Read the whole of `autonomy`; without it people decide everything, and nothing is earned."""
    section.only(KEYS)
    start = _read_level(section, "start", levels, SUPERVISED)
    most = _read_level(section, "max", levels, start)
    order = (*rungs(levels), start, most)  # a level that does not exist was noted above
    if order.index(start) > order.index(most) and most in levels:
        message = f"start ({start}) may run more than max ({most})."
        section.notes.problem(section.at("start"), Code.START_ABOVE_MAX, message)
    found = Autonomy(
        start=start, max=most, promote=_read_promote(section), demote=_read_demote(section)
    )
    _warn_of_steps(section, found)
    return found


def _read_level(section: Section, key: str, levels: Mapping[str, Risk | None], default: str) -> str:
    level = section.text(key)
    if level is None:
        return default
    if level not in levels:
        hint = did_you_mean(level, levels) or f"levels are {', '.join(levels)}"
        message = f"There is no level {level[:80]}."
        section.notes.problem(section.at(key), Code.UNKNOWN_LEVEL, message, hint)
    return level


def _read_promote(section: Section) -> Promotion | None:
    if "promote" not in section:
        return None
    asked = section.section("promote")
    asked.only(("decided", "agreement", "failed", "within"))
    return Promotion(
        decided=asked.whole("decided", USUAL.decided, least=1, most=MOST_CASES),
        agreement=asked.share("agreement", USUAL.agreement),
        failed=asked.whole("failed", USUAL.failed, least=0, most=MOST_CASES),
        within=asked.duration("within", USUAL.within),
    )


def _read_demote(section: Section) -> dict[Trigger, Within]:
    named = section.section("demote")
    named.only(tuple(trigger.value for trigger in Trigger))
    found = {trigger: read_within(named, trigger, least=1) for trigger in Trigger}
    return {trigger: limit for trigger, limit in found.items() if limit}


def _warn_of_steps(section: Section, found: Autonomy) -> None:
    """Point at steps that lead nowhere, and at a ladder that leads only up."""
    if found.start == found.max == OBSERVE:
        message = (
            "At level observe policy would run nothing unasked, so there is nothing to compare."
        )
        hint = "name as max the level that the agent is to be tried for, such as max: standard"
        section.notes.warn(section.at("start"), Code.NOTHING_TO_COMPARE, message, hint)
    if found.promote and found.start == found.max:
        message = f"{found.start} is where it starts and the most it may earn: nothing is left to be promoted to."
        section.notes.warn(section.key_at("promote"), Code.RULE_WITHOUT_EFFECT, message)
    elif found.promote and not found.demote:
        message = "A level that is earned is never lost again by itself."
        hint = "demote: {failed: 2/7d, unknown: 1/7d, denied: 3/7d}"
        section.notes.warn(section.key_at("promote"), Code.NO_WAY_BACK, message, hint)
    if found.demote and found.max == SUPERVISED:
        message = "At supervised people decide everything: there is nothing to take back."
        section.notes.warn(section.key_at("demote"), Code.RULE_WITHOUT_EFFECT, message)
