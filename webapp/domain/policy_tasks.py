"""Read the types of tasks of a policy document, which the input gate asks for, and which actions need one."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.action import is_action_name
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import ActionType
from webapp.domain.policy_deadline import read_deadline
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import check_args
from webapp.domain.policy_section import Section
from webapp.domain.task import ANY_TASK
from webapp.domain.task_type import USUAL_VALIDITY, VAGUE, Need, Scope, TaskType
from webapp.domain.verdict import Route

KEYS = (
    "title", "because", "inputs", "vague", "acceptance", "touches", "approvals", "deadline", "valid",
)  # fmt: skip
_ACCEPTANCE = {"required": True, "optional": False}
_OTHERWISE = {"review": Route.REVIEW, "block": Route.BLOCK}
_LONGEST_VERB = 40


def read_tasks(tasks: Section) -> dict[str, TaskType]:
    """Read each type of the section `tasks`."""
    return {name: _read_task(name, tasks) for name in tasks.names()}


def _read_task(name: str, tasks: Section) -> TaskType:
    section = tasks.section(name)
    section.only(KEYS)
    if name != ANY_TASK and not is_action_name(name):
        message = f"{name[:80]} is no type of task: dotted and lower case, 120 characters at most."
        hint = 'such as support.ticket, or "*" for every task without a type of its own'
        section.notes.problem(tasks.key_at(name), Code.BAD_NAME, message, hint)
    inputs = section.raw("inputs")
    shape = check_args(inputs, f"{section.path}.inputs", section.notes) if inputs else None
    approvals = section.section("approvals")
    approvals.only(("from",))
    teams = tuple(dict.fromkeys(approvals.texts("from") or ()))
    return TaskType(
        name=name,
        title=section.text("title", 200) or ("Task" if name == ANY_TASK else name),
        because=section.text("because"),
        inputs=shape.schema if shape else None,
        vague=_read_vague(section),
        acceptance=section.choice("acceptance", _ACCEPTANCE, default=True),
        touches=_read_touches(section.section("touches")),
        teams=teams,
        deadline=read_deadline(section.section("deadline"), teams),
        valid=section.duration("valid", USUAL_VALIDITY),
    )


def _read_vague(section: Section) -> tuple[str, ...]:
    """Read the vague verbs, which replace the usual ones; an empty list is none at all."""
    node = section.raw("vague")
    if node is not None and node.value == []:
        return ()
    verbs = section.texts("vague")
    for verb in verbs or ():
        if not verb.strip() or len(verb) > _LONGEST_VERB:
            message = f"{verb[:_LONGEST_VERB]!r} in vague is no verb."
            section.notes.problem(section.at("vague"), Code.BAD_NAME, message, "such as improve")
    return VAGUE if verbs is None else tuple(verb for verb in verbs if verb.strip())


def _read_touches(section: Section) -> Scope:
    section.only(("allow", "review", "deny"))
    scope = Scope(
        allow=section.texts("allow"),
        review=section.texts("review") or (),
        deny=section.texts("deny") or (),
    )
    for key, patterns in (("allow", scope.allow or ()), ("review", scope.review)):
        for pattern in patterns:
            if pattern in scope.deny:
                message = f"{pattern[:80]} is denied, too, and a denial is the stricter."
                section.notes.warn(section.at(key), Code.RULE_WITHOUT_EFFECT, message)
    return scope


def read_need(action: Section) -> Need | None:
    """Read `needs_task` of an action type: true, the name of a type, or a mapping with `type` and `otherwise`."""
    node = action.raw("needs_task")
    if node is None:
        return None
    if isinstance(node.value, bool):
        return Need(type=ANY_TASK) if node.value else None
    if not isinstance(node.value, dict):
        name = action.text("needs_task", 120)
        return Need(type=name) if name else None
    section = action.section("needs_task")
    section.only(("type", "otherwise"))
    return Need(
        type=section.text("type", 120) or ANY_TASK,
        route=section.choice("otherwise", _OTHERWISE, Route.REVIEW),
    )


def check_needs(
    section: Section, actions: Mapping[str, ActionType], tasks: Mapping[str, TaskType]
) -> None:
    """Note each action that needs a type of task which the document does not have."""
    for name, action in actions.items():
        need = action.needs_task
        if need is None or need.type == ANY_TASK or need.type in tasks:
            continue
        message = f"There is no type of task {need.type[:80]}."
        hint = did_you_mean(need.type, tasks) or "add it to tasks, or write needs_task: true"
        place = section.section(name).at("needs_task")
        section.notes.problem(place, Code.UNKNOWN_TASK, message, hint)
