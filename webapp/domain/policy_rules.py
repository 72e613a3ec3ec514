"""Read the rules of an action type: guardrails on args that people add."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from webapp.domain.conditions import Absent, Bound, Condition, NoneOf, OneOf
from webapp.domain.expressions import Expression
from webapp.domain.policy import Rule
from webapp.domain.policy_conditions import read_conditions
from webapp.domain.policy_expressions import read_expression
from webapp.domain.policy_impossible import impossible
from webapp.domain.policy_problems import Code
from webapp.domain.policy_schema import ArgsShape, Membership
from webapp.domain.policy_section import Section
from webapp.domain.policy_shadowed import warn_of_shadowed
from webapp.domain.verdict import Risk, Route

MOST_RULES = 1_000  # of one action type: each costs every handoff some microseconds

_RISKS = {risk.value: risk for risk in Risk}
_RULE_ROUTES = {route.value: route for route in Route}


def read_rules(action: Section, shape: ArgsShape, risk: Risk) -> tuple[Rule, ...]:
    """Read the rules of an action type whose own risk is `risk`."""
    sections = list(islice(action.listed("rules"), MOST_RULES))
    written = action.raw("rules")
    if written and isinstance(written.value, list) and len(written.value) > MOST_RULES:
        message = f"There are {len(written.value):,} rules; {MOST_RULES:,} is the most."
        hint = "a list of values, or one expression, says more with less"
        place = replace(written.value[MOST_RULES].place, path=f"{action.path}.rules[{MOST_RULES}]")
        action.notes.problem(place, Code.TOO_LARGE, message, hint)
        return ()
    before = len(action.notes.problems)
    rules = tuple(_read_rule(section, shape, risk) for section in sections)
    if len(action.notes.problems) == before:
        warn_of_shadowed(sections, rules)
    return rules


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
    when, expression = _read_when(section, shape)
    return Rule(
        when=when,
        expression=expression,
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


def _read_when(
    section: Section, shape: ArgsShape
) -> tuple[tuple[Condition, ...], Expression | None]:
    """Read the condition of a rule: questions of args, or an expression."""
    node = section.raw("when")
    if node is None or node.value in (None, {}, ""):
        message = "The rule does not say when."
        section.notes.problem(section.at("when"), Code.MISSING, message, "when: {reason: goodwill}")
        return (), None
    if isinstance(node.value, str):
        return (), read_expression(section, "when", shape)
    when = section.section("when")
    conditions = tuple(one for key in when.names() for one in _read_key(when, key, shape))
    _warn_of_currencies(section, conditions, shape)
    return conditions, None


def _read_key(when: Section, key: str, shape: ArgsShape) -> tuple[Condition, ...]:
    """Read what is asked of one arg, and say what to think of it."""
    before = len(when.notes.problems)
    conditions = read_conditions(when, key, shape)
    if len(when.notes.problems) > before or not conditions:
        return conditions
    pointer = conditions[0].pointer
    if shape.membership(pointer) is Membership.OPTIONAL:
        _warn_of_absence(when, key, conditions)
    message = impossible(conditions, shape)
    if message:
        when.notes.problem(when.at(key), Code.RULE_NEVER_FIRES, message)
    return conditions


def _warn_of_absence(when: Section, key: str, conditions: tuple[Condition, ...]) -> None:
    """Say what becomes of the rule where the arg is absent, unless the rule says that itself."""
    kinds = {type(condition.asks) for condition in conditions}
    if Absent in kinds:
        return
    if Bound in kinds:
        effect = "the rule cannot be decided, so a person is asked"
    else:
        effect = "the rule fires" if kinds == {NoneOf} else "the rule stays silent"
    message = f"{conditions[0].pointer} is not required by args; where it is absent, {effect}."
    hint = "add it to required, or say absent: true or absent: false"
    when.notes.warn(when.key_at(key), Code.ARG_OPTIONAL, message, hint)


def _warn_of_currencies(
    section: Section, conditions: tuple[Condition, ...], shape: ArgsShape
) -> None:
    """Point at currencies that args may have and that the rule cannot compare."""
    for condition in conditions:
        bound = condition.asks
        if not isinstance(bound, Bound) or bound.beside is None:
            continue
        others = [one for one in shape.listed(bound.beside) or () if one != bound.currency]
        if others and not _settles(conditions, bound):
            message = f"Where {bound.beside} is not {bound.currency}, the rule cannot be decided, so a person is asked."
            hint = f"write a rule for each currency, with {bound.beside.lstrip('/')}: {bound.currency} in it"
            section.notes.warn(section.at("when"), Code.OTHER_CURRENCY, message, hint)
            return


def _settles(conditions: tuple[Condition, ...], bound: Bound) -> bool:
    """Say whether the rule itself asks for the currency that it compares in."""
    alone = OneOf((bound.currency,))
    return any(one.pointer == bound.beside and one.asks == alone for one in conditions)
