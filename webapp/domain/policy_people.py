"""Find whom a policy asks and who is not there: teams for which nobody decides, and more people than there are.

These are warnings, never problems: people may be added after the policy was published, and at a first start they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import is_, methodcaller
from typing import NamedTuple

from webapp.domain.nearest import did_you_mean
from webapp.domain.people import Asker, People
from webapp.domain.policy import ANY_AGENT, Grant, Policy
from webapp.domain.policy_facts import people as so_many
from webapp.domain.policy_problems import Code, Place
from webapp.domain.policy_section import Section
from webapp.domain.task import ANY_TASK

CODES = frozenset({Code.NOBODY_DECIDES, Code.TEAM_EMPTY, Code.TEAM_UNKNOWN, Code.TOO_FEW_PEOPLE})
MOST_NAMED = 3
NO_GRANT = Grant(name=ANY_AGENT, owner=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that so many people must agree to: of `teams`, or of the owner team of whichever agent asks."""

    place: Place
    what: str
    teams: tuple[str, ...]
    wanted: int
    granted: Callable[[Grant], bool]


@dataclass(frozen=True, slots=True)
class Short:
    """How many people an ask lacks and why; what is short in the same way is told once."""

    wanted: int
    left: int
    teams: tuple[str, ...]
    agents: tuple[str, ...]


class Crew(NamedTuple):
    """Agents that are alike: one grant, one owner team, keys by the same makers."""

    grant: Grant
    owner: str
    makers: frozenset[str]
    names: list[str]


def check_people(document: Section, policy: Policy, people: People) -> None:
    """Warn of every team without anybody who decides, and of what more must agree to than can."""
    if not people.anybody:
        message = "Nobody may decide anything yet, so whatever waits for people expires."
        hint = "handrail user add EMAIL --role approver --team TEAM"
        document.notes.warn(document.place, Code.NOBODY_DECIDES, message, hint)
        return
    for place, team in _named(document, policy, people):
        _check_team(document, people, place, team)
    _check_counts(document, policy, people)


# ---- teams


def _named(document: Section, policy: Policy, people: People) -> Iterator[tuple[Place, str]]:
    """Give each team that is asked, with the place that names it."""
    agents = document.section("agents")
    for name, grant in policy.grants.items():
        yield from _named_by_grant(agents.section(name), grant)
    for kind in ("actions", "tasks"):
        types = document.section(kind)
        for name, teams in _approving(policy, kind):
            place = types.section(name).section("approvals").at("from")
            yield from ((place, team) for team in teams)
        for name, teams in _escalating(policy, kind):
            yield from ((types.section(name).at("deadline"), team) for team in teams)
    unnamed = (agent for agent in people.agents if not _grant(policy, agent).owner)
    yield from ((document.at("agents"), agent.owner) for agent in unnamed)


def _named_by_grant(section: Section, grant: Grant) -> Iterator[tuple[Place, str]]:
    questions = section.section("questions")
    if grant.owner:
        yield section.at("owner"), grant.owner
    if grant.questions_to:
        yield questions.at("to"), grant.questions_to
    yield from ((questions.at("deadline"), team) for team in grant.questions_deadline.teams)


