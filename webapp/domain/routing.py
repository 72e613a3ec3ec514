"""Routing: what becomes of a handoff under a policy. The whole of it is on this page.

Each check looks at one thing and yields reasons. A reason asks for a route, and the strictest reason wins, so a check
can only ever make things stricter, and adding one never loosens a policy. No clock, no I/O, no exceptions: the same
handoff, policy and counters give the same verdict for ever, which is what replay and simulation rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from webapp.domain.action import Action
from webapp.domain.case import Case, Counters, draws_under
from webapp.domain.envelope_checks import (
    check_amount,
    check_count,
    check_counterparty,
    check_currency,
    check_hours,
    check_limits,
    check_places,
    check_values,
)
from webapp.domain.gate import route_task
from webapp.domain.handoff import Handoff
from webapp.domain.ladder import level_in_force
from webapp.domain.limits import use_of
from webapp.domain.loop_checks import check_loops
from webapp.domain.needs import check_task
from webapp.domain.policy import Policy
from webapp.domain.rules import Standing, judge
from webapp.domain.shadow import as_observed, level_asked
from webapp.domain.stop import in_force
from webapp.domain.verdict import Reason, Risk, Route, Tier, Verdict

_rank = attrgetter("rank")


def route(handoff: Handoff, policy: Policy, counters: Counters) -> Verdict:
    """Say what becomes of `handoff` under `policy`: the strictest reason wins."""
    if handoff.task is not None:
        return route_task(handoff, handoff.task, policy, counters)
    if handoff.action is None:
        return _route_question(handoff, policy)
    return verdict_of(case_of(handoff, handoff.action, policy, counters))


def verdict_of(case: Case) -> Verdict:
    """Say what becomes of an action, once everything that checks may look at lies ready."""
    handoff, policy = case.handoff, case.policy
    reasons = tuple([reason for check in CHECKS for reason in check(case)]) or (_within(case),)
    verdict = Verdict(
        route=max([reason.route for reason in reasons], key=_rank),
        tier=_tier(case),
        risk=case.risk,
        policy=policy.number,
        reasons=reasons,
        teams=case.type.approvals.teams or (case.grant.owner or handoff.owner,),
        quorum=_quorum(case),
        deadline=case.type.deadline.unless_plain,
        limits=case.uses,
    )
    return as_observed(case, verdict)


def case_of(handoff: Handoff, action: Action, policy: Policy, counters: Counters) -> Case:
    """Look up what the policy says of this agent and this action; rules that fire may raise the risk."""
    action_type = policy.action_type(action.name)
    grant = policy.grant(handoff.agent, handoff.owner)
    stands = level_in_force(policy.levels, grant, counters.level)
    level, counted = level_asked(grant, stands), counters.used is not None
    zone = policy.timezone
    drawn = draws_under(grant, action_type, handoff, counters.at, zone) if counted else ()
    uses = tuple([use_of(draw, counters.used_of(draw)) for draw in drawn])
    standing = Standing(owner=grant.owner or "", level=level, uses=uses if counted else None)
    judged = judge(action_type.rules, handoff, standing, action_type.batches)
    return Case(
        handoff=handoff,
        policy=policy,
        counters=counters,
        grant=grant,
        type=action_type,
        rules=judged,
        risk=max([action_type.risk, *judged.risks], key=_rank),
        stands=stands,
        level=level,
        draws=drawn,
        uses=uses,
    )


def _route_question(handoff: Handoff, policy: Policy) -> Verdict:
    """Send a question to the people whom the policy names for this agent's questions."""
    grant = policy.grant(handoff.agent, handoff.owner)
    team = grant.questions_to or grant.owner or handoff.owner
    reason = Reason(
        code="question", route=Route.REVIEW, message=f"The agent asks a question of {team}."
    )
    return Verdict(
        route=Route.REVIEW,
        tier=None,
        risk=Risk.READ,
        policy=policy.number,
        reasons=(reason,),
        teams=(team,),
        quorum=1,
        deadline=grant.questions_deadline.unless_plain,
    )


def check_stops(case: Case) -> Iterator[Reason]:
    """Put everything before people that a stop covers."""
    stop = in_force(case.counters.stops, case.handoff.agent, case.type.name)
    if stop and stop.eased_at:
        message = (
            f"A stop of {stop.describe()} is being lifted; people decide everything until then."
        )
        yield Reason(code="resuming", route=Route.REVIEW, message=message)
    elif stop:
        message = f"A stop is in force for {stop.describe()}: {stop.reason}"
        yield Reason(code="stopped", route=Route.REVIEW, message=message)


def check_type(case: Case) -> Iterator[Reason]:
    """Ask for what the policy says of actions that it does not know."""
    if not case.type.known:
        route = case.policy.unknown_action
        message = f"The policy has no action type {case.type.name}."
        fix = "an action type that the policy defines" if route is Route.BLOCK else None
        yield Reason(
            code="unknown_action", route=route, message=message, rule="unknown_action", fix=fix
        )


def check_schema(case: Case) -> Iterator[Reason]:
    """Refuse args that the policy does not take: what was submitted was held to this, what is routed again was not."""
    action = case.handoff.action
    problems = case.type.problems(action.args) if action else ()
    if problems:
        first = f"{problems[0].pointer} {problems[0].message}".strip()
        message = f"The args of {case.type.name} are not as the policy wants them: {first}"
        yield Reason(
            code="args_refused",
            route=Route.BLOCK,
            message=message,
            rule=f"actions.{case.type.name}.args",
            fix=problems[0].expected,
        )


