"""A task that an agent wants to begin: what its words say of how it ends, and what it touches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from webapp.domain.action import fingerprint_of
from webapp.domain.args_schema import compiled, problems
from webapp.domain.canonical import canonical
from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.patterns import alike, matches

ANY_TASK = "*"
LONGEST_GOAL, LONGEST_OUTCOME, LONGEST_TOUCH = 4_000, 1_000, 500
MOST_OUTCOMES, MOST_TOUCHES = 20, 50
FORM: Mapping[str, JSON] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string"},
        "goal": {"type": "string", "maxLength": LONGEST_GOAL, "pattern": r"\S"},
        "inputs": {"type": "object"},
        "acceptance": {
            "type": "array",
            "maxItems": MOST_OUTCOMES,
            "items": {"type": "string", "maxLength": LONGEST_OUTCOME},
        },
        "touches": {
            "type": "array",
            "maxItems": MOST_TOUCHES,
            "items": {"type": "string", "maxLength": LONGEST_TOUCH},
        },
    },
}

# What an outcome is checked by: a number or a sign, a path or an address, something quoted, or one of these words.
CHECKING = (
    "above", "absent", "after", "at least", "at most", "before", "below", "closed", "contains",
    "deleted", "empty", "equals", "exactly", "exists", "fails", "false", "less than", "matches",
    "more than", "none", "passes", "present", "returns", "same as", "status", "true", "within",
    "without", "zero",
)  # fmt: skip
_CHECKING = re.compile(rf"\b({'|'.join(CHECKING)})\b")
_MEASURED = re.compile(r"\d|[=<>≤≥≠%]")
_PLACE = re.compile(r"\w/\w|(?:^|\s)/\w|\b[\w-]+\.[a-z][a-z0-9]{1,9}\b")
_QUOTED = re.compile(
    r"\"[^\"]+\"|`[^`]+`|“[^”]+”|„[^“]+“|«[^»]+»|\u2018[^\u2019]+\u2019|(?:^|\s)'[^']+'"
)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an agent is to do, and what it starts from.

    `type` is a name in the policy, `*` where the task names none; `acceptance` is how anybody will see that it is
    done, `touches` what it reads or changes.
    """

    type: str
    goal: str
    inputs: Mapping[str, JSON]
    acceptance: tuple[str, ...]
    touches: tuple[str, ...]

    def canonical(self) -> bytes:
        """Give the RFC 8785 form of type, inputs and touches: what is asked, whatever words are put around it."""
        asked = {"type": self.type, "inputs": dict(self.inputs), "touches": list(self.touches)}
        return canonical({"task": asked})

    def fingerprint(self) -> str:
        """Give `sha256:` and the hash of the canonical form."""
        return fingerprint_of(self.canonical())

    def to_json(self) -> dict[str, Any]:
        """Give the form in which API and history carry it."""
        return {
            "type": self.type,
            "goal": self.goal,
            "inputs": dict(self.inputs),
            "acceptance": list(self.acceptance),
            "touches": list(self.touches),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a task as `to_json` gave it or as it was sent: only the goal must be there."""
        said = data.get("acceptance") or ()
        lines = said.splitlines() if isinstance(said, str) else said
        return cls(
            type=data.get("type") or ANY_TASK,
            goal=data["goal"],
            inputs=data.get("inputs") or {},
            acceptance=tuple(line.strip() for line in lines if line.strip()),
            touches=tuple(data.get("touches") or ()),
        )


def form_problems(said: Mapping[str, JSON], pointer: str) -> tuple[FieldProblem, ...]:
    """Say where the members of a task that somebody sent do not have their form; `pointer` is where it stood."""
    found = problems(compiled(FORM), FORM, said)
    return tuple(replace(problem, pointer=pointer + problem.pointer) for problem in found)


def is_checkable(outcome: str) -> bool:
    """Say whether an outcome names something that can be checked rather than felt."""
    words = outcome.casefold()
    found = (_CHECKING, _MEASURED, _PLACE, _QUOTED)
    return any(pattern.search(words) for pattern in found)


def vague_words(goal: str, vague: Iterable[str]) -> tuple[str, ...]:
    """List the vague verbs that stand in the goal, also inflected: `improves`, `cleaning up`."""
    said = [word.casefold() for word in _WORD.findall(goal)]
    return tuple(verb for verb in vague if _stands(verb.casefold().split(), said))


def _stands(verb: list[str], said: list[str]) -> bool:
    forms, rest = _inflected(verb[0]), verb[1:]
    return any(
        word in forms and said[at + 1 : at + 1 + len(rest)] == rest for at, word in enumerate(said)
    )


def _inflected(verb: str) -> frozenset[str]:
    stem = verb.removesuffix("e")
    doubled = verb + verb[-1:]
    endings = (verb, f"{verb}s", f"{verb}es", f"{stem}ed", f"{stem}ing")
    return frozenset(
        {*endings, f"{doubled}ed", f"{doubled}ing", f"{verb[:-1]}ied", f"{verb[:-1]}ies"}
    )


def is_plain(touch: str) -> bool:
    """Say whether a touch names one thing, rather than a pattern, a way around, or something that hides in its text."""
    places = touch.split("://", 1)[-1].strip("/").split("/")
    hides = any(unicodedata.category(sign).startswith(("C", "Z")) and sign != " " for sign in touch)
    around = not touch or touch != touch.strip() or any(sign in touch for sign in "*?\\%")
    return not (hides or around or any(place in {"", ".", ".."} for place in places))


def covers(pattern: str, touch: str, *, exact: bool = True) -> bool:
    """Say whether `pattern`, in which `*` is any text, names `touch`; unless `exact`, look-alikes are the same.

    A slash in front then does not matter either.
    """
    if exact:
        return matches(pattern, touch)
    return matches(alike(pattern).removeprefix("/"), alike(touch).lstrip("/"))
