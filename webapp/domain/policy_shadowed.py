"""Find rules that change nothing: another one fires wherever they do, and asks for at least as much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from webapp.domain.conditions import Absent, Asks, Bound, Condition, Matches, NoneOf, OneOf, Side
from webapp.domain.policy import Rule
from webapp.domain.policy_problems import Code
from webapp.domain.policy_section import Section

MOST_COMPARED = 300  # each with each; beyond that nobody reads the warnings anyway


def warn_of_shadowed(sections: Sequence[Section], rules: Sequence[Rule]) -> None:
    """Point at each rule that another one makes pointless; of two that are the same, at the later."""
    for n, narrow in enumerate(rules[:MOST_COMPARED]):
        for m, wide in enumerate(rules[:MOST_COMPARED]):
            if m != n and covers(wide, narrow) and not (m > n and covers(narrow, wide)):
                message = (
                    f"Wherever this rule fires, rules[{m}] fires too and asks for at least as much."
                )
                place = sections[n].place
                hint = "remove it, or let it ask for more"
                sections[n].notes.warn(place, Code.RULE_SHADOWED, message, hint)
                break


def covers(wide: Rule, narrow: Rule) -> bool:
    """Say whether `wide` surely fires wherever `narrow` does, and asks for at least as much."""
    if _rank(wide.route) < _rank(narrow.route) or _rank(wide.risk) < _rank(narrow.risk):
        return False
    if wide.expression:
        same = narrow.expression is not None and narrow.expression.text == wide.expression.text
        return same or wide.expression.constant is True
    if narrow.expression or not wide.when:
        return False
    return all(_follows(narrow, condition) for condition in wide.when)


def _follows(narrow: Rule, wide: Condition) -> bool:
    """Say whether one condition surely holds wherever a rule fires."""
    return any(one.pointer == wide.pointer and implies(one.asks, wide.asks) for one in narrow.when)


def _rank(asked: object) -> int:
    return getattr(asked, "rank", -1)


def implies(narrow: Asks, wide: Asks) -> bool:
    """Say whether every value that is as `narrow` asks is surely as `wide` asks."""
    if isinstance(narrow, OneOf):
        return all(wide.of(value, {}) is True for value in narrow.values)
    if isinstance(narrow, NoneOf) and isinstance(wide, NoneOf):
        return set(map(repr, wide.values)) <= set(map(repr, narrow.values))
    if isinstance(narrow, Bound) and isinstance(wide, Bound):
        return _lies_within(narrow, wide)
    there = isinstance(narrow, Bound | Matches) and wide == Absent(absent=False)
    return there or narrow == wide


def _lies_within(narrow: Bound, wide: Bound) -> bool:
    if (narrow.currency, narrow.beside) != (wide.currency, wide.beside):
        return False
    sides = narrow.side, wide.side
    inner, outer = narrow.number, wide.number
    if sides in set(product(_UP, repeat=2)):
        return inner > outer or (inner == outer and sides != (Side.AT_LEAST, Side.OVER))
    if sides in set(product(_DOWN, repeat=2)):
        return inner < outer or (inner == outer and sides != (Side.AT_MOST, Side.UNDER))
    return False


_UP = (Side.OVER, Side.AT_LEAST)
_DOWN = (Side.UNDER, Side.AT_MOST)
