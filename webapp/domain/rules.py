"""Rules: which ones fire in a case, and which could not be decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.domain.conditions import Args, all_of
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


def judge(rules: Iterable[Rule], args: Args) -> Judged:
    """Ask every rule."""
    fired: list[Rule] = []
    failed: list[tuple[Rule, str]] = []
    for rule in rules:
        answer = all_of(rule.when, args)
        if answer is True:
            fired.append(rule)
        elif answer is not False:
            failed.append((rule, answer.why))
    return Judged(fired=tuple(fired), failed=tuple(failed))
