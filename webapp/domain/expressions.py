"""Expressions: the conditions of rules as CEL, compiled once, bounded in cost, answered like any other condition.

What they may look at is made ready once for each case. Numbers of args are doubles, since that is what JSON has; money
is a duration, of all types the one that is compared, added, and nothing else: `money("1", "EUR") > 5` does not compile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cel_expr_python import cel

from webapp.domain.canonical import canonical
from webapp.domain.conditions import Answer, Undecided
from webapp.domain.money import is_currency, read_number

MOST_BYTES = (
    32_768  # of the args, as canonical JSON: what a loop over them can cost grows with their square
)
LONGEST_WHY = 160
MOST_TOGETHER = 10  # expressions of one batch: all of them are asked again where one holds

Type = cel.Type
_BOOL, _ERROR = Type.BOOL, Type.ERROR  # asked of the library once: it makes a new one each time
ANYTHING = Type.Map(Type.STRING, Type.DYN)
NAMES = ("args", "agent", "action", "handoff", "counters")
# none of them takes null: the library would take a reference to None away, and end the process after some thousands
_AMOUNTS = (Type.STRING, Type.DOUBLE, Type.INT)
_MICRO = 1_000_000
_CODE = re.compile(r"^[A-Z_]+: ")


def environment(variables: Mapping[str, Any]) -> Any:
    """Give what compiles and runs expressions over these variables, with `money` beside what CEL has."""
    overloads = [
        cel.Overload(
            f"money_{kind.name()}", return_type=Type.DURATION, parameters=[kind, Type.STRING]
        )
        for kind in _AMOUNTS
    ]
    extension = cel.CelExtension("handrail", [cel.FunctionDecl("money", overloads)])
    return cel.NewEnv(variables=dict(variables), extensions=[extension])


_RUNNING = environment(dict.fromkeys(NAMES, ANYTHING))
_ANSWERS = cel.NewEnv(variables={"response": ANYTHING})
_OUTCOMES = cel.NewEnv(variables={"response": ANYTHING, "args": ANYTHING})


def compiled(text: str) -> Any:
    """Compile an expression to be run. Raises RuntimeError, which says where it is wrong."""
    return _RUNNING.compile(text)


def compiled_for_answers(text: str) -> Any:
    """Compile an expression over `response`. Raises RuntimeError, which says where it is wrong."""
    return _ANSWERS.compile(text)


def holds_for(text: str, response: Mapping[str, Any]) -> bool | None:
    """Say whether an expression holds for an answer; None where that cannot be said."""
    return _holds(compiled_for_answers, text, {"response": dict(response)})


def compiled_for_outcomes(text: str) -> Any:
    """Compile an expression over `response` and `args`. Raises RuntimeError, which says where it is wrong."""
    return _OUTCOMES.compile(text)


def holds_after(text: str, response: Mapping[str, Any], args: Mapping[str, Any]) -> bool | None:
    """Say whether an expression holds for what a look has shown of what these args did; None as for an answer."""
    if len(canonical(dict(args))) > MOST_BYTES:
        return None
    return _holds(compiled_for_outcomes, text, {"response": dict(response), "args": dict(args)})


def _holds(compiling: Callable[[str], Any], text: str, data: Mapping[str, Any]) -> bool | None:
    try:
        found = compiling(text).eval(data=as_doubles(data))
        # only then: see Expression
        return found.value() is True if found.type() == _BOOL else None
    except (RuntimeError, ValueError, TypeError, MemoryError):
        return None


def constant(program: Any) -> bool | None:
    """Say what a compiled expression gives whatever it looks at; None where that depends on what it sees."""
    try:
        found = program.eval(data={})
        return found.value() is True if found.type() == _BOOL else None
    except RuntimeError:
        return None


class _Purse:
    """The currency in which one expression counts: nobody here knows a rate between two."""

    __slots__ = ("_read", "currency")

    def __init__(self) -> None:
        self.currency: str | None = None
        self._read: dict[tuple[object, str], timedelta] = {}

    def money(self, amount: object, currency: str) -> timedelta:
        """Give an amount as a duration, a second for each unit. Raises ValueError, which CEL makes an error of."""
        if self.currency != currency:
            if self.currency is not None:
                raise ValueError(f"{currency[:40]} is not compared with {self.currency[:40]}")
            self.currency = currency
        known = self._read.get((amount, currency))
        if known is None:
            known = self._read[amount, currency] = _as_duration(amount, currency)
        return known


def _as_duration(amount: object, currency: str) -> timedelta:
    number = read_number(amount)
    micros = None if number is None else number * _MICRO
    if micros is None or micros != int(micros):
        raise ValueError(f"{str(amount)[:40]} is no amount of money")
    if not is_currency(currency):
        raise ValueError(f"{currency[:40]} is no currency")
    return timedelta(microseconds=int(micros))


def _money(kind: Any, purse: _Purse) -> Any:
    parameters, is_member = [kind, Type.STRING], False
    return cel.Function("money", parameters, is_member, purse.money, Type.DURATION)


class Facts:
    """What the expressions of one case may look at.

    `claims` says whether the agent claims anything; `counted` whether limits matter, so that rules on what is used of
    them are asked; `is_large` that the args are too large to be looked at within bounds.
    """

    __slots__ = ("_functions", "_known", "_purse", "_ready", "claims", "counted", "is_large")

    def __init__(self, known: Mapping[str, Any], *, counted: bool, is_large: bool) -> None:
        self.counted = counted
        self.is_large = is_large
        self.claims = bool(known["handoff"]["tags"] or known["handoff"]["on_behalf_of"])
        self._known = {**known, "args": as_doubles(known["args"])}
        self._purse = _Purse()
        self._functions = [_money(kind, self._purse) for kind in _AMOUNTS]
        self._ready: dict[bool, Any] = {}

    def ready(self, *, claimed: bool) -> Any:
        """Give what one expression is run over, with the agent's claims or without; no currency is fixed yet."""
        self._purse.currency = None
        ready = self._ready.get(claimed)
        if ready is None:
            known = self._known if claimed else {**self._known, "handoff": self._unclaimed()}
            ready = self._ready[claimed] = _RUNNING.Activation(known, functions=self._functions)
        return ready

    def _unclaimed(self) -> dict[str, Any]:
        return {**self._known["handoff"], "tags": [], "on_behalf_of": ""}


