"""Read YAML as plain JSON values that remember their lines: no tags, no dates, nothing clever.

Plain scalars follow the YAML 1.2 core schema (`no` is a word, `12:30` is a word), keys are unique
text, and aliases are counted as if they were written out, so that they cannot explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol, TypeAlias

import yaml

from webapp.domain.json_text import GREATEST_INTEGER, JSON
from webapp.domain.policy_problems import Code, Notes, Place

LARGEST = 262_144
DEEPEST = 40
MOST_NODES = 50_000

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_REAL = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII
)
_LOOKS_LIKE_ONE = re.compile(r"[-+]?(?:0[0-9]+|\.inf|\.nan)", re.ASCII | re.IGNORECASE)
_LONGEST_INTEGER = len(str(-GREATEST_INTEGER))
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
}

Value: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """One value of the document with the place it starts at; `keys` are the places of its keys.

    `size` and `height` count it with everything inside of it. `first` is where the first character of a text stands, if
    its lines are those of the document.
    """

    place: Place
    value: Value
    keys: dict[str, Place] = field(default_factory=dict)
    size: int = 1
    height: int = 1
    first: Place | None = None

    def inside(self, line: int, column: int) -> Place:
        """Say where a character of the text stands, as precisely as one can; both count from 1."""
        if self.first is None:
            return self.place
        return Place(line=self.first.line + line - 1, column=self.first.column + column - 1)

    def plain(self) -> JSON:
        """Give the value without its places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_yaml(text: str, notes: Notes) -> Node | None:
    """Read one document; None where a problem was noted that leaves nothing to look at."""
    start = Place(line=1, column=1)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        notes.problem(_place_of(text, error.start), Code.SYNTAX, "A lone surrogate is not text.")
        return None
    if size > LARGEST:
        message = f"The document has {size:,} bytes; {LARGEST:,} is the most."
        notes.problem(start, Code.TOO_LARGE, message)
        return None
    try:
        return _Composer(text, notes).compose(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = error.problem or error.context or "This is not YAML"
        notes.problem(_place(mark), Code.SYNTAX, f"{words[:1].upper()}{words[1:]}.")
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")  # it counts bytes
        place = _place_of(text, len(before))
        notes.problem(place, Code.SYNTAX, "A control character is not allowed here.")
    return None


class _Mark(Protocol):
    """A place as both of PyYAML's parsers give it, counted from 0."""

    line: int
    column: int


def _place(mark: _Mark | None) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1) if mark else Place(line=1, column=1)


def _place_of(text: str, index: int) -> Place:
    before = text[: max(index, 0)]
    return Place(line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


@dataclass(slots=True, kw_only=True)
class _Frame:
    """A list or mapping that has begun and not ended."""

    place: Place
    anchor: str | None
    items: list[Node] | None = None
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    key: Node | None = None


class _Composer:
    """Build nodes from the parser's events without recursion."""

    def __init__(self, text: str, notes: Notes) -> None:
        self.lines = text.split("\n")
        self.notes = notes
        self.frames: list[_Frame] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.documents = 0
        self.nodes = 0

    def compose(self, events: Iterable[yaml.Event]) -> Node | None:
        """Give the document's root; None where it is empty or was given up."""
        for event in events:
            self._take(event)
            if self.nodes > MOST_NODES:
                message = f"The document has more than {MOST_NODES:,} values, aliases written out."
                self.notes.problem(_place(event.start_mark), Code.TOO_LARGE, message)
                return None
            if len(self.frames) > DEEPEST or (self.root and self.root.height > DEEPEST):
                message = f"The document is nested deeper than {DEEPEST} levels."
                self.notes.problem(_place(event.start_mark), Code.TOO_DEEP, message)
                return None
        return self.root

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                message = "A second document begins here; a policy is one document."
                self.notes.problem(_place(event.start_mark), Code.SYNTAX, message)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        self._refuse_tag(event)
        items: list[Node] | None = [] if isinstance(event, yaml.SequenceStartEvent) else None
        frame = _Frame(place=_place(event.start_mark), anchor=event.anchor, items=items)
        self.frames.append(frame)

    def _end(self) -> None:
        frame = self.frames.pop()
        inside = list(frame.entries.values()) if frame.items is None else frame.items
        node = Node(
            place=frame.place,
            value=frame.entries if frame.items is None else frame.items,
            keys=frame.keys,
            size=1 + sum(child.size for child in inside),
            height=1 + max((child.height for child in inside), default=0),
        )
        self._add(node, frame.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = _place(event.start_mark)
        node = self.anchors.get(event.anchor or "")
        if node is None:
            message = f"*{event.anchor} is not defined above."
            self.notes.problem(place, Code.SYNTAX, message)
            node = Node(place=place, value=None)
        self.nodes += node.size
        self._add(node, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        self.nodes += 1
        if anchor:
            self.anchors[anchor] = node
        if not self.frames:
            self.root = self.root or node
            return
        frame = self.frames[-1]
        if frame.items is not None:
            frame.items.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            self._add_entry(frame, frame.key, node)
            frame.key = None

    def _add_entry(self, frame: _Frame, key: Node, node: Node) -> None:
        if not isinstance(key.value, str):
            hint = "write it in quotes" if not isinstance(key.value, dict | list) else None
            self.notes.problem(key.place, Code.WRONG_TYPE, "A key is text.", hint)
        elif key.value in frame.entries:
            first = frame.keys[key.value].line
            message = f"{key.value[:80]} stands here a second time, first on line {first}."
            self.notes.problem(key.place, Code.DUPLICATE_KEY, message)
        else:
            frame.entries[key.value] = node
            frame.keys[key.value] = key.place

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        self._refuse_tag(event)
        place = _place(event.start_mark)
        value = read_word(event.value) if event.style in {None, ""} else event.value
        if isinstance(value, NotANumber):
            message = f"{event.value[:40]} is not a number that JSON carries exactly."
            self.notes.problem(place, Code.BAD_NUMBER, message, "write it in quotes if it is text")
            return Node(place=place, value=None)
        return Node(place=place, value=value, first=self._first(event))

    def _first(self, event: yaml.ScalarEvent) -> Place | None:
        """Say where a scalar's first character stands, where the document has it as it is read."""
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return None
        if event.style == "|":
            inside = self.lines[start.line + 1 : end.line + 1]
            line = next((line for line in inside if line.strip()), "")
            indent = len(line) - len(line.lstrip(" "))
            return Place(line=start.line + 2, column=indent + 1)
        quotes = 1 if event.style in {"'", '"'} else 0
        if start.line != end.line or end.column - start.column != len(event.value) + 2 * quotes:
            return None
        return Place(line=start.line + 1, column=start.column + 1 + quotes)

    def _refuse_tag(self, event: yaml.Event) -> None:
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            message = f"The tag {tag[:40]} is not allowed; values are what they look like."
            self.notes.problem(_place(event.start_mark), Code.SYNTAX, message)


class NotANumber:
    """A plain scalar that looks like a number and is none that JSON has."""


def read_word(text: str) -> str | int | float | bool | NotANumber | None:
    """Read a scalar without quotes by the YAML 1.2 core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        number = int(text) if len(text) <= _LONGEST_INTEGER else GREATEST_INTEGER + 1
        return number if abs(number) <= GREATEST_INTEGER else NotANumber()
    if _LOOKS_LIKE_ONE.fullmatch(text):
        return NotANumber()
    if _REAL.fullmatch(text):
        real = float(text)
        return real if isfinite(real) else NotANumber()
    return text