def check_grant(case: Case) -> Iterator[Reason]:
    """Put before people what the policy does not grant to this agent."""
    if not case.grant.allows(case.type.name):
        message = f"{case.handoff.agent} has no grant for {case.type.name}."
        rule = f"agents.{case.grant.name}.actions"
        yield Reason(code="action_not_granted", route=Route.REVIEW, message=message, rule=rule)


def check_rules(case: Case) -> Iterator[Reason]:
    """Give each rule that fired its say, and put before people what one could not decide."""
    for rule in case.rules.fired:
        code = "rule" if rule.route else "risk_raised"
        yield Reason(
            code=code, route=rule.route or Route.AUTO, message=rule.because, rule=rule.path
        )
    for rule, why in case.rules.failed:
        message = f"{rule.because}: this could not be decided, since {why}."
        yield Reason(code="rule_failed", route=Route.REVIEW, message=message, rule=rule.path)


def check_confidence(case: Case) -> Iterator[Reason]:
    """Compare the agent's confidence with the tiers, unless a person has put theirs in its place."""
    confidence, tiers, name = case.handoff.confidence, case.type.tiers, case.type.name
    if case.handoff.vouched or (confidence is None and case.handoff.undoes):
        return
    rule = f"actions.{name}.tiers"
    if confidence is None:
        message = "The agent did not say how confident it is."
        yield Reason(code="confidence_missing", route=Route.REVIEW, message=message, rule=rule)
    elif confidence < tiers.review:
        least = _exact(tiers.review)
        message = f"{_exact(confidence)} is below {least}, the least with which {name} may ask."
        fix = f"a confidence of at least {least}"
        yield Reason(
            code="confidence_too_low", route=Route.BLOCK, message=message, rule=rule, fix=fix
        )
    elif confidence < tiers.auto:
        message = (
            f"{_exact(confidence)} is below {_exact(tiers.auto)}, needed to run {name} unasked."
        )
        yield Reason(code="confidence_below_auto", route=Route.REVIEW, message=message, rule=rule)


def check_reversible(case: Case) -> Iterator[Reason]:
    """Let nothing irreversible run on confidence alone."""
    if case.type.unasked:
        return
    rule = f"actions.{case.type.name}"
    if case.type.reversible:
        message = f"The policy lets {case.type.name} run only when a person agrees."
        yield Reason(code="never_unasked", route=Route.REVIEW, message=message, rule=rule)
    else:
        message = f"{case.type.name} cannot be undone."
        yield Reason(code="irreversible", route=Route.REVIEW, message=message, rule=rule)


def check_level(case: Case) -> Iterator[Reason]:
    """Cap the risk that the agent's level of autonomy may run unasked."""
    level = case.level
    cap = case.policy.levels.get(level)
    if case.risk is Risk.CRITICAL:
        message = "Critical risk always needs people."
        yield Reason(code="critical_risk", route=Route.REVIEW, message=message)
    elif cap is None:
        message = f"At level {level}, people decide everything."
        yield Reason(
            code="level_supervised", route=Route.REVIEW, message=message, rule=f"levels.{level}"
        )
    elif case.risk.rank > cap.rank:
        message = f"Risk {case.risk.value} is above {cap.value}, the most that level {level} may run unasked."
        yield Reason(
            code="risk_above_level", route=Route.REVIEW, message=message, rule=f"levels.{level}"
        )


def check_conversation(case: Case) -> Iterator[Reason]:
    """Keep a person in a conversation that a person has begun: asked back, took it back, asked for it again."""
    if case.handoff.asked_back:
        message = "A person asked for changes or took an approval back, so a person looks at this."
        yield Reason(code="asked_back", route=Route.REVIEW, message=message)
    if case.handoff.run_again_of:
        message = f"A person asked for what did not run before, as {case.handoff.run_again_of}; people decide anew."
        yield Reason(code="run_again", route=Route.REVIEW, message=message)
    if case.handoff.undoes:
        message = f"A person asks to undo {case.handoff.undoes}; people decide it."
        yield Reason(code="undo", route=Route.REVIEW, message=message)


CHECKS: tuple[Callable[[Case], Iterator[Reason]], ...] = (
    check_stops,
    check_type,
    check_schema,
    check_grant,
    check_rules,
    check_confidence,
    check_reversible,
    check_level,
    check_amount,
    check_currency,
    check_count,
    check_counterparty,
    check_places,
    check_values,
    check_hours,
    check_limits,
    check_loops,
    check_conversation,
    check_task,
)


def _exact(number: float) -> str:
    """Write a confidence so that one just below a threshold never reads as the threshold itself."""
    return f"{number:.15g}"


def _within(case: Case) -> Reason:
    message = f"Within what level {case.level} may run unasked."
    return Reason(code="within_policy", route=Route.AUTO, message=message)


def _quorum(case: Case) -> int:
    """Say how many people must agree: the policy may want more where the risk is critical."""
    approvals = case.type.approvals
    critical = approvals.when_critical if case.risk is Risk.CRITICAL else None
    return max(approvals.count, critical or 0)


def _tier(case: Case) -> Tier | None:
    confidence = case.handoff.confidence
    if confidence is None:
        return None
    if confidence >= case.type.tiers.auto:
        return Tier.HIGH
    return Tier.MEDIUM if confidence >= case.type.tiers.review else Tier.LOW