def as_doubles(value: object) -> Any:
    """Give JSON with every number as a double, so that an amount of 5 and one of 5.5 compare alike."""
    if isinstance(value, dict):
        return {key: as_doubles(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_doubles(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expression:
    """A condition in CEL; compared by identity.

    `reads_claims` says that it looks at what the agent claims beside its action, `reads_use` that it looks at what is
    used of limits.
    """

    text: str
    reads_claims: bool
    reads_use: bool
    constant: bool | None = field(init=False)  # what it gives whatever it looks at
    _program: Any = field(init=False, repr=False)
    _gives_bool: bool = field(init=False, repr=False)  # or an error, and nothing else

    def __post_init__(self) -> None:
        object.__setattr__(self, "_program", compiled(self.text))
        object.__setattr__(self, "constant", constant(self._program))
        object.__setattr__(self, "_gives_bool", self._program.return_type() == _BOOL)

    def answers(self, facts: Facts) -> tuple[Answer, ...]:
        """Answer with what the agent claims and, where that matters, as if it claimed nothing: a claim frees nobody."""
        if self.reads_use and not facts.counted:
            return (False,)
        if facts.is_large:
            return (Undecided(f"the args have more than {MOST_BYTES:,} bytes"),)
        answer = self._answer(facts.ready(claimed=True))
        if not (self.reads_claims and facts.claims):
            return (answer,)
        unclaimed = self._answer(facts.ready(claimed=False))
        return (answer,) if unclaimed == answer else (answer, unclaimed)

    def _answer(self, ready: Any) -> Answer:
        try:
            found = self._program.eval(ready)
            # only then: asked for the value of null, the library takes a reference to None away
            if self._gives_bool or found.type() in (_BOOL, _ERROR):
                value = found.value()
                return value if value is True or value is False else _failed(value)
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            return _failed(str(error))
        kind = found.type().name().lower()
        return Undecided(f"its expression gives {kind}, neither true nor false")


def _failed(error: str) -> Undecided:
    return Undecided(f"its expression fails: {_CODE.sub('', error)[:LONGEST_WHY]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some expressions, and one that holds where any of them does, since mostly none does and one question is cheap.

    What CEL makes of `a || b` is false only where it makes false of `a` and of `b`, also where they count in different
    currencies: an error there never turns into false.
    """

    members: tuple[Expression, ...]
    any_of_them: Expression

    def is_silent(self, facts: Facts) -> bool:
        """Say whether each of them is false for sure; where not, each is to be asked."""
        return self.any_of_them.answers(facts) == (False,)


def batches(expressions: Iterable[Expression]) -> tuple[Batch, ...]:
    """Put together expressions that look at the same; those that nothing goes with stay out of it."""
    alike: dict[tuple[bool, bool], list[Expression]] = {}
    for one in expressions:
        alike.setdefault((one.reads_claims, one.reads_use), []).append(one)
    cut = [
        members[at : at + MOST_TOGETHER]
        for members in alike.values()
        for at in range(0, len(members), MOST_TOGETHER)
    ]
    made = (_together(members) for members in cut if len(members) > 1)
    return tuple(batch for batch in made if batch)


def _together(members: Sequence[Expression]) -> Batch | None:
    """Compile one expression of some; None where it is nested too deeply, as only the deepest that are allowed are."""
    text = " || ".join(f"({one.text}\n)" for one in members)  # a comment ends with its line
    claims, use = members[0].reads_claims, members[0].reads_use
    try:
        together = Expression(text=text, reads_claims=claims, reads_use=use)
    except RuntimeError:
        return None
    return Batch(members=tuple(members), any_of_them=together)
