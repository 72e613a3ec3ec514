"""Read a rule's condition that is written in CEL: check its words, its types and what it costs, at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from webapp.domain.args_schema import cut
from webapp.domain.cel_tokens import Chain, Kind, Token, chains, tokens
from webapp.domain.expressions import (
    ANYTHING,
    Expression,
    Type,
    compiled,
    compiled_for_answers,
    compiled_for_outcomes,
    constant,
    environment,
)
from webapp.domain.nearest import did_you_mean
from webapp.domain.pointer import join
from webapp.domain.policy_problems import Code, Place
from webapp.domain.policy_schema import PATTERN_HINT, ArgsShape, Membership
from webapp.domain.policy_section import Section

LONGEST = 1_000
MOST_TYPED = 1_000  # args whose types are known to the compiler
MOST_SUMS = 8  # text that is put together in a loop is what takes memory
EXAMPLE = 'args.reason == "goodwill" && money(args.amount, args.currency) > money("100", "EUR")'
ANSWER_EXAMPLE = "response.status == 200 && response.body.accepted"
NAMES = {
    "agent.name": Type.STRING,
    "agent.owner": Type.STRING,
    "action.name": Type.STRING,
    "handoff.kind": Type.STRING,
    "handoff.confidence": Type.DYN,  # null where the agent did not say
    "handoff.tags": Type.List(Type.STRING),
    "handoff.on_behalf_of": Type.STRING,
    "counters.level": Type.STRING,
    "counters.used": Type.Map(Type.STRING, Type.DOUBLE),
}
CLAIMS = {("handoff", "tags"), ("handoff", "on_behalf_of")}
USE = ("counters", "used")

_NAME = re.compile(r"(?:/[A-Za-z_][A-Za-z0-9_]*)+", re.ASCII)
_FAULT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_OPERATOR = re.compile(r"'_([^ _]+)_'")
# what is asked of has() has no type; blanked out, everything else keeps its column
_HAS = re.compile(r"\bhas\s*\([^()]*\)")
_MAP = re.compile(r"\bmap\b(?:\s|//[^\n]*\n)*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One expression where it stands in the document."""

    section: Section
    key: str
    text: str
    words: list[Token]
    shape: ArgsShape
    absent: str = "a person is asked"  # what follows where an arg is not there

    def place(self, at: int) -> Place:
        """Say where the character stands that is number `at` of the text, from 0."""
        before = self.text[:at]
        return self.place_at(before.count("\n") + 1, at - before.rfind("\n"))

    def place_at(self, line: int, column: int) -> Place:
        """Say where a line and a column of the text, counted from 1, stand in the document."""
        whole, node = self.section.at(self.key), self.section.raw(self.key)
        if node is None or line < 1 or column < 1:
            return whole
        return replace(node.inside(line, column), path=whole.path)

    def problem(self, place: Place, message: str, hint: str | None = None) -> None:
        """Note what is wrong with it."""
        self.section.notes.problem(place, Code.BAD_EXPRESSION, message, hint)


def read_expression(section: Section, key: str, shape: ArgsShape) -> Expression | None:
    """Read CEL under `key`; None where it has problems."""
    before = len(section.notes.problems)
    text = section.text(key, LONGEST)
    if text is None or len(section.notes.problems) > before:
        return None
    one = _Text(section=section, key=key, text=text, words=tokens(text), shape=shape)
    _check_cost(one)
    _check_args(one)
    if len(section.notes.problems) == before:
        _check_types(one)
    if len(section.notes.problems) > before:
        return None
    named = {chain[:2] for _, chain in chains(text)}
    reads_claims = not CLAIMS.isdisjoint(named)
    found = Expression(text=text, reads_claims=reads_claims, reads_use=USE in named)
    if found.constant is False:
        message = "This is false whatever the args are, so the rule never fires."
        section.notes.problem(one.place(0), Code.RULE_NEVER_FIRES, message)
    return found


def read_success(section: Section, key: str) -> str | None:
    """Read CEL over a tool's answer, `response.status` and `response.body`; None where there is none, or a problem."""
    return _read_of_answer(section, key, ArgsShape(), compiled_for_answers)


def read_condition(section: Section, key: str, shape: ArgsShape) -> str | None:
    """Read CEL over what a look has shown, `response` and `args`; None as for `read_success`."""
    return _read_of_answer(section, key, shape, compiled_for_outcomes)


def _read_of_answer(
    section: Section, key: str, shape: ArgsShape, compiling: Callable[[str], Any]
) -> str | None:
    before = len(section.notes.problems)
    text = section.text(key, LONGEST)
    if text is None or len(section.notes.problems) > before:
        return None
    words, absent = tokens(text), "it says neither true nor false"
    one = _Text(section=section, key=key, text=text, words=words, shape=shape, absent=absent)
    _check_cost(one)
    _check_args(one)
    try:
        kind = compiling(text).return_type().name()
    except RuntimeError as error:
        for place, message in _faults(one, str(error)):
            one.problem(place, message, f"such as {ANSWER_EXAMPLE}")
        return None
    if kind not in {"BOOL", "DYN"}:
        one.problem(one.place(0), f"{key} is true or false; this gives {kind.lower()}.")
    return text


# what it costs


