"""Read the typed fields of one mapping of a policy document, noting everything that is wrong.

A reader of a field always gives a usable value, so that reading goes on and one check finds all
problems; a document with any problem is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from webapp.domain.duration import EXPECTED, parse_duration
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy_problems import Code, Notes, Place
from webapp.domain.yaml_lines import Node

LONGEST_TEXT = 1_000
LONGEST_NAME = 120
FOR_NOW = "remove it for now; it is refused rather than ignored"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One mapping of the document; empty where it is absent, so that its defaults hold."""

    node: Node
    path: str
    notes: Notes

    # where things stand

    @property
    def place(self) -> Place:
        """Say where the section begins."""
        return replace(self.node.place, path=self.path)

    def at(self, key: str) -> Place:
        """Say where the value of `key` stands, or the section where it is absent."""
        node = self._entries().get(key)
        return replace(node.place if node else self.node.place, path=self._under(key))

    def key_at(self, key: str) -> Place:
        """Say where `key` itself stands."""
        return replace(self.node.keys.get(key, self.node.place), path=self._under(key))

    def inside(self, key: str, item: Node) -> Place:
        """Say where something in the value of `key` stands."""
        return replace(item.place, path=self._under(key))

    def __contains__(self, key: str) -> bool:
        return key in self._entries()

    def names(self) -> tuple[str, ...]:
        """List the keys in the order of the document."""
        return tuple(self._entries())

    def raw(self, key: str) -> Node | None:
        """Give the node of `key` as it stands."""
        return self._entries().get(key)

    def _under(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _entries(self) -> dict[str, Node]:
        return self.node.value if isinstance(self.node.value, dict) else {}

    # what is written

    def only(self, known: Collection[str], later: Mapping[str, str] | None = None) -> None:
        """Refuse other keys: those of `later` as not supported yet, with what they would do."""
        for key in self._entries():
            if later and key in later:
                message = f"{key} is not supported yet: {later[key]} comes later."
                self.notes.problem(self.key_at(key), Code.UNSUPPORTED, message, FOR_NOW)
            elif key not in known:
                hint = did_you_mean(key, known) or f"known here: {', '.join(known)}"
                message = f"{key[:LONGEST_NAME]} is not known here."
                self.notes.problem(self.key_at(key), Code.UNKNOWN_KEY, message, hint)

    def text(self, key: str, most: int = LONGEST_TEXT) -> str | None:
        """Read words, at most `most` characters of them; None where they are absent."""
        node = self._typed(key, str, "text")
        if node is None or not isinstance(node.value, str):
            return None
        if not node.value.strip():
            self.notes.problem(self.at(key), Code.MISSING, f"{key} is empty.")
        elif len(node.value) > most:
            message = f"{key} has {len(node.value)} characters; {most} is the most."
            self.notes.problem(self.at(key), Code.OUT_OF_RANGE, message)
        elif any(character < " " and character not in "\n\t" for character in node.value):
            message = f"{key} contains a control character."
            self.notes.problem(self.at(key), Code.BAD_NAME, message)
        return node.value

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        node = self._typed(key, bool, "true or false")
        return bool(node.value) if node else default

    def whole(self, key: str, default: T, *, least: int, most: int) -> int | T:
        """Read an integer from `least` to `most`."""
        node = self._typed(key, int, f"a whole number from {least} to {most}")
        if node is None or not isinstance(node.value, int):
            return default
        self._bounded(key, node.value, least, most)
        return node.value

    def share(self, key: str, default: float) -> float:
        """Read a number from 0 to 1."""
        node = self._typed(key, int | float, "a number from 0 to 1")
        if node is None or not isinstance(node.value, int | float):
            return default
        self._bounded(key, node.value, 0, 1)
        return float(node.value)

    def _bounded(self, key: str, number: float, least: float, most: float) -> None:
        if not least <= number <= most:
            message = f"{key} is {number}; it must be from {least} to {most}."
            self.notes.problem(self.at(key), Code.OUT_OF_RANGE, message)

    def duration(self, key: str, default: timedelta, *, zero: bool = False) -> timedelta:
        """Read a duration such as `30m`; more than nothing unless `zero`."""
        node = self._entries().get(key)
        if node is None:
            return default
        length = parse_duration(node.value) if isinstance(node.value, str) else None
        if length is None:
            message = f"{key} is not a duration of at most 366 days."
            self.notes.problem(self.at(key), Code.BAD_DURATION, message, EXPECTED)
        elif not length and not zero:
            message = f"{key} is nothing at all; it must be longer."
            self.notes.problem(self.at(key), Code.BAD_DURATION, message, EXPECTED)
        return length or (timedelta() if zero else default)

    def choice(self, key: str, options: Mapping[str, T], default: T) -> T:
        """Read one of the words in `options` and give what it stands for."""
        node = self._typed(key, str, f"one of {', '.join(options)}")
        if node is None:
            return default
        word = str(node.value)
        if word in options:
            return options[word]
        hint = did_you_mean(word, options)
        message = f"{key} is {word[:LONGEST_NAME]}; it must be one of {', '.join(options)}."
        self.notes.problem(self.at(key), Code.NOT_A_CHOICE, message, hint)
        return default

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Read a list of words that is not empty; None where it is absent."""
        node = self._typed(key, list, 'a list such as ["one", "two"]')
        if node is None or not isinstance(node.value, list):
            return None
        if not node.value:
            self.notes.problem(self.at(key), Code.MISSING, f"{key} lists nothing.")
        return tuple(
            item.value if isinstance(item.value, str) else self._not_text(item, f"{key}[{index}]")
            for index, item in enumerate(node.value)
        )

    def _not_text(self, item: Node, key: str) -> str:
        place = replace(item.place, path=self._under(key))
        hint = None if isinstance(item.value, dict | list) else "write it in quotes"
        self.notes.problem(place, Code.WRONG_TYPE, f"{key} must be text.", hint)
        return "?"

    # what is inside

    def section(self, key: str) -> Section:
        """Give the mapping under `key`, an empty one where it is absent."""
        node = self._typed(key, dict, "a mapping")
        if node is None:
            node = Node(place=self.key_at(key), value={})
        return Section(node=node, path=self._under(key), notes=self.notes)

    def listed(self, key: str) -> Iterator[Section]:
        """Give each mapping in the list under `key`."""
        node = self._typed(key, list, "a list")
        items = node.value if node and isinstance(node.value, list) else []
        for index, item in enumerate(items):
            path = f"{self._under(key)}[{index}]"
            if not isinstance(item.value, dict):
                place = replace(item.place, path=path)
                self.notes.problem(place, Code.WRONG_TYPE, f"{key}[{index}] must be a mapping.")
                continue
            yield Section(node=item, path=path, notes=self.notes)

    def _typed(self, key: str, kind: type | object, words: str) -> Node | None:
        """Give the node under `key` where its value is of `kind`; None, noted, where it is not."""
        node = self._entries().get(key)
        if node is None or (node.value is None and kind in {dict, list}):
            return None
        is_flag = isinstance(node.value, bool)
        if isinstance(node.value, kind) and is_flag is (kind is bool):  # type: ignore[arg-type]
            return node
        hint = None
        if kind is str and not isinstance(node.value, dict | list):
            hint = "write it in quotes"
        self.notes.problem(self.at(key), Code.WRONG_TYPE, f"{key} must be {words}.", hint)
        return None
