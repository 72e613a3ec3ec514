"""Make a JSON Schema of the args that were seen, which lets all of them through, and say what it rests on.

Agents said these args, so nothing they wrote is copied but names, and words of an enumeration that look like code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.domain.amounts import read_amount
from webapp.domain.json_text import JSON
from webapp.domain.money import is_currency

MOST_ARGS = 60
DEEPEST = 3
LONGEST_NAME = 60
ENOUGH, MOST_VALUES, TIMES = 10, 8, 3  # samples, distinct values, and samples for each of them
MOST_ITEMS = 1_000

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,39}", re.ASCII)
_IDENTITY = re.compile(r"(?:.*[_-])?(?:id|uuid|key|no|number|ref|reference)|.*(?:Id|ID|Key|Ref)")
_STEPS = (1, 2, 5)
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (dict, "object"),
    (list, "array"),
)

Object = Mapping[str, JSON]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A schema, and for its parts by path what was seen of them."""

    schema: dict[str, JSON]
    notes: Mapping[Path, str]


@dataclass(slots=True, kw_only=True)
class _Writing:
    """What was found so far, and how many args may still be listed."""

    notes: dict[Path, str] = field(default_factory=dict)
    left: int = MOST_ARGS


def schema_of(samples: Sequence[Object]) -> Seen:
    """Describe the args of all samples, of which there is at least one."""
    writing = _Writing()
    schema: dict[str, JSON] = {"type": "object", **_object(samples, (), writing)}
    return Seen(schema=schema, notes=writing.notes)


def names_something(name: str) -> bool:
    """Say whether an arg is called as identities are."""
    return _IDENTITY.fullmatch(name) is not None


def is_amount(name: str, values: Iterable[JSON]) -> bool:
    """Say whether an arg always is an amount in text; it is money where a currency stands beside it."""
    written = all(isinstance(value, str) and read_amount(value) is not None for value in values)
    return written and not names_something(name)


def is_currency_arg(name: str, values: Iterable[JSON]) -> bool:
    """Say whether an arg is called a currency and always is one."""
    called_so = name == "currency" or name.endswith(("_currency", "Currency"))
    return called_so and all(map(is_currency, values))


def _names(samples: Sequence[Object]) -> list[str]:
    """List the names of all args, those that are nearly always there first."""
    counts: dict[str, int] = {}
    for one in samples:
        for name in one:
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: -counts[name])


def _object(samples: Sequence[Object], path: Path, writing: _Writing) -> dict[str, JSON]:
    """Describe what objects hold: keywords beside `type: object`."""
    listed, left_out = _listed(samples, writing)
    given = {name: [one[name] for one in samples if name in one] for name in listed}
    required: list[JSON] = [name for name in listed if len(given[name]) == len(samples)]
    if left_out:
        words = "1 arg that was seen is" if left_out == 1 else f"{left_out} args that were seen are"
        writing.notes[(*path, "additionalProperties")] = f"{words} not listed here"
    schema: dict[str, JSON] = {"additionalProperties": bool(left_out)}
    if required:
        schema["required"] = required
    if given:
        schema["properties"] = _properties(given, len(samples), path, writing)
    return schema


def _properties(
    given: Mapping[str, Sequence[JSON]], of: int, path: Path, writing: _Writing
) -> dict[str, JSON]:
    """Describe each arg of so many objects by the values that it had."""
    properties: dict[str, JSON] = {}
    priced = any(is_currency_arg(name, values) for name, values in given.items())
    for name, values in given.items():
        here = (*path, "properties", name)
        writing.notes[here] = _seen(values, of)
        if priced and is_amount(name, values):
            writing.notes[here] += ": money"
            properties[name] = {"type": "string", "pattern": _decimals(values)}
        else:
            properties[name] = _part(name, values, here, writing)
    return properties