def _approving(policy: Policy, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if kind == "actions":
        yield from ((name, one.approvals.teams) for name, one in policy.actions.items())
    else:
        yield from ((name, one.teams) for name, one in policy.tasks.items())


def _escalating(policy: Policy, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    types = policy.actions if kind == "actions" else policy.tasks
    yield from ((name, one.deadline.teams) for name, one in types.items())


def _check_team(document: Section, people: People, place: Place, team: str) -> None:
    guess = did_you_mean(team, people.teams) if team not in people.teams else None
    if not people.deciding([team]):
        message = f"Nobody may decide for {team[:100]}."
        hint = guess or f"handrail user add EMAIL --role approver --team {team[:100]}"
        document.notes.warn(place, Code.TEAM_EMPTY, message, hint)
    elif guess:
        message = f"Nobody belongs to {team[:100]}; only who decides for every team may."
        document.notes.warn(place, Code.TEAM_UNKNOWN, message, guess)


# ---- how many must agree


def _check_counts(document: Section, policy: Policy, people: People) -> None:
    crews = _crews(policy, people)
    found: dict[Short, list[Ask]] = {}
    for ask in (*_of_actions(document, policy), *_of_others(document, policy)):
        for short in _shortages(ask, people, crews):
            found.setdefault(short, []).append(ask)
    for short, asks in found.items():
        hint = "add an approver" + (", or have somebody else make the key" if short.agents else "")
        message = _said(short, list(dict.fromkeys(ask.what for ask in asks)))
        document.notes.warn(asks[0].place, Code.TOO_FEW_PEOPLE, message, hint)


def _crews(policy: Policy, people: People) -> list[Crew]:
    """Put together the agents that are alike: those that there are, and those that only the document knows."""
    known = {agent.name for agent in people.agents}
    written = [
        Asker(name=name, owner=grant.owner)
        for name, grant in policy.grants.items()
        if name not in known and grant.owner
    ]
    alike: dict[tuple[int, str, frozenset[str]], Crew] = {}
    for agent in (*people.agents, *written):
        grant = _grant(policy, agent)
        crew = Crew(grant, grant.owner or agent.owner, agent.makers, [])
        alike.setdefault((id(grant), crew.owner, crew.makers), crew).names.append(agent.name)
    return list(alike.values())


def _grant(policy: Policy, agent: Asker) -> Grant:
    """Give what the document itself says of an agent: an owner only where it names one."""
    return policy.grants.get(agent.name) or policy.grants.get(ANY_AGENT) or NO_GRANT


def _of_actions(document: Section, policy: Policy) -> Iterator[Ask]:
    actions = document.section("actions")
    for name, action in policy.actions.items():
        approvals, section = action.approvals, actions.section(name).section("approvals")
        granted = methodcaller("allows", name)
        usual = Ask(
            place=section.at("count"),
            what=name,
            teams=approvals.teams,
            wanted=approvals.count,
            granted=granted,
        )
        yield usual
        critical = approvals.when_critical or 0
        if critical > approvals.count:
            place, what = section.at("when_critical"), f"critical {name}"
            yield replace(usual, place=place, what=what, wanted=critical)


def _of_others(document: Section, policy: Policy) -> Iterator[Ask]:
    """Give what one person must agree to: tasks, questions, and whatever goes to the owner team."""
    tasks, agents = document.section("tasks"), document.section("agents")
    for name, kind in policy.tasks.items():
        place = tasks.section(name).section("approvals").at("from")
        what = "a task" if name == ANY_TASK else f"a task {name}"
        yield Ask(place=place, what=what, teams=kind.teams, wanted=1, granted=_any)
    for name, grant in policy.grants.items():
        if grant.questions_to:
            place = agents.section(name).section("questions").at("to")
            what = "what agents ask" if name == ANY_AGENT else f"what {name} asks"
            teams, mine = (grant.questions_to,), partial(is_, grant)
            yield Ask(place=place, what=what, teams=teams, wanted=1, granted=mine)
    place, what = document.at("agents"), "what has no type of its own"
    yield Ask(place=place, what=what, teams=(), wanted=1, granted=_any)


def _any(grant: Grant) -> bool:
    del grant
    return True


def _shortages(ask: Ask, people: People, crews: Sequence[Crew]) -> Iterator[Short]:
    """Say in which ways too few may agree; where nobody may, that is said of the team already."""
    without: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for teams, crew in _asking(ask, crews):
        may = people.deciding(teams)
        left = _left(may, crew)
        if 0 < len(may) < ask.wanted:
            yield Short(ask.wanted, len(may), teams, ())
        elif may and left < ask.wanted:
            without.setdefault((teams, left), []).extend(crew.names)
    for (teams, left), names in without.items():
        yield Short(ask.wanted, left, teams, tuple(names))


def _asking(ask: Ask, crews: Sequence[Crew]) -> Iterator[tuple[tuple[str, ...], Crew]]:
    """Give who may ask for it, each with the teams that decide; named teams also where nobody may."""
    if ask.teams:
        yield ask.teams, Crew(NO_GRANT, "", frozenset(), [])
    for crew in crews:
        if ask.granted(crew.grant):
            yield ask.teams or (crew.owner,), crew


def _left(may: frozenset[str], crew: Crew) -> int:
    """Count who may decide without whoever made the key; of several keys, the one whose maker is missed most."""
    return min((len(may - {maker}) for maker in crew.makers), default=len(may))


def _said(short: Short, whats: Sequence[str]) -> str:
    wanted = so_many(short.wanted)
    must = f"{wanted[0].upper()}{wanted[1:]} must agree to {_listed(whats)}"
    teams = " or ".join(short.teams)
    if not short.agents:
        return f"{must}, and only {so_many(short.left)} may decide for {teams}."
    left = so_many(short.left) if short.left else "nobody"
    return f"{must}; who made a key of {_listed(short.agents)} never counts, which leaves {left} of {teams}."


def _listed(names: Sequence[str]) -> str:
    """Name the first few and count the rest."""
    more = len(names) - MOST_NAMED
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown
