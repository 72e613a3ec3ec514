"""Where the entries of a YAML text stand, character by character, and which cut adds, changes or removes one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

BYTE_ORDER_MARK = "\ufeff"  # the parser does not count it

_ALIAS = re.compile(r"\s*:\s*(\*[^\s,\[\]{}]+)")
_COMMENT = re.compile(r"\s*(#.*)?")
_TO_THE_NEXT = re.compile(r"\s*,[^\S\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One place in a text, counted in characters, and what stands there afterwards."""

    start: int
    end: int
    text: str

    def made(self, text: str) -> str:
        """Give the text after the cut."""
        return text[: self.start] + self.text + text[self.end :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One entry of a mapping: where its key begins, and its value begins and ends."""

    key: str
    key_start: int
    start: int
    end: int
    value: yaml.Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A mapping of the text with its entries; `start` and `end` are those of the braces where it has some."""

    pairs: tuple[Pair, ...]
    is_flow: bool
    column: int
    start: int
    end: int

    def find(self, key: str) -> Pair | None:
        """Give the entry of that key."""
        return next((pair for pair in self.pairs if pair.key == key), None)


class Places:
    """The places of a text that was read before without a problem."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.shift = int(text.startswith(BYTE_ORDER_MARK))
        self.root: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)

    def holder(self, path: Sequence[str]) -> Holder | None:
        """Give the mapping at `path`, None where there is none."""
        found = self._holder(self.root)
        for name in path:
            pair = found.find(name) if found else None
            found = self._holder(pair.value) if pair else None
        return found

    def _holder(self, node: yaml.Node | None) -> Holder | None:
        if not isinstance(node, yaml.MappingNode):
            return None
        pairs = tuple(self._pair(key, value) for key, value in node.value)
        return Holder(
            pairs=pairs,
            is_flow=bool(node.flow_style),
            column=node.value[0][0].start_mark.column if pairs else 0,
            start=self._start(node),
            end=node.end_mark.index + self.shift,
        )

    def _pair(self, key: yaml.Node, value: yaml.Node) -> Pair:
        start, end = self._start(value), self._end(value)
        after_key = key.end_mark.index + self.shift
        if start < after_key:  # it was written out before, and an alias stands here
            alias = _ALIAS.match(self.text, after_key)
            start, end = alias.span(1) if alias else (after_key, after_key)
        return Pair(
            key=str(key.value), key_start=self._start(key), start=start, end=end, value=value
        )

    def _start(self, node: yaml.Node) -> int:
        return int(node.start_mark.index) + self.shift

    def _end(self, node: yaml.Node) -> int:
        """Say where a node ends; the parser takes what is not written between braces to end where the next begins."""
        if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
            return self._pair(*node.value[-1]).end
        if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
            return self._end(node.value[-1])
        start = self._start(node)
        return start + len(self.text[start : node.end_mark.index + self.shift].rstrip())

    # cuts

    def beginning(self, lines: Sequence[str]) -> Cut:
        """Write the first entry of a document that holds nothing but comments."""
        at = len(self.text)
        new_line = "\n" if self.text and not self.text.endswith("\n") else ""
        return Cut(start=at, end=at, text=new_line + "".join(f"{line}\n" for line in lines))

    def replacement(self, holder: Holder, pair: Pair, line: str, below: Sequence[str]) -> Cut:
        """Put another value into an entry: `line`, or the lines `below` its key where it takes several."""
        if not below or holder.is_flow:
            blank = " " if pair.start == pair.end else ""
            return Cut(start=pair.start, end=pair.end, text=blank + line)
        stop = self._line_end(pair.end)
        comment = self.text[pair.end : stop]
        start = len(self.text[: pair.start].rstrip(" "))
        return Cut(start=start, end=stop, text="\n".join([comment, *_indented(below, holder)]))

    def insertion(self, holder: Holder, line: str, lines: Sequence[str]) -> Cut:
        """Add an entry to a mapping as its last one: `lines`, or one `line` between braces."""
        if not holder.pairs:  # of what is empty only the document itself is looked into
            return Cut(start=holder.start, end=holder.end, text="\n".join(lines))
        last = holder.pairs[-1]
        if holder.is_flow:
            return Cut(start=last.end, end=last.end, text=f", {line}")
        at = self._line_end(last.end)
        return Cut(start=at, end=at, text="".join(f"\n{one}" for one in _indented(lines, holder)))

    def removal(self, holder: Holder, pair: Pair) -> Cut | None:
        """Take an entry out: its lines, with a comment behind it, or what stands between two commas."""
        if holder.is_flow:
            return self._removal_between_braces(holder, pair)
        begin = self.text.rfind("\n", 0, pair.key_start) + 1
        stop = self._line_end(pair.end)
        before, behind = self.text[begin : pair.key_start], self.text[pair.end : stop]
        if before.strip(" ") or not _COMMENT.fullmatch(behind):
            return None
        if stop == len(self.text):
            return Cut(start=max(begin - 1, 0), end=stop, text="")
        return Cut(start=begin, end=stop + 1, text="")

    def _removal_between_braces(self, holder: Holder, pair: Pair) -> Cut:
        at = holder.pairs.index(pair)
        comma = _TO_THE_NEXT.match(self.text, pair.end)
        if comma:
            return Cut(start=pair.key_start, end=comma.end(), text="")
        before = holder.pairs[at - 1].end if at else pair.key_start
        is_plain = not self.text[before : pair.key_start].strip(", \n")
        return Cut(start=before if is_plain else pair.key_start, end=pair.end, text="")

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found


def _indented(lines: Sequence[str], holder: Holder) -> list[str]:
    return [" " * holder.column + line for line in lines]
