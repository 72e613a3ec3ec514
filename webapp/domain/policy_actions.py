"""Read the action types of a policy document."""

from __future__ import annotations

import re

from webapp.domain.action import is_action_name
from webapp.domain.policy import (
    DEFAULT_AUDIENCE,
    DEFAULT_COST,
    ActionType,
    Approvals,
    Terms,
    Tiers,
)
from webapp.domain.policy_conditions import check_arg
from webapp.domain.policy_deadline import read_deadline
from webapp.domain.policy_envelope import read_envelope
from webapp.domain.policy_executor import read_executor
from webapp.domain.policy_preview import read_preview, warn_of_preview
from webapp.domain.policy_problems import Code
from webapp.domain.policy_rules import read_rules
from webapp.domain.policy_schema import ArgsShape, Membership, check_args
from webapp.domain.policy_section import Section
from webapp.domain.policy_standing import read_standing
from webapp.domain.policy_tasks import read_need
from webapp.domain.policy_undo import read_undo, warn_of_undo
from webapp.domain.policy_verify import read_verify, warn_of_verify
from webapp.domain.policy_watching import read_audit_sample, read_observe, warn_of_watching
from webapp.domain.summary import arg_pointer, read_template
from webapp.domain.verdict import Risk, Route

MOST_APPROVERS = 20
GREATEST_COST = 1_000_000_000
LONGEST_AUDIENCE = 200
AUDIENCE = re.compile("[!-~]+")

KEYS = (
    "title", "summary", "target", "pinned", "risk", "because", "reversible", "unasked", "cost",
    "args", "tiers", "envelope", "rules", "approvals", "deadline", "permit", "executor", "observe",
    "audit_sample", "needs_task", "standing", "preview", "verify", "undo",
)  # fmt: skip
_RISKS = {risk.value: risk for risk in Risk}
_IN_CHAT: dict[str, Risk | None] = {"none": None, **_RISKS}
_RULE_ROUTES = {route.value: route for route in Route}


def read_actions(actions: Section) -> dict[str, ActionType]:
    """Read each action type of the section `actions`."""
    return {name: _read_action(name, actions.section(name)) for name in actions.names()}


def _read_action(name: str, section: Section) -> ActionType:
    section.only(KEYS)
    if not is_action_name(name):
        message = f"{name[:80]} is no action's name: dotted and lower case, 120 characters at most."
        section.notes.problem(section.place, Code.BAD_NAME, message, "such as payments.refund")
    args = section.raw("args")
    shape = check_args(args, f"{section.path}.args", section.notes) if args else ArgsShape()
    reversible = section.flag("reversible", default=True)
    risk = section.choice("risk", _RISKS, Risk.HIGH)
    envelope = read_envelope(section, shape)
    approvals = _read_approvals(section.section("approvals"))
    action = ActionType(
        name=name,
        title=section.text("title", 200) or name,
        summary=_read_summary(section, shape),
        target=_read_pointer(section, "target", section.text("target"), shape),
        pinned=_read_pinned(section, shape),
        risk=risk,
        because=section.text("because"),
        reversible=reversible,
        unasked=section.flag("unasked", default=reversible),
        cost=section.whole("cost", DEFAULT_COST, least=0, most=GREATEST_COST),
        args=shape.schema,
        tiers=_read_tiers(section.section("tiers")),
        envelope=envelope,
        rules=read_rules(section, shape, risk),
        approvals=approvals,
        deadline=read_deadline(section.section("deadline"), approvals.teams),
        terms=_read_terms(section, shape),
        observe=read_observe(section),
        audit_sample=read_audit_sample(section),
        needs_task=read_need(section),
        undo=read_undo(section, shape),
        standing=read_standing(section, shape, risk, envelope, reversible=reversible),
    )
    _warn(section, action)
    warn_of_watching(section, action)
    warn_of_preview(section, observe=action.observe)
    warn_of_verify(section, observe=action.observe)
    warn_of_undo(section, reversible=action.reversible)
    return action


def _warn(section: Section, action: ActionType) -> None:
    """Point at what is allowed and still worth a second look."""
    warn = section.notes.warn
    if "risk" not in section:
        message = f"{action.name} does not say its risk and is taken for high."
        warn(section.place, Code.RISK_UNSAID, message, "add risk: low, medium, high or critical")
    if "args" not in section:
        message = f"{action.name} has no args schema, so any args pass."
        warn(section.place, Code.ARGS_UNCHECKED, message, "add args with a JSON Schema")
    if action.unasked and "unasked" in section:
        _warn_of_unasked(section, action)