def _check_cost(one: _Text) -> None:
    """Refuse what could cost more than its length and the args allow for."""
    found = _MAP.search(one.text)
    if found:
        message = "map is not allowed: a rule asks for true or false."
        one.problem(one.place(found.start()), message, "all, exists, exists_one or filter")
    sums = [word for word in one.words if word.text == "+"]
    if len(sums) > MOST_SUMS:
        message = f"There are {len(sums)} sums; {MOST_SUMS} is the most."
        one.problem(one.place(sums[MOST_SUMS].at), message)
    for n, word in enumerate(one.words):
        if word.text == "matches" and word.kind is Kind.NAME:
            _check_pattern(one, n)


def _check_pattern(one: _Text, n: int) -> None:
    """Insist on a pattern that stands in the policy: an agent's own could take long."""
    before, after = one.words[max(0, n - 1) : n], one.words[n + 1 : n + 4]
    signs = [word.text for word in (*before, *after[::2])]
    if signs != [".", "(", ")"] or after[1].kind is not Kind.TEXT:
        message = "A pattern stands in the rule itself."
        one.problem(one.place(one.words[n].at), message, 'args.name.matches("^cus_")')
    elif not _is_pattern(after[1].text):
        message = f"{after[1].text[:80]} is no pattern that can be checked."
        one.problem(one.place(after[1].at), message, PATTERN_HINT)


def _is_pattern(literal: str) -> bool:
    try:
        return constant(compiled(f"''.matches({literal})")) is not None
    except RuntimeError:
        return False


# what it names


def _check_args(one: _Text) -> None:
    """Hold the args that it names against their schema."""
    asked = {match[0] for match in _HAS.finditer(one.text)}
    for at, chain in chains(one.text):
        if chain[0] != "args" or not chain[1:]:
            continue
        pointer = join(chain[1:])
        membership = one.shape.membership(pointer)
        if membership is Membership.UNKNOWN:
            _note_unknown(one, at, chain)
        elif membership is Membership.OPTIONAL and not _is_asked(chain, asked, one.text):
            message = f"{pointer} is not required by args; where it is absent, {one.absent}."
            hint = f"add it to required, or begin with has({'.'.join(chain)}) &&"
            one.section.notes.warn(one.place(at), Code.ARG_OPTIONAL, message, hint)


def _note_unknown(one: _Text, at: int, chain: Chain) -> None:
    known = one.shape.members()
    hint = did_you_mean(chain[1], known) or cut(f"args has {', '.join(known)}")
    message = f"{'.'.join(chain)[:80]} is not among the properties of args."
    one.section.notes.problem(one.place(at), Code.UNKNOWN_ARG, message, hint)


def _is_asked(chain: Chain, asked: set[str], text: str) -> bool:
    """Say whether the expression asks first whether the arg is there."""
    dotted = ".".join(chain)
    return any(dotted in one for one in asked) or f'"{chain[-1]}" in ' in text.replace("'", '"')


# what types it has


def _check_types(one: _Text) -> None:
    """Compile it with the types that the schema of the args makes sure of."""
    blanked = _HAS.sub(lambda match: "true".ljust(len(match[0])), one.text)
    try:
        kind = (
            _typed(one.shape.surely("string"), one.shape.surely("boolean"))
            .compile(blanked)
            .return_type()
        )
        compiled(one.text)
    except RuntimeError as error:
        for place, message in _faults(one, str(error)):
            one.problem(place, message, _hint(message))
        return
    if kind.name() not in {"BOOL", "DYN"}:
        message = f"A rule asks for true or false; this gives {_named(kind.name())}."
        one.problem(one.place(0), message, EXAMPLE)


@lru_cache(maxsize=16)
def _typed(texts: tuple[str, ...], flags: tuple[str, ...]) -> Any:
    """Give what compiles with every name that an expression may use, numbers and mixtures as anything."""
    known: dict[str, Any] = {"args": ANYTHING, **NAMES}
    for pointers, kind in ((texts, Type.STRING), (flags, Type.BOOL)):
        for pointer in pointers[:MOST_TYPED]:
            if _NAME.fullmatch(pointer):
                known[f"args{pointer.replace('/', '.')}"] = kind
    return environment(known)


def _faults(one: _Text, said: str) -> Iterator[tuple[Place, str]]:
    """Read what the compiler found, in our words where ours are clearer."""
    found = _FAULT.findall(said)
    for line, column, message in found:
        plain = _OPERATOR.sub(r"\1", message.removesuffix(" [INVALID_ARGUMENT]"))
        plain = _named(plain.replace(" (in container '')", ""))
        yield one.place_at(int(line), int(column)), f"{plain[:1].upper()}{plain[1:200]}."
    if not found:
        words = said.partition(": ")[2] or said
        yield one.place_at(0, 0), f"{words.split(' [')[0][:200]}."


def _named(kind: str) -> str:
    return kind.replace("google.protobuf.Duration", "money").replace("DURATION", "money")


def _hint(message: str) -> str:
    if message.startswith("Undeclared reference"):
        return f"args, money(…), {', '.join(NAMES)}"
    if "(money, " in message or ", money)" in message:
        return 'money is compared with money: money("100", "EUR")'
    return f"such as {EXAMPLE}"
