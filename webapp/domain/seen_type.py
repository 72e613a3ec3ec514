"""Draft an action type from the args with which an action was asked for, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.domain.json_text import JSON
from webapp.domain.money import read_number
from webapp.domain.seen_args import (
    MOST_ARGS,
    Object,
    Path,
    is_amount,
    is_currency_arg,
    names_something,
    schema_of,
)

ACTIONS = "actions"
MOST_IN_SUMMARY = 4
LONGEST_IN_SUMMARY = 60

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}", re.ASCII)
_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9_.:/-]{1,79}", re.ASCII)

Always = Mapping[str, Sequence[JSON]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenType:
    """An action type as the recorded args suggest it; `notes` are comments by their paths in the document."""

    name: str
    seen: int
    value: dict[str, JSON]
    notes: Mapping[Path, str]

    @property
    def path(self) -> Path:
        """Say where it belongs in a document."""
        return (ACTIONS, self.name)


def type_of(name: str, samples: Sequence[Object]) -> SeenType:
    """Draft the type of the action `name` from at least one sample of its args; it never runs unasked."""
    title = " ".join(re.split(r"[._]+", name)).strip().capitalize()
    always = _always(samples)
    target = _target(always)
    args = schema_of(samples)
    value: dict[str, JSON] = {"title": title, "summary": _summary(title, always, target)}
    if target:
        value["target"] = f"/{target}"
    value |= {"risk": "high", "reversible": False, "args": args.schema}
    many = "1 recorded handoff" if len(samples) == 1 else f"{len(samples)} recorded handoffs"
    at = (ACTIONS, name)
    notes: dict[Path, str] = {
        at: f"drafted from {many}: correct it before you publish it",
        (*at, "risk"): "until a person says otherwise",
        (*at, "reversible"): "so nothing runs unasked; true where it can be undone",
    }
    notes |= {(*at, "args", *path): words for path, words in args.notes.items()}
    return SeenType(name=name, seen=len(samples), value=value, notes=notes)


def _always(samples: Sequence[Object]) -> dict[str, list[JSON]]:
    """Give the args of every sample that are text or a whole number, as far as a template can name them."""
    names = [name for name in samples[0] if _SIMPLE.fullmatch(name)][:MOST_ARGS]
    found = {name: [one.get(name) for one in samples] for name in names}
    return {name: values for name, values in found.items() if all(map(_is_plain, values))}


def _is_plain(value: JSON) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _target(always: Always) -> str | None:
    """Choose what the action acts on: of what looks like an identity, the arg that varies most."""
    found = [name for name, values in always.items() if _is_identity(name, values)]
    return max(found, key=lambda name: _variety(name, always[name]), default=None)


def _variety(name: str, values: Sequence[JSON]) -> tuple[int, bool]:
    return len({str(value) for value in values}), names_something(name)


def _is_identity(name: str, values: Sequence[JSON]) -> bool:
    return names_something(name) or all(map(_is_code, values))


def _is_code(value: JSON) -> bool:
    is_code = isinstance(value, str) and _CODE.fullmatch(value) is not None
    return is_code and read_number(value) is None


def _summary(title: str, always: Always, target: str | None) -> str:
    """Write the template of the sentence people read: money first, then what it acts on, then what is short."""
    money = _money(always)
    short = [name for name, values in always.items() if all(map(_is_short, values))]
    named = dict.fromkeys([target, *short] if target else short)
    rest = [f"{name.replace('_', ' ')} {{{name}}}" for name in named if name not in money]
    amount = [" ".join(f"{{{name}}}" for name in money)] if money else []
    shown = ", ".join([*amount, *rest][:MOST_IN_SUMMARY])
    return f"{title}: {shown}" if shown else title


def _money(always: Always) -> tuple[str, ...]:
    """Name the amount and its currency, where there are both."""
    currency = next((name for name, values in always.items() if is_currency_arg(name, values)), "")
    amount = _amount(always) if currency else ""
    return (amount, currency) if amount else ()


def _amount(always: Always) -> str:
    """Choose the amount, of several one with decimals."""
    found = [name for name, values in always.items() if is_amount(name, values)]
    return max(found, key=lambda name: any("." in str(value) for value in always[name]), default="")


def _is_short(value: JSON) -> bool:
    text = str(value)
    return len(text) <= LONGEST_IN_SUMMARY and not re.search(r"\s", text)
