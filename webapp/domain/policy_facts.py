"""What may be said of a policy in one sentence each: how a fact changed, and which way that leans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from webapp.domain.canonical import canonical
from webapp.domain.deadline import Escalation
from webapp.domain.duration import write_duration
from webapp.domain.executor import Executor, run_by, to_json
from webapp.domain.policy import ActionType, Grant
from webapp.domain.preview import Preview
from webapp.domain.preview import to_json as preview_json
from webapp.domain.undo_terms import Undo
from webapp.domain.verdict import Risk
from webapp.domain.verify import Verify
from webapp.domain.verify import to_json as verify_json

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST_SHOWN = 160

T = TypeVar("T")


class Leaning(StrEnum):
    """Which way a change leans: more may happen without people, less, or neither can be said."""

    LOOSER = "looser"
    STRICTER = "stricter"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Generic[T]):
    """One thing that a policy says of an action type or an agent.

    `path` is its key below the section; `say` gets the section's name, the old and the new value; a
    larger value of `size` is the stricter one.
    """

    path: str
    read: Callable[[T], Any]
    say: Callable[[str, Any, Any], str]
    size: Callable[[Any], float] | None = None


def leaning(old: float, new: float) -> Leaning:
    """Compare two sizes, of which the larger is the stricter."""
    if old == new:
        return Leaning.OTHER
    return Leaning.STRICTER if new > old else Leaning.LOOSER


def people(count: int) -> str:
    """Say how many people, in words."""
    said = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{said} person" if count == 1 else f"{said} people"


def number(value: float) -> str:
    """Write a number so that two that differ never read the same."""
    return f"{value:.15g}"


def listed(names: Sequence[str] | None, nothing: str) -> str:
    """Write a list of names; `nothing` where there is none."""
    return ", ".join(names) if names else nothing


def shortly(text: str) -> str:
    """Cut what is too long for a sentence."""
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _moved(words: str) -> Callable[[str, Any, Any], str]:
    """Say it as `{name} … {new} … instead of {old}`."""
    return lambda name, old, new: words.format(name=name, old=old, new=new)


def _plainly(key: str) -> Callable[[str, Any, Any], str]:
    def say(name: str, old: Any, new: Any) -> str:
        return changed(key, name, old or None, new or None)

    return say


def changed(key: str, name: str, old: object, new: object) -> str:
    """Say that a key changed, whatever it means."""
    where = f"{key} of {name}" if name else key
    if old is None:
        return f"{where} is new: {shortly(str(new))}."
    if new is None:
        return f"{where} is gone; it was {shortly(str(old))}."
    return f"{where} changed from {shortly(str(old))} to {shortly(str(new))}."


def _say_unasked(name: str, _old: object, new: object) -> str:
    return f"{name} may now run unasked." if new else f"{name} now always waits for people."


def _say_reversible(name: str, _old: object, new: object) -> str:
    return f"{name} now counts as one that {'can' if new else 'cannot'} be undone."


def _say_count(what: str) -> Callable[[str, int, int], str]:
    def say(name: str, old: int, new: int) -> str:
        verb = "approves" if new == 1 else "approve"
        told = f"{people(new)} now {verb} {what}{name} instead of {people(old).split()[0]}."
        return told[0].upper() + told[1:]

    return say


def _when_critical(of: ActionType) -> int:
    return max(of.approvals.count, of.approvals.when_critical or 0)


def _seconds(length: timedelta) -> float:
    return length.total_seconds()


def _lasting(words: str) -> Callable[[str, timedelta, timedelta], str]:
    def say(name: str, old: timedelta, new: timedelta) -> str:
        return words.format(name=name, old=write_duration(old), new=write_duration(new))

    return say


def _say_reminder(name: str, old: timedelta | None, new: timedelta | None) -> str:
    if new is None:
        return f"Who decides on {name} is not reminded any more."
    before = f", instead of {write_duration(old)}" if old else ""
    when = f"{write_duration(new)} before it goes further or expires"
    return f"Who decides on {name} is now reminded {when}{before}."


def _say_escalation(name: str, old: Sequence[Escalation], new: Sequence[Escalation]) -> str:
    if not new:
        return f"Where nobody decides, {name} goes to nobody else any more; it was {_steps(old)}."
    before = f" instead of {_steps(old)}" if old else ""
    return f"Where nobody decides, {name} goes to {_steps(new)}{before}."


def _steps(of: Sequence[Escalation]) -> str:
    return listed([f"{one.to} after {write_duration(one.after)}" for one in of], "nobody else")


def _rank(risk: Risk | None) -> float:
    return -1 if risk is None else risk.rank


def _budget(value: int | None) -> float:
    return float("-inf") if value is None else -value


def _say_budget(name: str, old: int | None, new: int | None) -> str:
    if new is None:
        return f"{name} may now spend any number of risk units a day unasked; it was {old}."
    if old is None:
        return f"{name} may now spend {new} risk units a day unasked; it had no bound."
    return f"{name} may now spend {new} risk units a day unasked instead of {old}."


def _say_actions(name: str, old: Sequence[str] | None, new: Sequence[str] | None) -> str:
    every = "every action" if new is None else listed(new, "no action")
    before = "every action" if old is None else listed(old, "no action")
    return f"{name} is now granted {every} instead of {before}."


def _say_teams(name: str, old: Sequence[str], new: Sequence[str]) -> str:
    now, then = (listed(teams, "the agent's own team") for teams in (new, old))
    return f"Approvers of {now} now decide on {name} instead of {then}."


def _say_confidence(words: str) -> Callable[[str, float, float], str]:
    return lambda name, old, new: words.format(name=name, old=number(old), new=number(new))


def _say_executor(name: str, old: Executor | None, new: Executor | None) -> str:
    if run_by(old) != run_by(new):
        return f"{name} is now run by {run_by(new)} instead of by {run_by(old)}."
    was, now = _parts(old), _parts(new)
    told = [f"{key} {now[key]} instead of {was[key]}" for key in now if now[key] != was[key]]
    return f"Handrail now runs {name} otherwise: {shortly('; '.join(told))}."


def _parts(executor: Executor | None) -> dict[str, str]:
    """Write each part of an executor as the policy does, or nearly."""
    [facts] = (to_json(executor) or {"agent": {}}).values()
    return _each(facts)


def _each(facts: Mapping[str, Any]) -> dict[str, str]:
    return {key: canonical(value).decode() for key, value in facts.items()}


def _say_undo(name: str, old: Undo | None, new: Undo | None) -> str:
    if new is None:
        return f"Nothing is offered any more to undo {name}."
    before = f" instead of {_undone(old)}" if old else ""
    return f"What undoes {name} is now {_undone(new)}{before}."


def _undone(undo: Undo) -> str:
    return shortly(f"{undo.action} with {canonical(dict(undo.args)).decode()}")


def _there(step: Preview | Verify | None) -> float:
    return float(step is not None)


def _say_preview(name: str, old: Preview | None, new: Preview | None) -> str:
    if new is None:
        return f"People do not see the world any more before they decide on {name}, nor is it looked at before it runs."
    if old is None:
        return f"People now see what {new.look.says} answers before they decide on {name}; it runs while that is so."
    was, now = _looked(old), _looked(new)
    told = [f"{key} {now[key]} instead of {was[key]}" for key in now if now[key] != was[key]]
    return f"What people see before they decide on {name} changed: {shortly('; '.join(told))}."


def _say_verify(name: str, old: Verify | None, new: Verify | None) -> str:
    if new is None:
        return f"Nobody looks any more whether {name} has really happened."
    if old is None:
        return f"Where {name} is reported as done, Handrail now looks whether it is: {shortly(_asked(new))}."
    was, now = _verified(old), _verified(new)
    told = [f"{key} {now[key]} instead of {was[key]}" for key in now if now[key] != was[key]]
    return f"How it is verified that {name} has happened changed: {shortly('; '.join(told))}."


def _asked(verify: Verify) -> str:
    return f"{verify.look.says}, {verify.condition or 'as the agent expects it'}"


def _verified(verify: Verify) -> dict[str, str]:
    facts = verify_json(verify) or {}
    within = write_duration(verify.within)
    return {**_each({**facts["look"], "condition": verify.condition}), "within": within}


def _looked(preview: Preview) -> dict[str, str]:
    facts = preview_json(preview) or {}
    return _each({**facts["look"], **{key: facts[key] for key in ("before", "after", "only")}})


def _capitalised(enum: Callable[[str, Any, Any], str]) -> Callable[[str, Any, Any], str]:
    return lambda name, old, new: enum(name, old.value, new.value)


OF_ACTIONS: tuple[Fact[ActionType], ...] = (
    Fact(path="title", read=lambda t: t.title, say=_plainly("title")),
    Fact(path="summary", read=lambda t: t.summary, say=_plainly("summary")),
    Fact(path="target", read=lambda t: t.target, say=_plainly("target")),
    Fact(path="pinned", read=lambda t: ", ".join(t.pinned), say=_plainly("pinned")),
    Fact(path="because", read=lambda t: t.because, say=_plainly("because")),
    Fact(
        path="risk",
        read=lambda t: t.risk,
        say=_capitalised(_moved("{name} is now of {new} risk instead of {old}.")),
        size=_rank,
    ),
    Fact(path="reversible", read=lambda t: t.reversible, say=_say_reversible),
    Fact(path="unasked", read=lambda t: t.unasked, say=_say_unasked, size=lambda v: not v),
    Fact(
        path="cost",
        read=lambda t: t.cost,
        say=_moved("{name} now costs {new} risk units instead of {old}."),
        size=float,
    ),
    Fact(
        path="tiers.auto",
        read=lambda t: t.tiers.auto,
        say=_say_confidence(
            "{name} now counts as sure enough to run unasked from a confidence of {new} instead of {old}."
        ),
        size=float,
    ),
    Fact(
        path="tiers.review",
        read=lambda t: t.tiers.review,
        say=_say_confidence(
            "{name} is now refused below a confidence of {new} instead of {old}."
        ),
        size=float,
    ),
    Fact(path="approvals.from", read=lambda t: t.approvals.teams, say=_say_teams),
    Fact(
        path="approvals.count", read=lambda t: t.approvals.count, say=_say_count(""), size=float
    ),
    Fact(
        path="approvals.when_critical", read=_when_critical, say=_say_count("critical "), size=float
    ),
    Fact(
        path="deadline.after",
        read=lambda t: t.deadline.after,
        say=_lasting("{name} now waits {new} for people before it expires, instead of {old}."),
    ),
    Fact(path="deadline.remind", read=lambda t: t.deadline.remind, say=_say_reminder),
    Fact(path="deadline.escalate", read=lambda t: t.deadline.escalate, say=_say_escalation),
    Fact(
        path="permit.valid",
        read=lambda t: t.terms.valid,
        say=_lasting("An approval of {name} now stays good for {new} instead of {old}."),
        size=lambda v: -_seconds(v),
    ),
    Fact(
        path="permit.run_within",
        read=lambda t: t.terms.run_within,
        say=_lasting("A run of {name} may now take {new} instead of {old}."),
    ),
    Fact(
        path="permit.not_before",
        read=lambda t: t.terms.not_before,
        say=_lasting("{name} now starts {new} after its approval at the earliest, instead of {old}."),
        size=_seconds,
    ),
    Fact(
        path="permit.audience",
        read=lambda t: t.terms.audience,
        say=_moved("Permits for {name} are now made out to {new} instead of {old}."),
    ),
    Fact(path="executor", read=lambda t: t.terms.executor, say=_say_executor),
    Fact(path="preview", read=lambda t: t.terms.preview, say=_say_preview, size=_there),
    Fact(path="verify", read=lambda t: t.terms.verify, say=_say_verify, size=_there),
    Fact(path="undo", read=lambda t: t.undo, say=_say_undo),
)  # fmt: skip

OF_AGENTS: tuple[Fact[Grant], ...] = (
    Fact(path="owner", read=lambda g: g.owner, say=_plainly("owner")),
    Fact(path="daily_budget", read=lambda g: g.daily_budget, say=_say_budget, size=_budget),
    Fact(path="actions", read=lambda g: g.actions, say=_say_actions),
    Fact(path="questions.to", read=lambda g: g.questions_to, say=_plainly("questions.to")),
    Fact(
        path="questions.deadline",
        read=lambda g: g.questions_deadline.after,
        say=_lasting("Questions of {name} now wait {new} before they expire, instead of {old}."),
    ),
    Fact(
        path="questions.deadline.remind",
        read=lambda g: g.questions_deadline.remind,
        say=lambda name, old, new: _say_reminder(f"a question of {name}", old, new),
    ),
    Fact(
        path="questions.deadline.escalate",
        read=lambda g: g.questions_deadline.escalate,
        say=lambda name, old, new: _say_escalation(f"a question of {name}", old, new),
    ),
)
