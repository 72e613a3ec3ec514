"""Write JSON values as YAML that reads back as just these values, whatever text they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from webapp.domain.json_text import JSON
from webapp.domain.yaml_lines import read_word

STEP = "  "

# what looks the same in YAML, JSON and to people; everything else stands in quotes
_WORD = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./-]*", re.ASCII)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_TWO_DIGITS, _FOUR_DIGITS = 0xFF, 0xFFFF

Path = tuple[str, ...]
Scalar: TypeAlias = "str | int | float | bool | None"
NO_NOTES: Mapping[Path, str] = {}


def entry(
    key: str, value: JSON, indent: str = "", notes: Mapping[Path, str] = NO_NOTES, path: Path = ()
) -> Iterator[str]:
    """Write one entry of a mapping as lines: what holds mappings over several, the rest on one.

    `notes` become comments, by the path of what they stand at, which is `path` for the entry itself. Nobody checks
    them, so nothing that an agent said may be in them.
    """
    tail = f"  # {notes[path]}" if path in notes else ""
    if not isinstance(value, dict) or not _is_spread(value, notes, path):
        yield f"{indent}{scalar(key)}: {flow(value)}{tail}"
        return
    yield f"{indent}{scalar(key)}:{tail}"
    for name, inner in value.items():
        yield from entry(name, inner, indent + STEP, notes, (*path, name))


def _is_spread(value: dict[str, JSON], notes: Mapping[Path, str], path: Path) -> bool:
    holds = any(isinstance(inner, dict) and inner for inner in value.values())
    return bool(value) and (holds or any((*path, name) in notes for name in value))


def flow(value: JSON) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        inside = (f"{scalar(key)}: {flow(inner)}" for key, inner in value.items())
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def scalar(value: Scalar) -> str:
    """Write text, a number, true, false or null."""
    if not isinstance(value, str):
        return json.dumps(value)
    is_word = _WORD.fullmatch(value) is not None and read_word(value) == value
    return value if is_word else f'"{"".join(map(_escaped, value))}"'


def _escaped(char: str) -> str:
    """Write a character between quotes; what cannot be seen, or turns the direction, by its number."""
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    number = ord(char)
    if number <= _TWO_DIGITS:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number <= _FOUR_DIGITS else f"\\U{number:08X}"
