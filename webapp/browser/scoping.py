"""The form in which a person completes a task: the fields that it lacks, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from webapp.domain import argument_values
from webapp.domain.argument_form import Field, fields
from webapp.domain.errors import FieldProblem, SubmissionInvalid
from webapp.domain.handoff import Handoff
from webapp.domain.json_text import JSON
from webapp.domain.pointer import split
from webapp.domain.task import Task
from webapp.domain.task_type import TaskType

POSTED_TASK = "/response/task"
MISSING_INPUT = "task_input_missing"
ONE_A_LINE: dict[str, JSON] = {"type": "array", "items": {"type": "string"}}
PARTS: Mapping[str, JSON] = {
    "goal": {"type": "string", "title": "Goal", "maxLength": 4000},
    "acceptance": {
        **ONE_A_LINE,
        "title": "Acceptance",
        "description": "One outcome a line; at least one that can be checked: a number, a path, a quoted text, "
        "or a word such as equals, contains, status.",
    },
    "touches": {
        **ONE_A_LINE,
        "title": "Touches",
        "description": "What the task reads or changes, one exact name a line.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoping:
    """The form as it stands: the inputs and the other parts that are lacking, and what is wrong by pointer."""

    task: Task
    inputs: tuple[Field, ...]
    parts: tuple[Field, ...]
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """List every field in the order of the form."""
        return (*self.inputs, *self.parts)


def scoping(handoff: Handoff, kind: TaskType | None, beside: Iterable[str] = ()) -> Scoping | None:
    """Make the form for what the verdict finds lacking and for the places `beside`; None where there is no task."""
    task = handoff.task
    if task is None or kind is None:
        return None
    findings = _findings(handoff)
    places = [split(place) for place in (*findings, *beside)]
    form = Scoping(
        task=task,
        inputs=_input_fields(task, kind, places),
        parts=_part_fields(task, {place[0] for place in places if place}),
    )
    return replace(form, wrong=_wrong(form.fields, findings.items()))


def _findings(handoff: Handoff) -> dict[str, str]:
    """Say by place what the task lacks; that an empty field is missing need not be said twice."""
    found = ((one.pointer, one) for one in handoff.verdict.reasons)
    return {
        pointer.removeprefix("/task"): "" if one.code == MISSING_INPUT else one.message
        for pointer, one in found
        if pointer
    }


def _part_fields(task: Task, heads: set[str]) -> tuple[Field, ...]:
    """Make the fields of the parts that are lacking; a vague goal can be mended by what is to be accepted."""
    lacking = {*heads, *({"acceptance"} if "goal" in heads else ())}
    said = task.to_json()
    schema: dict[str, JSON] = {name: part for name, part in PARTS.items() if name in lacking}
    wanted: dict[str, JSON] = {"properties": schema, "required": list(schema)}
    return fields(wanted, {name: said[name] for name in schema})


def _input_fields(task: Task, kind: TaskType, places: list[tuple[str, ...]]) -> tuple[Field, ...]:
    """Make the fields of the inputs at these places; a place that names none means all that the type knows."""
    schema = kind.inputs or {}
    known = schema.get("properties")
    properties = known if isinstance(known, dict) else {}
    names = list(properties) if ("inputs",) in places else []
    names += [place[1] for place in places if place[:1] == ("inputs",) and len(place) > 1]
    wanted: dict[str, JSON] = {name: properties.get(name) or {"type": "string"} for name in names}
    made = fields({**schema, "properties": wanted}, _some(task.inputs, wanted))
    return tuple(_under("/inputs", one) for one in made)


def _some(inputs: Mapping[str, JSON], names: Iterable[str]) -> dict[str, JSON]:
    return {name: inputs[name] for name in names if name in inputs}


def _under(prefix: str, one: Field) -> Field:
    inside = tuple(_under(prefix, child) for child in one.children)
    return replace(one, pointer=prefix + one.pointer, children=inside)


def response_of(form: Scoping, posted: Mapping[str, str]) -> dict[str, Any]:
    """Give the answer that was posted: the task with what the person filled in.

    Raises SubmissionInvalid where a field could not be read.
    """
    inputs, parts = (argument_values.read(made, posted) for made in (form.inputs, form.parts))
    problems = [
        replace(problem, pointer=POSTED_TASK + problem.pointer)
        for problem in (*inputs.problems, *parts.problems)
    ]
    if problems:
        raise SubmissionInvalid("Some fields could not be read.", problems=problems)
    read = cast("dict[str, JSON]", parts.value)
    if form.inputs:
        asked = {one.name for one in form.inputs}
        kept = {name: value for name, value in form.task.inputs.items() if name not in asked}
        read = {**read, "inputs": {**kept, **cast("dict[str, JSON]", inputs.value)}}
    return {"task": read}


def refilled(form: Scoping, posted: Mapping[str, str], problems: Iterable[FieldProblem]) -> Scoping:
    """Give the form with what was typed and with what is wrong at its fields."""
    said = [(one.pointer.removeprefix(POSTED_TASK), one.message) for one in problems]
    return replace(
        form,
        inputs=argument_values.retyped(form.inputs, posted),
        parts=argument_values.retyped(form.parts, posted),
        wrong=_wrong(form.fields, said),
    )


def _wrong(made: tuple[Field, ...], said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Put what is said of places at the fields that hold them."""
    wrong: dict[str, str] = {}
    for place, message in said:
        holder = _holder(made, place)
        if holder and message:
            wrong[holder] = f"{wrong.get(holder, '')} {message}".strip()
    return wrong


def _holder(made: Iterable[Field], place: str) -> str | None:
    """Find the innermost field that holds a place."""
    held = [one.pointer for one in _all(made) if f"{place}/".startswith(f"{one.pointer}/")]
    return max(held, key=len, default=None)


def _all(made: Iterable[Field]) -> Iterator[Field]:
    for one in made:
        yield one
        yield from _all(one.children)
