"""Read the rules of an action type: guardrails on args that people add."""

from __future__ import annotations

from webapp.domain.json_text import JSON
from webapp.domain.nearest import did_you_mean
from webapp.domain.policy import Rule
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.summary import arg_pointer
from webapp.domain.verdict import Risk, Route

_RISKS = {risk.value: risk for risk in Risk}
_RULE_ROUTES = {route.value: route for route in Route}


def read_rules(action: Section, shape: ArgsShape, risk: Risk) -> tuple[Rule, ...]:
    """Read the rules of an action type whose own risk is `risk`."""
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
    check_arg(when, key, pointer, shape)
    if shape.membership(pointer) is Membership.OPTIONAL:
        message = f"{pointer} is not required by args; where it is absent, the rule stays silent."
        when.notes.warn(when.key_at(key), Code.ARG_OPTIONAL, message, "add it to required")
    if not shape.may_be(pointer, value):
        message = f"args never let {pointer} have this value, so the rule never fires."
        when.notes.problem(when.at(key), Code.RULE_NEVER_FIRES, message)
    return pointer, value


def check_arg(section: Section, key: str, pointer: str, shape: ArgsShape) -> None:
    """Note a pointer to what the schema of the args does not know."""
    if shape.membership(pointer) is Membership.UNKNOWN:
        known = shape.members()
        hint = did_you_mean(pointer.lstrip("/"), known) or f"args has {', '.join(known)}"
        message = f"{pointer[:80]} in {key} is not among the properties of args."
        section.notes.problem(section.at(key), Code.UNKNOWN_ARG, message, hint)
