"""Read the action types of a policy document."""

from __future__ import annotations

from datetime import timedelta

from webapp.domain.action import is_action_name
from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import (
    DEFAULT_COST,
    DEFAULT_DEADLINE,
    ActionType,
    Approvals,
    Rule,
    Terms,
    Tiers,
)
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership, check_args
from webapp.domain.policy_section import Section
from webapp.domain.summary import arg_pointer, read_template
from webapp.domain.verdict import Risk, Route

MOST_APPROVERS = 20
GREATEST_COST = 1_000_000_000

KEYS = (
    "title", "summary", "target", "pinned", "risk", "because", "reversible", "unasked", "cost",
    "args", "tiers", "rules", "approvals", "deadline", "permit", "executor",
)  # fmt: skip
LATER = {
    "envelope": "bounding amounts, counterparties, hours and rates",
    "audit_sample": "putting a share of unasked actions before people",
}
_RISKS = {risk.value: risk for risk in Risk}
_RULE_ROUTES = {route.value: route for route in Route}


def read_actions(actions: Section) -> dict[str, ActionType]:
    """Read each action type of the section `actions`."""
    return {name: _read_action(name, actions.section(name)) for name in actions.names()}


def _read_action(name: str, section: Section) -> ActionType:
    section.only(KEYS, LATER)
    if not is_action_name(name):
        message = f"{name[:80]} is no action's name: dotted and lower case, 120 characters at most."
        section.notes.problem(section.place, Code.BAD_NAME, message, "such as payments.refund")
    args = section.raw("args")
    shape = check_args(args, f"{section.path}.args", section.notes) if args else ArgsShape()
    reversible = section.flag("reversible", default=True)
    risk = section.choice("risk", _RISKS, Risk.HIGH)
    _read_executor(section)
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
        rules=_read_rules(section, shape, risk),
        approvals=_read_approvals(section.section("approvals")),
        deadline=_read_deadline(section.section("deadline")),
        terms=_read_terms(section.section("permit")),
    )
    _warn(section, action)
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
    if not action.unasked or "unasked" not in section:
        return
    if action.risk is Risk.CRITICAL:
        message = f"{action.name} never runs unasked, since critical risk always needs people."
        warn(section.at("unasked"), Code.NEVER_UNASKED, message)
    elif not action.reversible:
        message = f"{action.name} cannot be undone, may run unasked, and no envelope bounds it."
        warn(section.at("unasked"), Code.UNBOUNDED, message, "remove unasked, or bound it by rules")


def _read_executor(section: Section) -> None:
    node = section.raw("executor")
    if node and isinstance(node.value, dict):
        message = "executor is not supported yet as a mapping: running actions itself comes later."
        hint = "write executor: agent, or leave it out"
        section.notes.problem(section.at("executor"), Code.UNSUPPORTED, message, hint)
    else:
        section.choice("executor", {"agent": "agent"}, "agent")


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
        _check_arg(section, "summary", pointer, shape)
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
    _check_arg(section, key, pointer, shape)
    return pointer


def _check_arg(section: Section, key: str, pointer: str, shape: ArgsShape) -> None:
    if shape.membership(pointer) is Membership.UNKNOWN:
        known = shape.members()
        hint = did_you_mean(pointer.lstrip("/"), known) or f"args has {', '.join(known)}"
        message = f"{pointer[:80]} in {key} is not among the properties of args."
        section.notes.problem(section.at(key), Code.UNKNOWN_ARG, message, hint)


# rules


def _read_rules(action: Section, shape: ArgsShape, risk: Risk) -> tuple[Rule, ...]:
    return tuple(_read_rule(section, shape, risk) for section in action.listed("rules"))


def _read_rule(section: Section, shape: ArgsShape, base: Risk) -> Rule:
    section.only(("when", "route", "risk", "because"))
    risk = section.choice("risk", _RISKS, None) if "risk" in section else None
    route = section.choice("route", _RULE_ROUTES, None) if "route" in section else None
    _check_effect(section, route, risk, base)
    because = section.text("because")
    if because is None and "because" not in section:
        message = "The rule does not say because."
        hint = "one sentence for the people who decide: why does this guardrail exist?"
        section.notes.problem(section.place, Code.MISSING, message, hint)
    return Rule(
        when=_read_when(section, shape),
        route=route,
        risk=risk,
        because=because or "?",
        path=section.path,
    )


