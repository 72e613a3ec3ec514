"""Read the agents' grants and the levels of autonomy of a policy document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from webapp.domain.action import is_action_name
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import (
    ANY_AGENT,
    DEFAULT_LEVELS,
    OBSERVE,
    SUPERVISED,
    ActionType,
    Grant,
)
from webapp.domain.policy_attention import read_attention, read_expectation
from webapp.domain.policy_autonomy import read_autonomy
from webapp.domain.policy_deadline import read_questions_deadline
from webapp.domain.policy_limits import read_usage
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section
from webapp.domain.verdict import Risk

KEYS = (
    "owner",
    "autonomy",
    "daily_budget",
    "usage",
    "actions",
    "questions",
    "attention",
    "expect",
)
GREATEST_BUDGET = 1_000_000_000

_AGENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}", re.ASCII)
_LEVEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_CAPS: Mapping[str, Risk | None] = {
    "none": None,
    **{risk.value: risk for risk in Risk if risk is not Risk.CRITICAL},
}


def read_levels(document: Section) -> Mapping[str, Risk | None]:
    """Read the levels, which replace the usual ones; `observe` and `supervised` always are."""
    if "levels" not in document:
        return DEFAULT_LEVELS
    section = document.section("levels")
    levels: dict[str, Risk | None] = {OBSERVE: None, SUPERVISED: None}
    for name in section.names():
        cap = section.choice(name, _CAPS, None)
        if not _LEVEL_NAME.fullmatch(name):
            message = f"{name[:80]} is no name for a level."
            section.notes.problem(section.key_at(name), Code.BAD_NAME, message, "such as low_risk")
        if name in {OBSERVE, SUPERVISED} and cap is not None:
            message = f"At level {name} people decide everything, so it must be none."
            section.notes.problem(section.at(name), Code.FIXED_LEVEL, message)
        levels[name] = cap
    return levels


def read_grants(
    agents: Section, levels: Mapping[str, Risk | None], actions: Mapping[str, ActionType]
) -> dict[str, Grant]:
    """Read what the document gives to each agent by name."""
    return {name: _read_grant(name, agents, levels, actions) for name in agents.names()}


def _read_grant(
    name: str,
    agents: Section,
    levels: Mapping[str, Risk | None],
    actions: Mapping[str, ActionType],
) -> Grant:
    section = agents.section(name)
    section.only(KEYS)
    if name != ANY_AGENT and not _AGENT_NAME.fullmatch(name):
        message = f"{name[:80]} is no agent's name."
        hint = 'an exact name, or "*" for every agent without one'
        section.notes.problem(agents.key_at(name), Code.BAD_NAME, message, hint)
    autonomy = read_autonomy(section.section("autonomy"), levels)
    questions = section.section("questions")
    questions.only(("to", "deadline"))
    answering = questions.text("to", 100)
    grant = Grant(
        name=name,
        owner=section.text("owner", 100),
        start=autonomy.start,
        max=autonomy.max,
        promote=autonomy.promote,
        demote=autonomy.demote,
        daily_budget=section.whole("daily_budget", None, least=0, most=GREATEST_BUDGET),
        usage=read_usage(section),
        actions=_read_granted(section),
        questions_to=answering,
        questions_deadline=read_questions_deadline(questions, (answering,) if answering else ()),
        attention=read_attention(section),
        expect=read_expectation(section),
    )
    if "owner" not in section:
        message = f"{name} names no owner; the team that the agent was added with is asked."
        section.notes.warn(agents.key_at(name), Code.OWNER_UNSAID, message)
    _warn_of_actions(section, grant, actions)
    return grant


def _read_granted(section: Section) -> tuple[str, ...] | None:
    granted = section.texts("actions")
    for pattern in granted or ():
        if pattern != "*" and not is_action_name(pattern.removesuffix(".*")):
            message = f"{pattern[:80]} names no action."
            hint = "payments.refund, payments.* or *"
            section.notes.problem(section.at("actions"), Code.BAD_NAME, message, hint)
    return granted


def _warn_of_actions(section: Section, grant: Grant, actions: Mapping[str, ActionType]) -> None:
    """Point at grants that name nothing, and at budgets that cover nothing."""
    for pattern in grant.actions or ():
        alone = Grant(name="", owner=None, actions=(pattern,))
        if not any(alone.allows(name) for name in actions):
            message = f"{pattern[:80]} matches no action type of this document."
            hint = did_you_mean(pattern, actions)
            section.notes.warn(section.at("actions"), Code.UNKNOWN_ACTION, message, hint)
    if grant.daily_budget is None:
        return
    for action in actions.values():
        if action.unasked and grant.allows(action.name) and action.cost > grant.daily_budget:
            message = f"{action.name} costs {action.cost}, more than the budget of a whole day."
            section.notes.warn(section.at("daily_budget"), Code.BUDGET_TOO_SMALL, message)
