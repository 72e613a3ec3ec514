"""Rules: which ones fire in a case, and which could not be decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from webapp.domain.action import Action
from webapp.domain.conditions import Answer, Args, Undecided, all_of
from webapp.domain.expressions import MOST_BYTES, Batch, Facts
from webapp.domain.handoff import Handoff
from webapp.domain.policy import Rule
from webapp.domain.uses import SCALE, Use
from webapp.domain.verdict import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The rules that fired, and those that could not be decided, each with why not."""

    fired: tuple[Rule, ...] = ()
    failed: tuple[tuple[Rule, str], ...] = ()

    @property
    def risks(self) -> list[Risk]:
        """List the risks that are asked for; what could not be decided counts as fired."""
        rules = [*self.fired, *[rule for rule, _ in self.failed]]
        return [rule.risk for rule in rules if rule.risk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the agent stands: whose it is, its level, and how each limit stands; None where limits do not matter."""

    owner: str
    level: str
    uses: tuple[Use, ...] | None


NOTHING = Judged()


def judge(
    rules: Iterable[Rule], handoff: Handoff, standing: Standing, batches: Sequence[Batch] = ()
) -> Judged:
    """Ask every rule; what expressions look at is made ready at the first that there is.

    Those of a batch are asked one by one only where the batch does not say that none of them holds.
    """
    action = handoff.action
    if action is None:
        return NOTHING
    args, facts = action.args, _Ready(handoff, action, standing)
    found = [
        (rule, answer)
        for rule in _to_ask(rules, batches, facts)
        for answer in _answers(rule, args, facts)
        if answer is not False
    ]
    return _judged(found) if found else NOTHING


def _to_ask(
    rules: Iterable[Rule], batches: Sequence[Batch], facts: Callable[[], Facts]
) -> Iterable[Rule]:
    """Leave out the rules that are silent together."""
    silent = {one for batch in batches if batch.is_silent(facts()) for one in batch.members}
    return [rule for rule in rules if rule.expression not in silent] if silent else rules


def _answers(rule: Rule, args: Args, facts: Callable[[], Facts]) -> tuple[Answer, ...]:
    if rule.expression is None:
        return (all_of(rule.when, args),)
    return rule.expression.answers(facts())


class _Ready:
    """What expressions look at, put together at the first that there is."""

    __slots__ = ("_asked", "_facts")

    def __init__(self, handoff: Handoff, action: Action, standing: Standing) -> None:
        self._asked = handoff, action, standing
        self._facts: Facts | None = None

    def __call__(self) -> Facts:
        if self._facts is None:
            self._facts = _facts(*self._asked)
        return self._facts


def _judged(found: Sequence[tuple[Rule, Answer]]) -> Judged:
    return Judged(
        fired=tuple(rule for rule, answer in found if answer is True),
        failed=tuple((rule, answer.why) for rule, answer in found if isinstance(answer, Undecided)),
    )


def _facts(handoff: Handoff, action: Action, standing: Standing) -> Facts:
    """Put together what docs/policy.md says that expressions may look at."""
    used = {use.rule: use.used / SCALE for use in standing.uses or ()}
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
        "counters": {"level": standing.level, "used": used},
    }
    is_large = len(action.canonical()) > MOST_BYTES
    return Facts(known, counted=standing.uses is not None, is_large=is_large)


def _double(number: float | None) -> float | None:
    return None if number is None else float(number)
