"""Read what undoes an action of a type, and hold it against the type of the action that does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from webapp.domain.action import is_action_name
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import escape
from webapp.domain.policy import ActionType
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.undo import templates
from webapp.domain.undo_terms import Undo

MOST_ARGS = 100
HINT = "undo: {action: payments.void_refund, args: {order_id: '{order_id}'}}"


def read_undo(section: Section, shape: ArgsShape) -> Undo | None:
    """Read `undo` of an action type; None where there is none."""
    if "undo" not in section:
        return None
    undo = section.section("undo")
    undo.only(("action", "args"))
    name = undo.text("action", 120)
    if name is None and "action" not in undo:
        message = "undo does not say which action undoes it."
        undo.notes.problem(undo.place, Code.MISSING, message, HINT)
    elif name is not None and not is_action_name(name):
        message = f"{name[:80]} is no action's name."
        undo.notes.problem(undo.at("action"), Code.BAD_NAME, message)
    return Undo(action=name or "", args=_read_args(undo, shape))


def _read_args(undo: Section, shape: ArgsShape) -> dict[str, JSON]:
    args = undo.section("args")
    if len(args.names()) > MOST_ARGS:
        message = f"args has {len(args.names())} entries; {MOST_ARGS} is the most."
        undo.notes.problem(undo.at("args"), Code.OUT_OF_RANGE, message)
    for name in args.names():
        _check_templates(args, name, shape)
    return {name: node.plain() for name in args.names() if (node := args.raw(name))}


def _check_templates(args: Section, name: str, shape: ArgsShape) -> None:
    node = args.raw(name)
    for template in templates(node.plain() if node else None):
        for fault in template.faults:
            message = f"{fault[:80]} in {name[:80]} names no arg."
            hint = "write '{order_id}' or '{/order/id}'; {{ and }} for braces"
            args.notes.problem(args.at(name), Code.BAD_TEMPLATE, message, hint)
        for pointer in template.pointers:
            check_arg(args, name, pointer, shape)
            if shape.membership(pointer) is Membership.OPTIONAL:
                message = f"{pointer} is not required by args; without it, this cannot be undone."
                args.notes.warn(args.at(name), Code.ARG_OPTIONAL, message)


def warn_of_undo(section: Section, *, reversible: bool) -> None:
    """Point at two things that people would read side by side."""
    if "undo" in section and not reversible:
        message = "People read that it cannot be undone, and that it can be."
        hint = "leave reversible: false out, or undo"
        section.notes.warn(section.at("undo"), Code.UNDO_IRREVERSIBLE, message, hint)


def check_undos(section: Section, actions: Mapping[str, ActionType]) -> None:
    """Note each `undo` that names no action of the document, or not what that action takes."""
    for name, action in actions.items():
        undo = action.undo
        if undo is None or not undo.action:
            continue
        written = section.section(name).section("undo")
        if undo.action not in actions:
            message = f"There is no action type {undo.action[:80]}."
            hint = did_you_mean(undo.action, actions) or "add it to actions"
            section.notes.problem(written.at("action"), Code.UNDO_UNFIT, message, hint)
            continue
        for message in _misfits(undo, actions[undo.action]):
            section.notes.problem(written.at("args"), Code.UNDO_UNFIT, message)


def _misfits(undo: Undo, to: ActionType) -> Iterator[str]:
    """Say what of the args does not fit, as far as that can be said before they are filled in."""
    lacking, unknown = _names(undo, to.args or {})
    yield from (f"{to.name} requires {name[:80]}, which undo does not give." for name in lacking)
    yield from (f"{to.name} takes no {name[:80]}." for name in unknown)
    known = {name: value for name, value in undo.args.items() if name not in unknown}
    yield from _wrong({name: value for name, value in known.items() if _is_literal(value)}, to)


def _wrong(plain: Mapping[str, JSON], to: ActionType) -> Iterator[str]:
    """Say which args that are written out the type does not take."""
    for problem in to.problems(plain):
        if problem.pointer.startswith(tuple(f"/{escape(name)}" for name in plain)):
            yield f"{to.name} does not take this: {problem.pointer[:80]} {problem.message}"


def _names(undo: Undo, schema: Mapping[str, JSON]) -> tuple[list[str], list[str]]:
    """Name what the schema requires and undo lacks, and what undo gives and the schema does not take."""
    required, listed = schema.get("required"), schema.get("properties")
    wanted = [str(name) for name in required] if isinstance(required, list) else []
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    known = listed if closed and isinstance(listed, dict) else undo.args
    lacking = [name for name in wanted if name not in undo.args]
    return lacking, [name for name in undo.args if name not in known]


def _is_literal(value: JSON) -> bool:
    return not any(template.pointers for template in templates(value))
