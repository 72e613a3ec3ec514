"""What changes for agents and people between two policies, in sentences; nothing that changed is left out.

Facts that have words are compared as values, so that a default written out is no change. Every other key of the two
documents is compared as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.domain.canonical import canonical
from webapp.domain.policy import ActionType, Grant, Policy
from webapp.domain.policy_facts import OF_ACTIONS, OF_AGENTS, Fact, Leaning, T, changed, leaning
from webapp.domain.policy_problems import Notes
from webapp.domain.verdict import Risk, Route
from webapp.domain.yaml_lines import read_yaml

Plain = Mapping[str, Any]
WORDED = {
    "actions": {fact.path for fact in OF_ACTIONS} | {"rules"},
    "agents": {fact.path for fact in OF_AGENTS} | {"autonomy.start", "autonomy.max"},
}
AT_TOP = {"timezone", "unknown_action", "levels", "agents", "actions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One sentence; `path` is the place in the document."""

    path: str
    said: str
    leaning: Leaning

    def to_json(self) -> dict[str, str]:
        """Give the form for scripts."""
        return {"path": self.path, "said": self.said, "leaning": self.leaning.value}


def differences(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Say everything that differs, in the order of what it concerns: the whole, agents, actions."""
    old, new = _document(before), _document(after)
    return (
        *_of_whole(before, after, old, new),
        *_of_levels(before, after),
        *_of_agents(before, after, old, new),
        *_of_actions(before, after, old, new),
    )


def _document(policy: Policy) -> Plain:
    root = read_yaml(policy.text, Notes())
    plain = root.plain() if root else None
    return plain if isinstance(plain, dict) else {}


def _part(document: Plain, *names: str) -> Plain:
    part: Any = document
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


# ---- what concerns everybody


def _of_whole(before: Policy, after: Policy, old: Plain, new: Plain) -> Iterator[Change]:
    if before.timezone.key != after.timezone.key:
        said = changed("timezone", "", before.timezone.key, after.timezone.key)
        yield Change(path="timezone", said=said, leaning=Leaning.OTHER)
    if before.unknown_action is not after.unknown_action:
        what = "refused" if after.unknown_action is Route.BLOCK else "put before people"
        yield Change(
            path="unknown_action",
            said=f"Actions without a type are now {what}.",
            leaning=leaning(before.unknown_action.rank, after.unknown_action.rank),
        )
    yield from _unworded("", "", old, new, AT_TOP)


def _of_levels(before: Policy, after: Policy) -> Iterator[Change]:
    for name in sorted({*before.levels, *after.levels}):
        path = f"levels.{name}"
        if name not in after.levels:
            said = f"There is no level {name} any more."
            yield Change(path=path, said=said, leaning=Leaning.STRICTER)
        elif name not in before.levels:
            said = f"There is a new level {name}: it may run {_cap(after, name)} unasked."
            yield Change(path=path, said=said, leaning=Leaning.OTHER)
        elif before.levels[name] is not after.levels[name]:
            said = f"Level {name} may now run {_cap(after, name)} unasked instead of {_cap(before, name)}."
            yield Change(path=path, said=said, leaning=_cap_leaning(before, name, after, name))


def _cap(policy: Policy, level: str) -> str:
    cap = policy.levels.get(level)
    return "nothing" if cap is None else f"up to {cap.value} risk"


def _cap_leaning(before: Policy, was: str, after: Policy, now: str) -> Leaning:
    old, new = before.levels.get(was), after.levels.get(now)
    return leaning(-_rank(old), -_rank(new))


def _rank(risk: Risk | None) -> float:
    return -1 if risk is None else risk.rank


# ---- agents


def _of_agents(before: Policy, after: Policy, old: Plain, new: Plain) -> Iterator[Change]:
    for name in sorted({*before.grants, *after.grants}):
        was, now = before.grants.get(name), after.grants.get(name)
        path = f"agents.{name}"
        called = "every other agent" if name == "*" else name
        if now is None:
            said = f"{called} has no grant of its own any more."
            yield Change(path=path, said=said, leaning=Leaning.OTHER)
        elif was is None:
            said = f"{called} has a grant: it starts at {now.start} ({_cap(after, now.start)})."
            yield Change(path=path, said=said, leaning=Leaning.OTHER)
        else:
            yield from _of_facts(OF_AGENTS, path, called, was, now)
            yield from _of_autonomy(before, after, path, called, was, now)
            parts = _part(old, "agents", name), _part(new, "agents", name)
            yield from _unworded(path, called, *parts, WORDED["agents"])


def _of_autonomy(
    before: Policy, after: Policy, path: str, name: str, was: Grant, now: Grant
) -> Iterator[Change]:
    if was.start != now.start:
        said = (
            f"{name} now starts at {now.start} ({_cap(after, now.start)}) instead of {was.start}."
        )
        leans = _cap_leaning(before, was.start, after, now.start)
        yield Change(path=f"{path}.autonomy.start", said=said, leaning=leans)
    if was.max != now.max:
        said = f"{name} may now earn {now.max} ({_cap(after, now.max)}) instead of {was.max}."
        leans = _cap_leaning(before, was.max, after, now.max)
        yield Change(path=f"{path}.autonomy.max", said=said, leaning=leans)


# ---- actions


def _of_actions(before: Policy, after: Policy, old: Plain, new: Plain) -> Iterator[Change]:
    for name in sorted({*before.actions, *after.actions}):
        was, now = before.actions.get(name), after.actions.get(name)
        path = f"actions.{name}"
        if now is None:
            fate = "is refused" if after.unknown_action is Route.BLOCK else "waits for people"
            said = f"{name} has no type any more: it {fate}, as high risk."
            yield Change(path=path, said=said, leaning=Leaning.STRICTER)
        elif was is None:
            yield _new_type(path, now)
        else:
            parts = _part(old, "actions", name), _part(new, "actions", name)
            yield from _of_facts(OF_ACTIONS, path, name, was, now)
            yield from _of_rules(path, name, *parts)
            amounts = tuple(_of_amounts(path, now, *parts))
            yield from amounts
            told = {one.path.removeprefix(f"{path}.") for one in amounts}
            yield from _unworded(path, name, *parts, WORDED["actions"] | told)


def _new_type(path: str, now: ActionType) -> Change:
    may = now.unasked and now.risk is not Risk.CRITICAL
    fate = "may run unasked" if may else "always waits for people"
    said = f"{now.name} is a new type of {now.risk.value} risk, which {fate}."
    return Change(path=path, said=said, leaning=Leaning.LOOSER if may else Leaning.OTHER)


def _of_facts(facts: Sequence[Fact[T]], path: str, name: str, was: T, now: T) -> Iterator[Change]:
    for fact in facts:
        old, new = fact.read(was), fact.read(now)
        if old == new:
            continue
        leans = leaning(fact.size(old), fact.size(new)) if fact.size else Leaning.OTHER
        yield Change(path=f"{path}.{fact.path}", said=fact.say(name, old, new), leaning=leans)


def _of_rules(path: str, name: str, old: Plain, new: Plain) -> Iterator[Change]:
    """Compare the rules as written; where only the order differs, nothing has changed."""
    was, now = _rules(old), _rules(new)
    for key, rule in was.items():
        if key not in now:
            said = f"A rule of {name} is gone: {_told(rule)}."
            yield Change(path=f"{path}.rules", said=said, leaning=Leaning.LOOSER)
    for index, (key, rule) in enumerate(now.items()):
        if key not in was:
            said = f"{name} has a new rule: {_told(rule)}."
            yield Change(path=f"{path}.rules[{index}]", said=said, leaning=Leaning.STRICTER)


def _rules(section: Plain) -> dict[bytes, Plain]:
    rules = section.get("rules")
    return {canonical(rule): rule for rule in rules} if isinstance(rules, list) else {}


def _told(rule: Plain) -> str:
    asks = " and ".join(f"{key} {rule[key]}" for key in ("route", "risk") if key in rule)
    return f"where {_case(rule.get('when'))}, {asks} ({rule.get('because', '')})"


def _case(when: object) -> str:
    if not isinstance(when, dict):
        return _text(when)
    return " and ".join(f"{key} is {_text(value)}" for key, value in when.items())


# ---- limits, and whatever has no words of its own


def _of_amounts(path: str, now: ActionType, old: Plain, new: Plain) -> Iterator[Change]:
    """Say between which amounts actions are treated otherwise, for each currency."""
    was, most = (_monies(_part(one, "envelope", "amount").get("each")) for one in (old, new))
    if was.keys() != most.keys():
        return
    for currency in (one for one in most if float(was[one]) != float(most[one])):
        looser = float(most[currency]) > float(was[currency])
        low, high = sorted((was[currency], most[currency]), key=float)
        fate = _inside(now) if looser else _outside(new)
        said = f"{now.name} between {low} and {high} {currency} {fate}."
        leans = Leaning.LOOSER if looser else Leaning.STRICTER
        yield Change(path=f"{path}.envelope.amount.each", said=said, leaning=leans)


def _inside(now: ActionType) -> str:
    return "may now run unasked" if now.unasked else "are now within the envelope"


def _outside(new: Plain) -> str:
    refused = _part(new, "envelope").get("outside") == "block"
    return "are now refused" if refused else "now wait for people"


def _monies(said: object) -> dict[str, str]:
    """Read one amount or a list of them as the number of each currency; empty where it is anything else."""
    pairs = [_money(one) for one in (said if isinstance(said, list) else [said])]
    found = {currency: number for number, currency in pairs if currency}
    return found if len(found) == len(pairs) else {}


def _money(text: object) -> tuple[str, str]:
    number, _, currency = text.partition(" ") if isinstance(text, str) else ("", "", "")
    return (number, currency) if number.replace(".", "", 1).isdecimal() else ("", "")


def _unworded(path: str, name: str, old: Plain, new: Plain, known: set[str]) -> Iterator[Change]:
    """Say of every key without words of its own what it was and what it is."""
    was, now = _leaves(old, known), _leaves(new, known)
    for key in [*was, *(key for key in now if key not in was)]:
        if _text(was.get(key)) != _text(now.get(key)):
            old_text, new_text = (_text(one[key]) if key in one else None for one in (was, now))
            said = changed(key, name, old_text, new_text)
            where = f"{path}.{key}" if path else key
            yield Change(path=where, said=said, leaning=Leaning.OTHER)


def _leaves(section: Plain, known: set[str], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in section.items():
        path = f"{above}{key}"
        if path in known:
            continue
        if isinstance(value, dict) and value:
            found.update(_leaves(value, known, f"{path}."))
        else:
            found[path] = value
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value).decode()
