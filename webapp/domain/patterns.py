"""Patterns with `*` for any characters, matched in time that grows only with the text, whoever wrote either."""

from __future__ import annotations

import unicodedata

from webapp.domain.signs import draws_nothing


def matches(pattern: str, text: str) -> bool:
    """Say whether the whole of `text` fits `pattern`, in which only `*` is special."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if len(text) < len(first) + len(last):
        return False
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def alike(text: str) -> str:
    """Give the form in which what only looks different is the same: case, width, blanks, and what draws nothing."""
    if text.isascii() and text.isprintable():  # as almost always
        return " ".join(text.lower().split())
    seen = "".join(one for one in text if one.isspace() or not draws_nothing(one))
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def is_denied(text: str, deny: tuple[str, ...]) -> bool:
    """Say whether one of the patterns, made `alike` already, covers `text` or what only looks different."""
    folded = alike(text) if deny else ""
    return any(matches(pattern, folded) for pattern in deny)
