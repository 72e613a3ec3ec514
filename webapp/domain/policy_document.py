"""Read a policy document: all of its problems at once, each with its line, or the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from webapp.domain.errors import PolicyInvalid, PolicyProblem
from webapp.domain.nearest import did_you_mean
from webapp.domain.people import People
from webapp.domain.policy import Policy
from webapp.domain.policy_actions import read_actions
from webapp.domain.policy_agents import read_grants, read_levels
from webapp.domain.policy_loops import read_stop_loops
from webapp.domain.policy_people import check_people
from webapp.domain.policy_problems import Code, Notes, Place
from webapp.domain.policy_publishing import read_publishing
from webapp.domain.policy_section import Section
from webapp.domain.policy_tasks import check_needs, read_tasks
from webapp.domain.policy_undo import check_undos
from webapp.domain.verdict import Route
from webapp.domain.yaml_lines import read_yaml

KEYS = (
    "timezone",
    "agents",
    "levels",
    "actions",
    "unknown_action",
    "tasks",
    "stop_loops",
    "publishing",
)
LATER: Mapping[str, str] = {}
_UNKNOWN_ROUTES = {"review": Route.REVIEW, "block": Route.BLOCK}
_IN_ORDER = attrgetter("line", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found, in the order of the document; problems refuse it, warnings do not."""

    problems: tuple[PolicyProblem, ...]
    warnings: tuple[PolicyProblem, ...]


def parse(text: str, *, number: int) -> Policy:
    """Read the document as version `number`.

    Raises PolicyInvalid with every problem that `check` would report.
    """
    notes = Notes()
    policy = _read(text, number, notes)
    if notes.problems or policy is None:
        raise PolicyInvalid(sorted(notes.problems, key=_IN_ORDER))
    return policy


def check(text: str, people: People | None = None) -> Report:
    """Say everything that is wrong with the document or worth a second look.

    With `people`, a document without problems is held to those who are there, too.
    """
    notes = Notes()
    _read(text, 0, notes, people)
    return Report(
        problems=tuple(sorted(notes.problems, key=_IN_ORDER)),
        warnings=tuple(sorted(notes.warnings, key=_IN_ORDER)),
    )


def _read(text: str, number: int, notes: Notes, people: People | None = None) -> Policy | None:
    root = read_yaml(text, notes)
    if root is None or not isinstance(root.value, dict):
        if not notes.problems:
            place = root.place if root else Place(line=1, column=1)
            message = f"A policy is a mapping with some of {', '.join(KEYS)}."
            notes.problem(place, Code.WRONG_TYPE if root else Code.MISSING, message)
        return None
    document = Section(node=root, path="", notes=notes)
    document.only(KEYS, LATER)
    levels = read_levels(document)
    actions = read_actions(document.section("actions"))
    check_undos(document.section("actions"), actions)
    tasks = read_tasks(document.section("tasks"))
    check_needs(document.section("actions"), actions, tasks)
    policy = Policy(
        number=number,
        text=text,
        timezone=_read_timezone(document),
        levels=levels,
        grants=read_grants(document.section("agents"), levels, actions),
        actions=actions,
        unknown_action=_read_unknown_action(document),
        tasks=tasks,
        stop_loops=read_stop_loops(document),
        published_by_two=read_publishing(document),
    )
    if people and not notes.problems:
        check_people(document, policy, people)
    return policy


def _read_timezone(document: Section) -> ZoneInfo:
    name = document.text("timezone", 100)
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name} is no time zone."
        hint = did_you_mean(str(name), available_timezones()) or "such as Europe/Berlin"
        document.notes.problem(document.at("timezone"), Code.BAD_TIMEZONE, message, hint)
        return ZoneInfo("UTC")


def _read_unknown_action(document: Section) -> Route:
    route = document.choice("unknown_action", _UNKNOWN_ROUTES, Route.REVIEW)
    if "unknown_action" in document and route is Route.REVIEW:
        message = "Actions without a type wait for people as high risk, shown with their raw args."
        hint = "unknown_action: block refuses them instead"
        document.notes.warn(document.at("unknown_action"), Code.UNKNOWN_ACTION, message, hint)
    return route