def _check_effect(section: Section, route: Route | None, risk: Risk | None, base: Risk) -> None:
    problem, warn = section.notes.problem, section.notes.warn
    if not {"route", "risk"} & set(section.names()):
        message = "The rule asks for nothing; it needs a route or a risk."
        problem(section.place, Code.RULE_EMPTY, message, "route: review, route: block or risk: …")
    if route is Route.AUTO:
        message = "A rule may only raise: route is review or block."
        problem(section.at("route"), Code.RULE_LOWERS, message)
    if risk and risk.rank < base.rank:
        message = f"A rule may only raise: {risk.value} is below the action's own {base.value}."
        problem(section.at("risk"), Code.RULE_LOWERS, message)
    if risk is base and route is None:
        message = f"The action's risk is {base.value} already, so the rule changes nothing."
        warn(section.at("risk"), Code.RULE_WITHOUT_EFFECT, message)


def _read_when(section: Section, shape: ArgsShape) -> tuple[tuple[str, JSON], ...]:
    node = section.raw("when")
    if node is None or node.value in (None, {}):
        message = "The rule does not say when."
        section.notes.problem(section.at("when"), Code.MISSING, message, "when: {reason: goodwill}")
        return ()
    if isinstance(node.value, str):
        message = "when is not supported yet as text: CEL comes later."
        hint = "name args and their values: when: {reason: goodwill}"
        section.notes.problem(section.at("when"), Code.UNSUPPORTED, message, hint)
        return ()
    when = section.section("when")
    return tuple(_read_condition(when, key, shape) for key in when.names())


def _read_condition(when: Section, key: str, shape: ArgsShape) -> tuple[str, JSON]:
    node = when.raw(key)
    value = node.plain() if node else None
    pointer = arg_pointer(key)
    if pointer is None:
        message = f"{key[:80]} is no pointer into the args."
        when.notes.problem(when.key_at(key), Code.BAD_POINTER, message, "amount, or /order/id")
        return key, None
    if isinstance(value, dict | list):
        message = f"{key[:80]} is not supported yet with more than one value: it comes later."
        hint = "give one value, and write a rule for each"
        when.notes.problem(when.at(key), Code.UNSUPPORTED, message, hint)
        return pointer, None
    _check_arg(when, key, pointer, shape)
    if shape.membership(pointer) is Membership.OPTIONAL:
        message = f"{pointer} is not required by args; where it is absent, the rule stays silent."
        when.notes.warn(when.key_at(key), Code.ARG_OPTIONAL, message, "add it to required")
    if not shape.may_be(pointer, value):
        message = f"args never let {pointer} have this value, so the rule never fires."
        when.notes.problem(when.at(key), Code.RULE_NEVER_FIRES, message)
    return pointer, value


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
    section.only(("from", "count", "when_critical"))
    count = section.whole("count", 1, least=1, most=MOST_APPROVERS)
    critical = section.whole("when_critical", None, least=1, most=MOST_APPROVERS)
    if critical is not None and critical < count:
        message = f"when_critical ({critical}) must not be below count ({count})."
        section.notes.problem(section.at("when_critical"), Code.QUORUM_SHRINKS, message)
    teams = section.texts("from") or ()
    return Approvals(teams=tuple(dict.fromkeys(teams)), count=count, when_critical=critical)


def _read_deadline(section: Section) -> timedelta:
    section.only(("after", "then"), {"escalate": "handing over to other teams"})
    section.choice("then", {"expire": "expire"}, "expire")
    return section.duration("after", DEFAULT_DEADLINE)


def _read_terms(section: Section) -> Terms:
    section.only(("valid", "run_within", "not_before"))
    default = Terms()
    terms = Terms(
        valid=section.duration("valid", default.valid),
        run_within=section.duration("run_within", default.run_within),
        not_before=section.duration("not_before", default.not_before, zero=True),
    )
    if terms.not_before >= terms.valid:
        message = "not_before must be shorter than valid, or no permit can ever be redeemed."
        section.notes.problem(section.place, Code.PERMIT_NEVER_VALID, message)
    return terms
