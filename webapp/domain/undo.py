"""Undoing what has run: another action, which the policy makes of the args of the first, asked for as any other is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webapp.domain.action import Action
from webapp.domain.canonical import canonical
from webapp.domain.execution import has_run
from webapp.domain.handoff import USUAL_VERBS, Handoff, Kind, Submission
from webapp.domain.json_text import JSON
from webapp.domain.pointer import MISSING, look_up
from webapp.domain.run_errors import CannotUndo
from webapp.domain.summary import Template, read_template
from webapp.domain.undo_terms import Undo

LONGEST_TITLE = 200


def undo_key(handoff_id: str) -> str:
    """Give the Idempotency-Key of what undoes a handoff: whoever asks for it, it is asked once."""
    return f"undo:{handoff_id}"


def templates(value: JSON) -> Iterator[Template]:
    """Give each template in what stands in `args`."""
    if isinstance(value, str):
        yield read_template(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from templates(inner)


def filled(undo: Undo, args: Mapping[str, JSON]) -> Action:
    """Give the action that undoes one with these args. Raises CannotUndo where one of them is not there."""
    made = {name: _filled(value, args) for name, value in undo.args.items()}
    return Action(name=undo.action, args=made)


def _filled(value: JSON, args: Mapping[str, JSON]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, args) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, args) for inner in value]
    return _text(read_template(value), args) if isinstance(value, str) else value


def _text(template: Template, args: Mapping[str, JSON]) -> Any:
    """Fill one template: a value as it is where it stands alone."""
    [*named, (rest, _)] = template.parts
    if len(named) == 1 and not rest and not named[0][0]:
        return _value(str(named[0][1]), args)
    return "".join(words + _word(str(pointer), args) for words, pointer in named) + rest


def _value(pointer: str, args: Mapping[str, JSON]) -> Any:
    value = look_up(args, pointer)
    if value is MISSING:
        raise CannotUndo(f"What undoes it needs {pointer}, which is not among its args.")
    return value


def _word(pointer: str, args: Mapping[str, JSON]) -> str:
    value = _value(pointer, args)
    if value is None or isinstance(value, dict | list):
        raise CannotUndo(f"What undoes it needs {pointer} as a text, and it is none.")
    return value if isinstance(value, str) else canonical(value).decode()


def asking_to_undo(before: Handoff, undo: Undo | None) -> Submission:
    """Ask for what undoes a run, in the name of whoever asked for that. Raises CannotUndo."""
    if before.action is None or not has_run(before):
        stands = before.status.value
        raise CannotUndo(f"It is {stands}; only what is known to have run can be undone.")
    if undo is None:
        raise CannotUndo(f"The policy names nothing that undoes {before.target_name}.")
    action = filled(undo, before.action.args)
    title = f"Undo: {before.title}"[:LONGEST_TITLE]
    said = {
        "kind": Kind.ACTION.value,
        "title": title,
        "action": action.to_json(),
        "run_id": before.run_id,
        "thread_id": before.thread_id,
        "task_id": before.task_id,
        "on_behalf_of": before.on_behalf_of,
        "parent_handoff_id": before.id,
    }
    return Submission(
        kind=Kind.ACTION,
        title=title,
        action=action,
        confidence=None,
        allowed=USUAL_VERBS[Kind.ACTION],
        expires_in=None,
        on_behalf_of=before.on_behalf_of,
        intent_id=None,
        run_id=before.run_id,
        thread_id=before.thread_id,
        claim={name: value for name, value in said.items() if value is not None},
        state=None,
        private_state=None,
        task_id=before.task_id,
    )
