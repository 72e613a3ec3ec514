"""Who is who: agents and people, to read; the command line writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response

from webapp.browser.bounds import BoundLine, of_agent
from webapp.browser.frame import show
from webapp.browser.here import desk
from webapp.browser.words import UNASKED
from webapp.domain.account import AgentInfo
from webapp.domain.errors import Unavailable
from webapp.domain.ladder import level_in_force
from webapp.domain.policy import Policy
from webapp.domain.stop import Stop, in_force
from webapp.services import absences, accounts, levels, policies, proposals, stops
from webapp.services.allowances import Allowance, allowances
from webapp.services.silence import pulse
from webapp.work import Work

routes = Blueprint("directory", __name__)
AGENTS, PEOPLE = "agents/index.html", "people/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLine:
    """One agent, with what the policy in force gives it."""

    name: str
    owner: str
    level: str
    unasked: str
    keys: int
    made_at: datetime
    stopped: bool
    left: tuple[BoundLine, ...]
    quiet: str | None = None
    proposed: str | None = None


@routes.get("/agents")
def agents() -> Response:
    """List the agents."""

    def read(work: Work) -> tuple[list[AgentLine], tuple[Stop, ...]]:
        held = stops.in_force(work)
        policy = policy_in_force(work)
        found = accounts.agents(work)
        named = [(one.id, one.name, one.owner) for one in found]
        left = allowances(work, policy, named) if policy else {}
        earned, ready = levels.recorded(work), proposals.proposed(work) if policy else {}
        return [
            replace(
                _line(one, policy, held, left.get(one.id, ()), earned.get(one.id)),
                quiet=_quiet(work, one, policy),
                proposed=ready.get(one.name),
            )
            for one in found
        ], held

    lines, held = desk().read(read)
    return show(AGENTS, AGENTS, "/agents", held, agents=lines)


@routes.get("/people")
def people() -> Response:
    """List the people who can sign in."""
    found, away, held = desk().read(
        lambda work: (accounts.people(work), absences.in_force(work), stops.in_force(work))
    )
    there = [one for one in found if not one.disabled_at]
    return show(PEOPLE, PEOPLE, "/people", held, people=there, absences=away)


def policy_in_force(work: Work) -> Policy | None:
    """Give the policy in force, None before the first."""
    try:
        return policies.standing(work).policy
    except Unavailable:
        return None


def _line(
    of: AgentInfo,
    policy: Policy | None,
    held: tuple[Stop, ...],
    left: tuple[Allowance, ...],
    earned: str | None,
) -> AgentLine:
    grant = policy.grant(of.name, of.owner) if policy else None
    level = level_in_force(policy.levels, grant, earned) if policy and grant else None
    riskiest = policy.levels.get(level) if policy and level else None
    return AgentLine(
        name=of.name,
        owner=of.owner,
        level=level or "no policy yet",
        unasked=UNASKED[riskiest] if riskiest else "nothing",
        keys=sum(key.revoked_at is None for key in of.keys),
        made_at=of.created_at,
        stopped=in_force(held, of.name, None) is not None,
        left=of_agent(left),
    )


def _quiet(work: Work, of: AgentInfo, policy: Policy | None) -> str | None:
    """Say how little the agent did in the last whole hour or day; None where it did what is expected."""
    found = pulse(work, of, policy) if policy else None
    if found is None or not found.quiet:
        return None
    expected = found.expected
    return f"quiet: {found.seen} of {expected.at_least} in the last {expected.period.value}"
