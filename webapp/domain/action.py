"""The action that an agent proposes, and the fingerprint that all consent binds to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from webapp.domain.canonical import canonical
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.json_text import JSON
from webapp.domain.pointer import escape

NAME_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"
LONGEST_NAME = 120

_NAME = re.compile(NAME_PATTERN.removesuffix("$").removeprefix("^"))


@lru_cache(maxsize=4096)
def is_action_name(name: str) -> bool:
    """Say whether `name` is dotted and lower case, such as `payments.refund`."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def name_problem(name: str, pointer: str = "/action/name") -> FieldProblem | None:
    """Say what is wrong with an action's name, or None."""
    if is_action_name(name):
        return None
    return FieldProblem(
        pointer=pointer,
        code="action_name",
        message="An action's name is dotted and lower case.",
        expected=f"such as payments.refund: {NAME_PATTERN}, at most {LONGEST_NAME} characters",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Action:
    """One thing to do: equal to another exactly where their fingerprints are.

    Raises SubmissionInvalid where the name is not dotted and lower case.
    """

    name: str
    args: Mapping[str, JSON]
    _canonical: bytes | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        problem = name_problem(self.name)
        if problem:
            raise SubmissionInvalid(problems=[problem])

    def canonical(self) -> bytes:
        """Give the RFC 8785 form of name and args, worked out once."""
        known = self._canonical
        if known is None:
            known = canonical(self.to_json())
            object.__setattr__(self, "_canonical", known)
        return known

    def fingerprint(self) -> str:
        """Give `sha256:` and the hash of the canonical form, in hexadecimal digits."""
        return fingerprint_of(self.canonical())

    def to_json(self) -> dict[str, JSON]:
        """Give the form in which API and history carry it."""
        return {"name": self.name, "args": dict(self.args)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Action) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        return hash(self.canonical())


def fingerprint_of(canonical_form: bytes) -> str:
    """Give the fingerprint of an action that is in canonical form already."""
    return f"sha256:{hashlib.sha256(canonical_form).hexdigest()}"


def changes(before: Action, after: Action) -> list[dict[str, JSON]]:
    """List what turns `before` into `after` as RFC 6902 operations; lists are replaced whole.

    `[{"op": "replace", "path": "/args/amount", "value": "100.00"}]`
    """
    return list(_changes(before.to_json(), after.to_json(), ""))


def _changes(
    before: dict[str, JSON], after: dict[str, JSON], path: str
) -> Iterator[dict[str, JSON]]:
    for key, old in before.items():
        here = f"{path}/{escape(key)}"
        if key not in after:
            yield {"op": "remove", "path": here}
            continue
        new = after[key]
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _changes(old, new, here)
        elif canonical(old) != canonical(new):
            yield {"op": "replace", "path": here, "value": new}
    for key, new in after.items():
        if key not in before:
            yield {"op": "add", "path": f"{path}/{escape(key)}", "value": new}