def _listed(samples: Sequence[Object], writing: _Writing) -> tuple[list[str], int]:
    """Choose the args to list; those with names that people cannot read are not, nor are those that are too many."""
    names = _names(samples)
    readable = [name for name in names if 0 < len(name) <= LONGEST_NAME and name.isprintable()]
    listed = readable[: writing.left]
    writing.left -= len(listed)
    return listed, len(names) - len(listed)


def _seen(values: Sequence[JSON], of: int) -> str:
    """Say how often an arg was there, and with how many values."""
    words = f"seen in {len(values)} of {of}"
    if any(isinstance(value, dict | list) for value in values):
        return words
    distinct = len({(type(value), value) for value in values if not isinstance(value, dict | list)})
    return f"{words}, {distinct} {'value' if distinct == 1 else 'values'}"


def _part(name: str, values: Sequence[JSON], path: Path, writing: _Writing) -> dict[str, JSON]:
    """Describe one arg by its values."""
    if not names_something(name) and _is_enumeration(values):
        return {"enum": [*sorted({value for value in values if isinstance(value, str)})]}
    if is_currency_arg(name, values):
        return {"type": "string", "pattern": "^[A-Z]{3}$"}
    return _typed(values, path, writing)


def _is_enumeration(values: Sequence[JSON]) -> bool:
    """Say whether there are few different words in many samples, all of which look like code and not like prose."""
    words = [value for value in values if isinstance(value, str) and _WORD.fullmatch(value)]
    distinct = len(set(words))
    return (
        len(words) == len(values) >= max(ENOUGH, TIMES * distinct) and 0 < distinct <= MOST_VALUES
    )


def _decimals(values: Sequence[JSON]) -> str:
    """Give the pattern of amounts: with as many decimals as they all have, else with up to four."""
    decimals = {len(str(value).partition(".")[2]) for value in values}
    whole = "^(0|[1-9][0-9]{0,12})"
    if decimals == {0}:
        return f"{whole}$"
    if len(decimals) == 1:
        return f"{whole}[.][0-9]{{{decimals.pop()}}}$"
    return f"{whole}([.][0-9]{{1,4}})?$"


def _typed(values: Sequence[JSON], path: Path, writing: _Writing) -> dict[str, JSON]:
    """Describe values by their types, and by the bounds of each type."""
    kinds = _kinds(values)
    schema: dict[str, JSON] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    if "string" in kinds:
        schema["maxLength"] = _rounded_up(max(len(v) for v in values if isinstance(v, str)))
    if "integer" in kinds:
        whole = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
        schema |= {"minimum": min(whole), "maximum": max(whole)}
    return schema | _holding(values, path, writing)


def _kinds(values: Sequence[JSON]) -> list[JSON]:
    """List the types of values; a number may be whole as well."""
    kinds = dict.fromkeys(map(_type, values))
    if "number" in kinds:
        kinds.pop("integer", None)
    return [*kinds]


def _holding(values: Sequence[JSON], path: Path, writing: _Writing) -> dict[str, JSON]:
    """Describe what is in those values that hold others."""
    objects = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    found: dict[str, JSON] = {}
    if objects and _depth(path) < DEEPEST:
        found |= _object(objects, path, writing)
    if lists:
        found |= _array(lists, path, writing)
    return found


def _array(lists: Sequence[list[JSON]], path: Path, writing: _Writing) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"maxItems": _rounded_up(max(map(len, lists)))}
    items = [item for one in lists for item in one]
    if items and len(items) <= MOST_ITEMS and _depth(path) < DEEPEST:
        schema["items"] = _typed(items, (*path, "items"), writing)
    return schema


def _type(value: JSON) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def _depth(path: Iterable[str]) -> int:
    """Count how far down a path leads; `items` and `properties` may be names as well, which only ends it sooner."""
    return sum(step in {"items", "properties"} for step in path)


def _rounded_up(length: int) -> int:
    """Give the next of 10, 20, 50, 100, 200 and so on."""
    return next(bound for bound in _bounds() if bound >= length)


def _bounds() -> Iterator[int]:
    power = 10
    while True:
        yield from (step * power for step in _STEPS)
        power *= 10
