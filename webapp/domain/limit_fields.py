"""The common limits of a policy as fields of a form: what they show, and what their text becomes in the document.

A field that comes back as it was shown changes nothing; an empty one removes its limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.errors import SubmissionInvalid
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, is_pointer, join, look_up, split
from webapp.domain.yaml_edit import read, rewritten
from webapp.domain.yaml_lines import read_word

ACTIONS, AGENTS = "actions", "agents"
LONGEST = 4_000
MOST_FIELDS = 2_000

Path = tuple[str, ...]


class Kind(StrEnum):
    """How a field is written: one value, several on one line between commas, or one on each line."""

    NUMBER = "number"
    WORD = "word"
    MONEY = "money"
    LINES = "lines"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitField:
    """One limit: where it stands below its action type or agent, and how it is written."""

    path: Path
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Keys that mean nothing without a limit beside them; `because` are keys elsewhere that need them all the same."""

    path: Path
    companions: frozenset[str]
    because: tuple[Path, ...] = ()


def _fields(path: str, kinds: Mapping[str, Kind]) -> tuple[LimitField, ...]:
    above = split(path)
    return tuple(LimitField(path=(*above, key), kind=kind) for key, kind in kinds.items())


FIELDS: Mapping[str, tuple[LimitField, ...]] = {
    ACTIONS: (
        *_fields(
            "/envelope/amount",
            {"arg": Kind.WORD, "currency": Kind.WORD}
            | {"each": Kind.MONEY, "per_day": Kind.MONEY, "per_month": Kind.MONEY},
        ),
        *_fields(
            "/envelope/count",
            {"arg": Kind.WORD}
            | {"each": Kind.NUMBER, "per_day": Kind.NUMBER, "per_month": Kind.NUMBER},
        ),
        *_fields("/envelope", {"rate": Kind.WORD, "hours": Kind.LINES}),
        *_fields(
            "/envelope/counterparty",
            {"arg": Kind.WORD, "allow": Kind.LIST, "deny": Kind.LIST, "new": Kind.WORD},
        ),
        *_fields("/tiers", {"auto": Kind.NUMBER, "review": Kind.NUMBER}),
        *_fields("", {"audit_sample": Kind.NUMBER, "cost": Kind.NUMBER}),
    ),
    AGENTS: (
        *_fields("", {"daily_budget": Kind.NUMBER}),
        *_fields("/attention", {"pending": Kind.NUMBER, "per_day": Kind.NUMBER}),
    ),
}
# in this order: an envelope is looked at when what was in it is settled
GROUPS: Mapping[str, tuple[Group, ...]] = {
    ACTIONS: (
        Group(
            path=("envelope", "amount"),
            companions=frozenset({"arg", "currency"}),
            because=(("envelope", "total"), ("standing",)),
        ),
        Group(
            path=("envelope", "count"),
            companions=frozenset({"arg"}),
            because=(("envelope", "total"),),
        ),
        Group(
            path=("envelope", "counterparty"),
            companions=frozenset({"arg"}),
            because=(("envelope", "total"),),
        ),
        Group(path=("envelope",), companions=frozenset({"outside"})),
        Group(path=("tiers",), companions=frozenset()),
    ),
    AGENTS: (Group(path=("attention",), companions=frozenset()),),
}


def shown(value: object, kind: Kind) -> str:
    """Write a limit as its field shows it; what does not fit the kind is shown as JSON."""
    if value is MISSING or value is None:
        return ""
    if kind is Kind.NUMBER:
        return json.dumps(value, ensure_ascii=False)
    between = ", " if kind is Kind.MONEY else "\n"
    if isinstance(value, str) and kind is not Kind.LIST:
        return value.strip()
    if isinstance(value, list) and kind is not Kind.WORD and all(map(_fits_a_line, value)):
        return between.join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _fits_a_line(value: JSON) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and "\n" not in value


def read_field(text: str, kind: Kind) -> JSON:
    """Read what a person wrote, None for nothing; what is no such limit stays text, for the check to point at."""
    if kind is Kind.NUMBER:
        return _number(text)
    if kind is Kind.WORD:
        return text or None
    parts = map(str.strip, text.split("," if kind is Kind.MONEY else "\n"))
    listed: list[JSON] = list(filter(None, parts))
    if kind is not Kind.LIST and len(listed) == 1:
        return listed[0]
    return listed or None


