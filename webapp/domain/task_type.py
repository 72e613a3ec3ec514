"""What a policy says of one type of task: what it must bring along, and what it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jsonschema_rs import Draft202012Validator

from webapp.domain.args_schema import compiled, problems
from webapp.domain.deadline import USUAL_DEADLINE, Deadline
from webapp.domain.errors import FieldProblem
from webapp.domain.json_text import JSON
from webapp.domain.verdict import Route

VAGUE = (
    "address", "clean up", "deal with", "enhance", "fix", "handle", "help", "improve", "investigate",
    "look at", "look into", "manage", "modernise", "modernize", "optimise", "optimize", "polish",
    "refactor", "review", "simplify", "sort out", "streamline", "support", "take care", "tidy up",
    "tweak", "update", "work on",
)  # fmt: skip
USUAL_VALIDITY = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The type of task that an action must belong to, `*` for any, and what becomes of it otherwise."""

    type: str
    route: Route = Route.REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A task that has passed the gate: the type as which it was judged, and since when, where that is known."""

    type: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What tasks of a type may touch: patterns in which `*` is any text.

    `allow` None lets through what the others do not name; `deny` holds for people, too.
    """

    allow: tuple[str, ...] | None = None
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    @property
    def bounds(self) -> bool:
        """Say whether anything is said of what may be touched."""
        return self.allow is not None or bool(self.review or self.deny)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskType:
    """What the policy says of one type of task; compared by identity.

    `inputs` must be a valid JSON Schema. No teams means the agent's owner team. `valid` is how long, once
    admitted, handoffs may refer to it. `known` is false for a type that the policy lacks.
    """

    name: str
    known: bool = True
    title: str
    because: str | None = None
    inputs: Mapping[str, JSON] | None = None
    vague: tuple[str, ...] = VAGUE
    acceptance: bool = True
    touches: Scope = Scope()
    teams: tuple[str, ...] = ()
    deadline: Deadline = USUAL_DEADLINE
    valid: timedelta = USUAL_VALIDITY
    _validator: Draft202012Validator | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_validator", None if self.inputs is None else compiled(self.inputs)
        )

    def problems(self, inputs: Mapping[str, JSON]) -> tuple[FieldProblem, ...]:
        """Say where `inputs` break the schema; pointers are relative to the inputs."""
        if self._validator is None or self.inputs is None:
            return ()
        return problems(self._validator, self.inputs, inputs)
