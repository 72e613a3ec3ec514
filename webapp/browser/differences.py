"""What differs between two actions, as rows that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.action import Action, changes
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, look_up, split
from webapp.domain.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place that differs; MISSING stands for what is not there."""

    name: str
    before: object
    after: object

    @property
    def added(self) -> bool:
        """Say whether it was not there before."""
        return self.before is MISSING

    @property
    def removed(self) -> bool:
        """Say whether it is not there any more."""
        return self.after is MISSING


def between(before: Action, after: Action) -> tuple[Change, ...]:
    """List what differs; `/args/order/lines` is called `order.lines`, another name `action`."""
    old, new = before.to_json(), after.to_json()
    paths = [str(operation["path"]) for operation in changes(before, after)]
    return tuple(
        Change(name=_called(path), before=look_up(old, path), after=look_up(new, path))
        for path in paths
    )


def between_tasks(before: Task, after: Mapping[str, JSON]) -> tuple[Change, ...]:
    """List what a person changed in a task: `inputs.ticket`, `acceptance`."""
    return between(_as_action(before.to_json()), _as_action(after))


def _as_action(task: Mapping[str, JSON]) -> Action:
    return Action(name="task", args=task)


def _called(path: str) -> str:
    first, *rest = split(path)
    return ".".join(rest) if first == "args" and rest else "action"
