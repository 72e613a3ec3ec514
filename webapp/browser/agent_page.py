"""One agent: its ladder and why it stands where it does, what the next step takes, its limits, changes and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.browser.bounds import each_its_own, of_agent
from webapp.browser.called_back import CalledBack, called_back
from webapp.browser.frame import Toast, keep_toast, show
from webapp.browser.here import desk
from webapp.browser.sessions import me
from webapp.browser.words import UNASKED, duration, percent
from webapp.domain.account import KeyInfo
from webapp.domain.autonomy import TOLD
from webapp.domain.decision import Person
from webapp.domain.errors import Conflict, HandrailError, SubmissionInvalid
from webapp.domain.history import EventType
from webapp.domain.leveling import Change, demotion_refusal, promotion_refusal
from webapp.domain.stop import Stop, in_force
from webapp.services import levels, stops
from webapp.services.allowances import Allowance, allowances
from webapp.services.levels import Ladder
from webapp.work import Work

routes = Blueprint("agent_page", __name__)
WHOLE = "agents/one.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level of the ladder, with what it lets run unasked."""

    name: str
    unasked: str
    here: bool
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One thing that the next step takes: how much of it there is, and how much it takes."""

    label: str
    is_now: str
    takes: str
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One change of the level in words."""

    at: datetime
    rose: bool
    was: str
    level: str
    by: str
    reason: str | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All that is known of one agent."""

    ladder: Ladder
    changes: tuple[Change, ...]
    keys: tuple[KeyInfo, ...]
    limits: tuple[Allowance, ...]
    stops: tuple[Stop, ...]
    callbacks: CalledBack | None


@routes.get("/agents/<name>")
def index(name: str) -> Response:
    """Show one agent."""
    return page(name)


@routes.post("/agents/<name>/level")
def move(name: str) -> AnyResponse:
    """Promote or demote an agent for a reason."""
    person = me()
    level, reason = request.form.get("level", ""), request.form.get("reason", "")
    try:
        found = desk().transact(lambda work: levels.set_level(work, name, level, reason, person))
    except (SubmissionInvalid, Conflict) as error:
        return page(name, error)
    keep_toast(Toast(said="Recorded", what=f"{name} stands at {found.level}"))
    return redirect(f"/agents/{name}", code=303)


def page(name: str, problem: HandrailError | None = None, secret: str | None = None) -> Response:
    """Show one agent, with what was wrong with a form, or a secret that is shown this once."""
    person = me()
    look = desk().read(lambda work: _look(work, name, person))
    ladder = look.ladder
    response = show(
        WHOLE,
        WHOLE,
        "/agents",
        look.stops,
        ladder=ladder,
        rungs=_rungs(ladder),
        why=_why(look),
        measures=_measures(ladder),
        costs=_costs(ladder),
        limits=of_agent(look.limits),
        others=each_its_own(look.limits),
        changes=[_moved(one) for one in look.changes],
        keys=look.keys,
        callbacks=look.callbacks,
        secret=secret,
        url=request.form.get("url", "") if problem else "",
        stopped=in_force(look.stops, name, None),
        may_not_promote=_refusal(look, person),
        lower=_lower(ladder) if demotion_refusal(person, ladder.owner) is None else (),
        problem=problem.detail if problem else None,
        hint_on_problem=problem.hint if problem else None,
        reason=request.form.get("reason", "") if problem else "",
    )
    if problem:
        response.status_code = 409 if isinstance(problem, Conflict) else 422
    return response


def _look(work: Work, name: str, person: Person) -> Look:
    ladder = levels.ladder_of(work, name)
    agent = ladder.agent
    found = allowances(work, ladder.policy, [(agent.id, agent.name, agent.owner)])
    return Look(
        ladder=ladder,
        changes=tuple(levels.changes(work, agent.id)),
        keys=tuple(levels.keys(work, agent.id)),
        limits=found[agent.id],
        stops=stops.in_force(work),
        callbacks=called_back(work, agent, ladder.owner, person),
    )


def _refusal(look: Look, person: Person) -> str | None:
    """Say why this person may not promote the agent, None where they may."""
    makers = {key.maker for key in look.keys}
    refusal = promotion_refusal(person, look.ladder.owner, makers)
    return refusal.detail if refusal else None


def _rungs(ladder: Ladder) -> list[Rung]:
    """Give the ladder with its top first, as one reads a ladder."""
    found = []
    for name in reversed(ladder.rungs):
        cap = ladder.policy.levels[name]
        ends = (("start", ladder.grant.start), ("most", ladder.grant.max), ("next", ladder.up))
        found.append(
            Rung(
                name=name,
                unasked=f"{UNASKED[cap]} runs unasked" if cap else _by_people(name),
                here=name == ladder.level,
                marks=tuple(mark for mark, where in ends if where == name),
            )
        )
    return found


def _by_people(level: str) -> str:
    return "people decide blind, nothing runs" if level == "observe" else "people decide everything"


def _lower(ladder: Ladder) -> tuple[str, ...]:
    """List the levels that it can be demoted to, the nearest first."""
    if ladder.down is None:
        return ()
    below = ladder.rungs[: ladder.rungs.index(ladder.level)]
    return tuple(name for name in reversed(below) if name != "observe")


def _why(look: Look) -> str:
    """Say in a sentence why the agent stands where it does."""
    ladder = look.ladder
    recorded = ladder.stance.level
    if recorded is None or not look.changes:
        return f"The policy starts it at {ladder.grant.start}; nobody has moved it."
    if recorded not in ladder.policy.levels:
        return f"It had earned {recorded}, which the policy does not know any more."
    if recorded != ladder.level:
        return (
            f"It has earned {recorded}, but the policy lets it stand at {ladder.grant.max} at most."
        )
    last = look.changes[0]
    return (
        f"{last.by} {last.type.value} it from {last.was}: {last.reason or 'the reason was erased'}"
    )


def _measures(ladder: Ladder) -> list[Measure]:
    asked, record = ladder.grant.promote, ladder.record
    if asked is None or record is None:
        return []
    span = duration(asked.within)
    return [
        Measure(
            label=f"Cases decided by people within {span}",
            is_now=str(record.decided),
            takes=f"at least {asked.decided}",
            enough=record.decided >= asked.decided,
        ),
        Measure(
            label="People agreed",
            is_now=percent(record.agreement) if record.decided else "no case yet",
            takes=f"at least {percent(asked.agreement)}",
            enough=record.agreement >= asked.agreement,
        ),
        Measure(
            label="Failed or unknown outcomes",
            is_now=str(record.failed),
            takes=f"at most {asked.failed}",
            enough=record.failed <= asked.failed,
        ),
    ]


def _costs(ladder: Ladder) -> list[str]:
    return [
        f"{TOLD[trigger]} ({limit.count} within {duration(limit.length)})"
        for trigger, limit in ladder.grant.demote.items()
    ]


def _moved(of: Change) -> Moved:
    return Moved(
        at=of.at,
        rose=of.type is EventType.PROMOTED,
        was=of.was,
        level=of.level,
        by=of.by,
        reason=of.reason,
        evidence=_evidence(of.evidence),
    )


def _evidence(told: Mapping[str, Any]) -> str:
    """Say in a few words what a change rests on."""
    record, lacked = told.get("record"), told.get("missing")
    if "trigger" in told:
        return f"last straw: {told['handoff']}"
    if record is None:
        return "a person's word alone"
    said = f"{record['agreed']} of {record['decided']} agreed, {record['failed']} failed"
    return f"{said}; not all that the policy asks for" if lacked else said
