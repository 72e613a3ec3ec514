"""A preview: what a look shows people of the world before they decide, and what has changed when it is asked again.

Only what is shown is compared, so that nobody is asked again for what nobody saw; and all that is compared is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from webapp.domain import look as looks
from webapp.domain.action import Action
from webapp.domain.canonical import canonical
from webapp.domain.json_text import JSON
from webapp.domain.look import ArgRefused, Look, Seen, address_of
from webapp.domain.pointer import MISSING, join, look_up
from webapp.domain.summary import LONGEST_VALUE, visible

MOST_VALUES = 60  # of each side: more than people read
MOST_POINTERS = 40
MOST_TOLD = 3
WHOLE = ""
Values = Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the policy has people shown: where in the answer before and after stand, and what of them counts.

    Without `after`, what the agent says it expects stands there. `only` are pointers into before and after; without
    any, every value counts.
    """

    look: Look
    before: str = WHOLE
    after: str | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """What one look has shown: values by their pointers; or the `problem`, why there is nothing to show.

    What is not there has no value. `after` is None where the policy names none.
    """

    before: Values
    after: Values | None = None
    problem: str | None = None

    @property
    def digest(self) -> str:
        """Give the hash that a decision is bound to."""
        return f"sha256:{hashlib.sha256(canonical(self.to_json())).hexdigest()}"

    def to_json(self) -> dict[str, Any]:
        """Give the form that is kept in the history."""
        if self.problem is not None:
            return {"problem": self.problem}
        after = None if self.after is None else dict(self.after)
        return {"before": dict(self.before), "after": after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that is another than people were shown; MISSING stands for what is not there."""

    pointer: str
    was: object
    found: object

    def to_json(self) -> dict[str, Any]:
        """Give it as the answer of the API and the history tell it: what is not there is left out."""
        told = {"was": self.was, "is": self.found}
        return {"pointer": self.pointer} | {k: v for k, v in told.items() if v is not MISSING}


def pictured_from(data: Mapping[str, Any]) -> Pictured:
    """Read what `to_json` gave; one that was erased shows nothing."""
    before, after = data.get("before") or {}, data.get("after")
    return Pictured(before=before, after=after, problem=data.get("problem"))


def difference_from(data: Mapping[str, Any]) -> Difference:
    """Read what `Difference.to_json` gave."""
    was, found = data.get("was", MISSING), data.get("is", MISSING)
    return Difference(pointer=data["pointer"], was=was, found=found)


def pictured(preview: Preview, seen: Seen) -> Pictured:
    """Take out of an answer what people are shown."""
    if seen.problem is not None:
        return _nothing(seen.problem)
    places = [where for where in (preview.before, preview.after) if where is not None]
    found = [look_up(seen.answer, where) if where else seen.answer for where in places]
    for where, side in zip(places, found, strict=True):
        if side is MISSING:
            return _nothing(f"The answer has nothing at {where}.")
    return _showing([_values(preview, side) for side in found])


def _showing(sides: Sequence[Values]) -> Pictured:
    """Show one side or two, unless there is too much of them or nothing at all."""
    if any(len(side) > MOST_VALUES for side in sides):
        return _nothing(
            f"The answer has more than {MOST_VALUES} values: the policy must name those that count."
        )
    if not any(sides):
        return _nothing("The answer holds nothing of what is to be shown.")
    return Pictured(before=sides[0], after=sides[1] if len(sides) > 1 else None)


def asks_alike(
    preview: Preview | None, action: Action | None, other: Preview | None, new: Action
) -> bool:
    """Say whether the same is asked for both actions, so that the answer serves for either."""
    if preview is None or action is None or preview != other:
        return False
    try:
        return address_of(preview.look, action.args) == address_of(preview.look, new.args)
    except ArgRefused:
        return False


def differences(was: Pictured, now: Pictured) -> tuple[Difference, ...]:
    """List what has changed; the two sides have places of their own."""
    sides = [("before", was.before, now.before)]
    if was.after is not None or now.after is not None:
        sides.append(("after", was.after or {}, now.after or {}))
    named = len(sides) > 1
    return tuple(
        Difference(
            pointer=f"/{side}{pointer}" if named else pointer,
            was=old.get(pointer, MISSING),
            found=new.get(pointer, MISSING),
        )
        for side, old, new in sides
        for pointer in dict.fromkeys([*old, *new])
        if not is_same(old.get(pointer, MISSING), new.get(pointer, MISSING))
    )


def in_words(moved: Sequence[Difference]) -> str:
    """Tell a few differences: `/status was "open" and is "refunded"`."""
    told = [
        f"{visible(one.pointer or 'the answer')} was {_value(one.was)} and is {_value(one.found)}"
        for one in moved[:MOST_TOLD]
    ]
    more = len(moved) - len(told)
    return (
        "; ".join([*told, *([f"{more} more changed"] if more else [])]) or "what they saw changed"
    )


def _value(value: object) -> str:
    if value is MISSING:
        return "absent"
    text = visible(canonical(value).decode())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def to_json(preview: Preview | None) -> dict[str, Any] | None:
    """Give the form that is stored with a handoff."""
    if preview is None:
        return None
    look = looks.to_json(preview.look)
    return {
        "look": look,
        "before": preview.before,
        "after": preview.after,
        "only": list(preview.only),
    }


def from_json(data: Mapping[str, Any] | None) -> Preview | None:
    """Read what `to_json` gave."""
    look = looks.from_json(data["look"]) if data else None
    if data is None or look is None:
        return None
    only = tuple(data["only"])
    return Preview(look=look, before=data["before"], after=data["after"], only=only)


def _nothing(problem: str) -> Pictured:
    return Pictured(before={}, problem=problem)


def _values(preview: Preview, side: Any) -> dict[str, JSON]:
    """Give the values of one side by their pointers, at most one more than there may be."""
    if preview.only:
        found: dict[str, Any] = {pointer: look_up(side, pointer) for pointer in preview.only}
        return {pointer: value for pointer, value in found.items() if value is not MISSING}
    return dict(islice(_leaves(side, ()), MOST_VALUES + 1))


def _leaves(value: JSON, where: tuple[str | int, ...]) -> Iterator[tuple[str, JSON]]:
    """Give each value that holds no other, with its pointer."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*where, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*where, index))
    else:
        yield join(where), value


def is_same(one: object, other: object) -> bool:
    """Say whether two values are the same JSON, or both are not there."""
    if one is MISSING or other is MISSING:
        return one is other
    return canonical(one) == canonical(other)
