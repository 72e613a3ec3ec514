"""Rules: which ones fire in a case, and which could not be decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from webapp.domain.action import Action
from webapp.domain.conditions import Answer, Args, all_of
from webapp.domain.expressions import MOST_BYTES, Facts
from webapp.domain.handoff import Handoff
from webapp.domain.policy import Rule
from webapp.domain.verdict import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The rules that fired, and those that could not be decided, each with why not."""

    fired: tuple[Rule, ...] = ()
    failed: tuple[tuple[Rule, str], ...] = ()

    @property
    def risks(self) -> list[Risk]:
        """List the risks that are asked for; what could not be decided counts as fired."""
        rules = (*self.fired, *(rule for rule, _ in self.failed))
        return [rule.risk for rule in rules if rule.risk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the agent stands: whose it is, its level, and what is used of each limit by its path.

    `used` is None where limits do not matter.
    """

    owner: str
    level: str
    used: Mapping[str, float] | None


def judge(rules: Iterable[Rule], handoff: Handoff, standing: Standing) -> Judged:
    """Ask every rule; what expressions look at is made ready at the first that there is."""
    action = handoff.action
    if action is None:
        return Judged()
    facts = cache(partial(_facts, handoff, action, standing))
    found = [
        (rule, answer)
        for rule in rules
        for answer in _answers(rule, action.args, facts)
        if answer is not False
    ]
    return Judged(
        fired=tuple(rule for rule, answer in found if answer is True),
        failed=tuple((rule, answer.why) for rule, answer in found if answer is not True),
    )


def _answers(rule: Rule, args: Args, facts: Callable[[], Facts]) -> tuple[Answer, ...]:
    if rule.expression is None:
        return (all_of(rule.when, args),)
    return rule.expression.answers(facts())


def _facts(handoff: Handoff, action: Action, standing: Standing) -> Facts:
    """Put together what docs/policy.md says that expressions may look at."""
    known = {
        "args": action.args,
        "action": {"name": action.name},
        "agent": {"name": handoff.agent, "owner": standing.owner},
        "handoff": {
            "kind": handoff.kind.value,
            # who vouches stands in place of the agent's confidence, as everywhere
            "confidence": 1.0 if handoff.vouched else _double(handoff.confidence),
            "tags": list(handoff.tags),
            "on_behalf_of": handoff.on_behalf_of or "",
        },
        "counters": {"level": standing.level, "used": dict(standing.used or {})},
    }
    is_large = len(action.canonical()) > MOST_BYTES
    return Facts(known, counted=standing.used is not None, is_large=is_large)


def _double(number: float | None) -> float | None:
    return None if number is None else float(number)
