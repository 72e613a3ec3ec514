"""The words of a CEL expression, for what its compiler does not check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_PARTS = re.compile(
    r"""
    (?P<text> [bB]?[rR][bB]? (?: "[^"\n]*" | '[^'\n]*' )
            | [bB]?[rR]?[bB]? (?: \"{3} .*? \"{3} | '{3} .*? '{3} )
            | [bB]? (?: "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' ) )
  | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<number> [0-9][0-9A-Za-z_.]* )
  | (?P<gap> \s+ | //[^\n]* )
  | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CHAIN = re.compile(
    r"(?<![\w.])(?P<names>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<call>\s*\()?", re.ASCII
)
Chain = tuple[str, ...]


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    NAME = "name"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of an expression; `at` is where it begins, counted from 0."""

    kind: Kind
    text: str
    at: int


def tokens(expression: str) -> list[Token]:
    """Split an expression into its words, without spaces and comments."""
    return [
        Token(kind=Kind(match.lastgroup), text=match[0], at=match.start())
        for match in _PARTS.finditer(expression)
        if match.lastgroup and match.lastgroup != "gap"
    ]


def chains(expression: str) -> Iterator[tuple[int, Chain]]:
    """Give each dotted name such as `args.place.region` and where it begins, without a method called at its end."""
    bare = _PARTS.sub(
        lambda part: part[0] if part["text"] is None else " " * len(part[0]), expression
    )
    for match in _CHAIN.finditer(bare):
        names = tuple(name.strip() for name in match["names"].split("."))
        names = names[:-1] if match["call"] else names
        if names:
            yield match.start(), names
