"""Show what machines wrote as text and nothing else: no markup, nothing hidden or reversed."""

from __future__ import annotations

import json
import unicodedata
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup, escape

from webapp.domain.signs import hidden_in

LAYOUT = frozenset("\n\t")
SHORT = 64


def _hidden_in(text: str) -> list[bool]:
    """Say of each character whether it draws nothing, breaks the line or turns the direction."""
    return [
        hides and character not in LAYOUT
        for character, hides in zip(text, hidden_in(text), strict=True)
    ]


def inert(text: object) -> Markup:
    """Escape `text`, spell out characters that hide, and keep its direction to itself."""
    said = str(text)
    if said.isascii() and (said.isprintable() or not hiding(said)):
        return escape(said)
    parts = (_odd(run) if hides else escape(run) for hides, run in _runs(said))
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def _runs(text: str) -> list[tuple[bool, str]]:
    told = zip(_hidden_in(text), text, strict=True)
    return [
        (hides, "".join(sign for _, sign in run)) for hides, run in groupby(told, key=itemgetter(0))
    ]


def _odd(run: str) -> Markup:
    marks = (
        Markup('<span class="odd" title="{}">U+{:04X}</span>').format(_name(char), ord(char))
        for char in run
    )
    return Markup("").join(marks)


def _name(character: str) -> str:
    return unicodedata.name(character, "a character that cannot be seen").lower()


def hiding(text: str) -> bool:
    """Say whether `text` holds characters that `inert` would spell out."""
    return any(_hidden_in(text))


def json_text(value: object) -> str:
    """Write a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def short_json(value: object) -> bool:
    """Say whether a value is best read on one line."""
    return len(json_text(value)) <= SHORT
