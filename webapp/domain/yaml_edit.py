"""Change values in a YAML text where they stand: every other byte, comments and layout too, stays as it is.

Each change is one cut in the text. Afterwards the text is read again, and it must say exactly what was asked for;
where it does not, as with an anchor that an alias repeats elsewhere, nothing is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from webapp.domain.errors import SubmissionInvalid
from webapp.domain.json_text import JSON
from webapp.domain.policy_problems import Notes
from webapp.domain.yaml_lines import read_yaml
from webapp.domain.yaml_places import Cut, Places
from webapp.domain.yaml_text import NO_NOTES, Path, entry, flow

LONGEST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Gone:
    """What is asked for where a key is to be removed."""


def read(text: str) -> dict[str, JSON]:
    """Read a document that is a mapping, or empty. Raises SubmissionInvalid."""
    notes = Notes()
    root = read_yaml(text, notes)
    if notes.problems:
        first = notes.problems[0]
        raise SubmissionInvalid(
            f"The document cannot be read yet. Line {first.line}: {first.message}",
            hint="Mend that first.",
        )
    value = root.plain() if root else None
    if value is not None and not isinstance(value, dict):
        raise SubmissionInvalid("The document is no mapping yet.", hint="Mend that first.")
    return value or {}


def rewritten(text: str, path: Path, value: JSON, notes: Mapping[Path, str] = NO_NOTES) -> str:
    """Give the text in which `value` stands at `path`, and which is as it was where the two do not differ.

    `notes` are comments for what is new, by their paths in the document. Raises SubmissionInvalid where it cannot be
    written.
    """
    before = read(text)
    wanted = with_value(before, path, value)
    for at, new in _changes(before, wanted, ()):
        text = _changed(text, at, new, notes)
    if form(_read_again(text, path)) != form(wanted):
        raise _unwritable(path)
    return text


def with_value(holder: JSON, path: Path, value: JSON) -> dict[str, JSON]:
    """Give a copy of `holder` that has `value` at `path`; what is no mapping on the way there becomes one."""
    copy = dict(holder) if isinstance(holder, dict) else {}
    inside = len(path) > 1
    copy[path[0]] = with_value(copy.get(path[0]), path[1:], value) if inside else value
    return copy


def form(value: JSON) -> str:
    """Write a value so that 1, 1.0 and true differ, and the order of keys does not count."""
    return json.dumps(value, sort_keys=True)


def _read_again(text: str, path: Path) -> dict[str, JSON]:
    try:
        return read(text)
    except SubmissionInvalid as error:
        raise _unwritable(path) from error


def _unwritable(path: Path) -> SubmissionInvalid:
    name = ".".join(path)[:LONGEST_NAMED]
    return SubmissionInvalid(
        f"{name} stands in the document in a way that only a person can change.",
        hint="Write it into the document by hand.",
    )


def _changes(
    before: dict[str, JSON], after: dict[str, JSON], path: Path
) -> Iterator[tuple[Path, JSON | Gone]]:
    """Say what differs; what goes comes last, so that no mapping is empty in between."""
    for key, new in after.items():
        old, here = before.get(key), (*path, key)
        if isinstance(old, dict) and isinstance(new, dict) and old and new:
            yield from _changes(old, new, here)
        elif key not in before or form(old) != form(new):
            yield here, new
    yield from (((*path, key), Gone()) for key in before if key not in after)


def _changed(text: str, path: Path, value: JSON | Gone, notes: Mapping[Path, str]) -> str:
    """Make one change to the entry at `path`, the mapping around which is there. Raises SubmissionInvalid."""
    try:
        cut = _cut(Places(text), path, value, notes)
    except yaml.YAMLError as error:
        raise _unwritable(path) from error
    if cut is None:
        raise _unwritable(path)
    return cut.made(text)


def _cut(places: Places, path: Path, value: JSON | Gone, notes: Mapping[Path, str]) -> Cut | None:
    holder = places.holder(path[:-1])
    pair = holder.find(path[-1]) if holder else None
    if isinstance(value, Gone):
        return places.removal(holder, pair) if holder and pair else None
    lines = list(entry(path[-1], value, "", notes, path))
    if places.root is None:
        return places.beginning(lines)
    if holder is None:
        return None
    if pair is None:
        return places.insertion(holder, flow({path[-1]: value})[1:-1], lines)
    return places.replacement(holder, pair, flow(value), lines[1:])