def _number(text: str) -> JSON:
    word = read_word(text)
    if isinstance(word, int | float) and not isinstance(word, bool):
        return word
    return text or None


def normal(text: str) -> str:
    """Give a field's text without what forms and keyboards add."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    return "\n".join(line.strip() for line in lines)


def with_limits(saved: str, typed: str, given: Mapping[str, str]) -> str:
    """Write into the `typed` document what the fields `given`, by pointer, change of the `saved` one.

    Raises SubmissionInvalid where one of the two cannot be read, or is written in a way that only a person can change.
    """
    if not given:
        return typed
    _refuse_too_much(given)
    before = read(saved)
    for section, name in _named(given):
        if not isinstance(look_up(before, join((section, name))), dict):
            continue
        changes = _changes(before, section, name, given)
        if changes:
            typed = _written(typed, (section, name), changes)
    return typed


def _refuse_too_much(given: Mapping[str, str]) -> None:
    if len(given) > MOST_FIELDS or any(len(text) > LONGEST for text in given.values()):
        raise SubmissionInvalid(
            f"A limit has at most {LONGEST} characters, and a form at most {MOST_FIELDS} of them.",
            hint="Write it into the document by hand.",
        )


def _named(given: Iterable[str]) -> list[tuple[str, str]]:
    """List the action types and agents that have fields among `given`, each once."""
    found: dict[tuple[str, str], None] = {}
    for pointer in given:
        match split(pointer):
            case (section, name, _, *_) if section in FIELDS and is_pointer(pointer):
                found[section, name] = None
    return list(found)


def _changes(
    before: Mapping[str, JSON], section: str, name: str, given: Mapping[str, str]
) -> dict[LimitField, str]:
    """Find the fields that do not come back as they were shown."""
    changes: dict[LimitField, str] = {}
    for one in FIELDS[section]:
        pointer = join((section, name, *one.path))
        text = given.get(pointer)
        if text is None:
            continue
        if normal(text) != normal(shown(look_up(before, pointer), one.kind)):
            changes[one] = normal(text)
    return changes


def _written(text: str, at: tuple[str, str], changes: Mapping[LimitField, str]) -> str:
    section, name = at
    current = look_up(read(text), join(at))
    if not isinstance(current, dict):
        raise SubmissionInvalid(
            f"{name[:120]} is not in the document any more.",
            hint="Write it into the document, or leave its limits as they were.",
        )
    return rewritten(text, at, with_changes(current, section, changes))


def with_changes(
    current: Mapping[str, JSON], section: str, changes: Mapping[LimitField, str]
) -> dict[str, JSON]:
    """Give an action type or agent with these limits; what means nothing without the limits that went, goes too."""
    after = deepcopy(dict(current))
    for one, text in changes.items():
        _put(after, one.path, read_field(text, one.kind))
    touched = {one.path[:end] for one in changes for end in range(1, len(one.path))}
    for group in GROUPS[section]:
        if group.path in touched:
            _settle(after, group, was_there=look_up(current, join(group.path)) is not MISSING)
    return after


def _put(holder: dict[str, JSON], path: Path, value: JSON) -> None:
    """Put a limit at its path, None for none; raises SubmissionInvalid where something else stands on the way."""
    for key in path[:-1]:
        inner = holder.get(key)
        if inner is None:
            if value is None:
                return
            inner = holder[key] = {}
        if not isinstance(inner, dict):
            message = f"{key} is no mapping in the document, so it has no place for limits."
            raise SubmissionInvalid(message, hint="Mend that in the document first.")
        holder = inner
    if value is None:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value


def _settle(after: dict[str, JSON], group: Group, *, was_there: bool) -> None:
    """Remove a group that limits nothing any more, unless something else needs what is left of it."""
    left = look_up(after, join(group.path))
    if not isinstance(left, dict) or left.keys() - group.companions:
        return
    needed = any(look_up(after, join(path)) is not MISSING for path in group.because)
    if not left or not was_there or not needed:
        _put(after, group.path, None)