def _warn_of_unasked(section: Section, action: ActionType) -> None:
    """Point at what says that it may run unasked."""
    warn = section.notes.warn
    if not action.reversible and "because" not in section:
        message = f"{action.name} cannot be undone and may run unasked, and nothing says why."
        warn(section.at("unasked"), Code.BECAUSE_UNSAID, message, "because: one sentence")
    if action.risk is Risk.CRITICAL:
        message = f"{action.name} never runs unasked, since critical risk always needs people."
        warn(section.at("unasked"), Code.NEVER_UNASKED, message)
    elif not action.reversible and not (action.envelope and action.envelope.is_finite):
        message = f"{action.name} cannot be undone, may run unasked, and no envelope bounds it."
        hint = "remove unasked, or give an envelope a rate, amount per_day, count per_day or total"
        warn(section.at("unasked"), Code.UNBOUNDED, message, hint)


# args that other parts refer to


def _read_summary(section: Section, shape: ArgsShape) -> str | None:
    summary = section.text("summary", 500)
    if summary is None:
        return None
    template = read_template(summary)
    for fault in template.faults:
        message = f"{fault[:80]} in summary names no arg."
        hint = "write {amount} or {/order/id}; {{ and }} for braces"
        section.notes.problem(section.at("summary"), Code.BAD_TEMPLATE, message, hint)
    for pointer in template.pointers:
        check_arg(section, "summary", pointer, shape)
        if shape.membership(pointer) is Membership.OPTIONAL:
            message = f"{pointer} is not required by args; without it the summary shows a dash."
            section.notes.warn(section.at("summary"), Code.ARG_OPTIONAL, message)
    return summary


def _read_pinned(section: Section, shape: ArgsShape) -> tuple[str, ...]:
    written = section.texts("pinned") or ()
    return tuple(_read_pointer(section, "pinned", text, shape) or text for text in written)


def _read_pointer(section: Section, key: str, text: str | None, shape: ArgsShape) -> str | None:
    """Read the arg that `text` names as a pointer such as `/amount`."""
    if text is None:
        return None
    pointer = arg_pointer(text) if text.startswith("/") else None
    if pointer is None:
        message = f"{text[:80]} in {key} is no pointer into the args."
        section.notes.problem(section.at(key), Code.BAD_POINTER, message, f"such as /{text[:80]}")
        return None
    check_arg(section, key, pointer, shape)
    return pointer


# who, how long, how sure


def _read_tiers(section: Section) -> Tiers:
    section.only(("auto", "review"))
    default = Tiers()
    tiers = Tiers(
        auto=section.share("auto", default.auto), review=section.share("review", default.review)
    )
    if tiers.auto < tiers.review:
        message = f"auto ({tiers.auto:g}) must not be below review ({tiers.review:g})."
        section.notes.problem(section.place, Code.TIERS_ORDER, message)
    return tiers


def _read_approvals(section: Section) -> Approvals:
    section.only(("from", "count", "when_critical", "in_chat"))
    count = section.whole("count", 1, least=1, most=MOST_APPROVERS)
    critical = section.whole("when_critical", None, least=1, most=MOST_APPROVERS)
    if critical is not None and critical < count:
        message = f"when_critical ({critical}) must not be below count ({count})."
        section.notes.problem(section.at("when_critical"), Code.QUORUM_SHRINKS, message)
    teams = section.texts("from") or ()
    in_chat = section.choice("in_chat", _IN_CHAT, Risk.MEDIUM)
    return Approvals(
        teams=tuple(dict.fromkeys(teams)), count=count, when_critical=critical, in_chat=in_chat
    )


def _read_terms(section: Section, shape: ArgsShape) -> Terms:
    permit = section.section("permit")
    permit.only(("valid", "run_within", "not_before", "audience"))
    default = Terms()
    run_within = permit.duration("run_within", default.run_within)
    terms = Terms(
        valid=permit.duration("valid", default.valid),
        run_within=run_within,
        not_before=permit.duration("not_before", default.not_before, zero=True),
        audience=_read_audience(permit),
        executor=read_executor(section, shape, run_within),
        preview=read_preview(section, shape),
        verify=read_verify(section, shape),
    )
    if terms.not_before >= terms.valid:
        message = "not_before must be shorter than valid, or no permit can ever be redeemed."
        permit.notes.problem(permit.place, Code.PERMIT_NEVER_VALID, message)
    return terms


def _read_audience(section: Section) -> str:
    """Read for whose tools permits are made out; other tools refuse them."""
    audience = section.text("audience", LONGEST_AUDIENCE)
    if audience is None:
        return DEFAULT_AUDIENCE
    if audience and not AUDIENCE.fullmatch(audience):
        message = "audience is one name or address without spaces, in plain ASCII."
        hint = "such as https://bank.internal"
        section.notes.problem(section.at("audience"), Code.BAD_NAME, message, hint)
    return audience
