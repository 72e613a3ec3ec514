"""A notice: what people are told of one handoff away from Handrail, and whether they may decide it there.

A chat has little room and cannot ask for a second factor. So a notice says which of its parts did not fit, and what is
not whole, or of high risk, is decided in Handrail alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from webapp.domain.action import Action
from webapp.domain.canonical import canonical
from webapp.domain.handoff import Decided, Handoff, Kind, Status, Verb
from webapp.domain.pointer import MISSING, look_up, split
from webapp.domain.policy import ActionType
from webapp.domain.shadow import concealed, concealed_claim, is_blind
from webapp.domain.stop import Stop
from webapp.domain.summary import visible
from webapp.domain.verdict import Risk, Route

MOST_ROWS = 6
LONGEST_HEADLINE = 300  # characters, here and below
LONGEST_VALUE = 400
LONGEST_DOUBT = 900
LONGEST_READING = 200
LONGEST_REASON = 300
LONGEST_NOTE = 600
MOST_READINGS = 5
# of what policy would let run: why that is not so is in its history
BY_PEOPLE = "A person has changed it or taken an approval back, or the world has moved; policy has nothing against it."
MOST_REASONS = 4
MARK = "… [cut]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words for people, with what hides spelled out; `cut` says that there are more than fit."""

    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One arg: its name and its value as text; a pinned one is always in sight."""

    name: str
    value: Text
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand the request; `verb` is what choosing it means."""

    id: str
    text: Text
    verb: Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How it was decided or ended: who, what, when, through which face, and why."""

    by: str
    what: str
    at: datetime | None
    via: str | None
    note: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One handoff as it is told of. `claimed` says that the headline is the agent's own words.

    `more` counts args beyond the rows; `in_chat` is the riskiest that may be decided away from Handrail; `halted` names
    a stop that is in force for it; `settled` says that somebody found out how it ended; `reminded` that people are told
    again, and after how many teams; `ending` stands where nothing is waited for any more; `previewed` that people see
    in Handrail what would change; `contradicted` that it was reported as a success and is none.
    """

    handoff_id: str
    revision: int
    version: int
    fingerprint: str | None
    kind: Kind
    status: Status
    agent: str
    risk: Risk
    action_title: str
    headline: Text
    claimed: bool
    doubt: Text | None
    readings: tuple[Reading, ...]
    rows: tuple[Row, ...]
    more: int
    reasons: tuple[Text, ...]
    confidence: float | None
    deadline_at: datetime | None
    verbs: tuple[Verb, ...]
    agreed: tuple[str, ...]
    quorum: int
    policy: int
    irreversible: bool
    observed: bool
    settled: bool
    reminded: int | None
    in_chat: Risk | None
    halted: str | None
    ending: Said | None
    previewed: bool = False
    contradicted: bool = False

    @property
    def waits(self) -> bool:
        """Say whether somebody has to decide."""
        return self.status is Status.PENDING

    @property
    def needs_people(self) -> bool:
        """Say whether somebody has to decide it, or to find out whether it ran."""
        return self.waits or (self.status is Status.UNKNOWN and not self.settled)

    @property
    def stakes(self) -> str:
        """Say what is at stake: a question or a task does nothing, so it has no risk and says what it is."""
        return f"{self.risk.value} risk" if self.kind is Kind.ACTION else f"a {self.kind.value}"

    @property
    def cut(self) -> bool:
        """Say whether something that a decision rests on did not fit."""
        texts = [self.headline, *(row.value for row in self.rows), *(r.text for r in self.readings)]
        texts += [self.doubt] if self.doubt else []
        return self.more > 0 or any(one.cut for one in texts)


def notice_of(
    handoff: Handoff,
    claim: Mapping[str, Any],
    action_type: ActionType | None,
    said: Mapping[str, Any],
    stop: Stop | None = None,
) -> Notice:
    """Say what is told of a handoff as it stands; `said` is the payload of the decision, where there is one."""
    shown, claimed = concealed(handoff), concealed_claim(handoff, claim)
    rows = _rows(shown.action, action_type)
    readings = claimed.get("interpretations") or ()
    return Notice(
        handoff_id=handoff.id,
        revision=handoff.revision,
        version=handoff.version,
        fingerprint=handoff.fingerprint,
        kind=handoff.kind,
        status=handoff.status,
        agent=handoff.agent,
        risk=handoff.verdict.risk,
        action_title=_title(handoff, action_type),
        headline=told(handoff.summary or handoff.title, LONGEST_HEADLINE),
        claimed=handoff.summary is None,
        doubt=_doubt(claimed),
        readings=tuple(_reading(handoff, one) for one in readings[:MOST_READINGS]),
        rows=rows[:MOST_ROWS],
        more=len(rows[MOST_ROWS:]) + len(readings[MOST_READINGS:]),
        reasons=() if is_blind(handoff) else _reasons(shown),
        confidence=shown.confidence,
        deadline_at=handoff.deadline_at,
        verbs=handoff.allowed if handoff.status is Status.PENDING else (),
        agreed=tuple(vote.whose for vote in handoff.votes),
        quorum=handoff.verdict.quorum,
        policy=handoff.verdict.policy,
        irreversible=_irreversible(action_type),
        observed=handoff.verdict.observed,
        settled=handoff.settled is not None,
        reminded=len(handoff.escalated) if handoff.reminded else None,
        in_chat=_in_chat(action_type),
        halted=f"A stop of {stop.describe()} is in force." if stop else None,
        ending=_ending(handoff, said),
        previewed=handoff.shows_world,
        contradicted=handoff.contradicted,
    )


def digest_of(notice: Notice, like: int) -> str:
    """Hash what a message of this notice shows: what was seen, and whether it must be drawn again."""
    shown = json.dumps([asdict(notice), like], ensure_ascii=False, default=str, sort_keys=True)
    return f"sha256:{hashlib.sha256(shown.encode('utf-8', 'surrogatepass')).hexdigest()}"


def decided_elsewhere(notice: Notice) -> str | None:
    """Say why this is not decided in a chat; None where it may be."""
    if notice.observed:
        return "It is only observed: say in Handrail what you would do."
    if notice.kind is Kind.TASK:
        return "A task is completed in Handrail."
    if notice.previewed:
        return "What it would change is shown in Handrail: decide it there."
    if notice.in_chat is None or notice.risk.rank > notice.in_chat.rank:
        return f"It is of {notice.risk.value} risk: decide it in Handrail, where all of it is seen."
    if notice.cut:
        return "Not all of it fits here: decide it in Handrail, where all of it is seen."
    return None


def told(text: object, longest: int) -> Text:
    """Write anything as words of at most so many characters, with hidden characters spelled out."""
    whole = visible(text if isinstance(text, str) else canonical(text).decode())
    if len(whole) <= longest:
        return Text(text=whole)
    return Text(text=whole[: longest - len(MARK)] + MARK, cut=True)


def _title(handoff: Handoff, action_type: ActionType | None) -> str:
    return action_type.title if action_type and action_type.known else handoff.target_name


def _in_chat(action_type: ActionType | None) -> Risk | None:
    return action_type.approvals.in_chat if action_type else Risk.MEDIUM


def _irreversible(action_type: ActionType | None) -> bool:
    return action_type is not None and not action_type.reversible


def _doubt(claim: Mapping[str, Any]) -> Text | None:
    said = claim.get("uncertainty")
    return told(said, LONGEST_DOUBT) if said else None


def _rows(action: Action | None, action_type: ActionType | None) -> tuple[Row, ...]:
    """List the args: pinned ones first, the rest as the agent ordered them."""
    if action is None:
        return ()
    pins = action_type.pinned if action_type else ()
    pinned = [(".".join(split(pin)), look_up(action.args, pin), True) for pin in pins]
    rest = [(name, value, False) for name, value in action.args.items() if f"/{name}" not in pins]
    return tuple(
        Row(name=visible(name)[:80], value=told(value, LONGEST_VALUE), pinned=is_pinned)
        for name, value, is_pinned in [*pinned, *rest]
        if value is not MISSING
    )


def _reading(handoff: Handoff, said: Mapping[str, Any]) -> Reading:
    """Read an interpretation; another action than the proposed one makes choosing it an edit."""
    own = handoff.action.to_json() if handoff.action else None
    other = said.get("action") not in (None, own)
    agreed = Verb.EDIT if other else Verb.APPROVE
    verb = Verb.RESPOND if handoff.kind is Kind.QUESTION else agreed
    text = told(said.get("text") or said["id"], LONGEST_READING)
    return Reading(id=str(said["id"]), text=text, verb=verb)


def _reasons(handoff: Handoff) -> tuple[Text, ...]:
    strict = handoff.verdict.route
    if strict is Route.AUTO and handoff.status is Status.PENDING:
        return (told(BY_PEOPLE, LONGEST_REASON),)
    found = [one.message for one in handoff.verdict.reasons if one.route is strict]
    return tuple(told(one, LONGEST_REASON) for one in found[:MOST_REASONS])


ENDINGS: Mapping[Status, str] = {
    Status.CHANGES_REQUESTED: "asked back",
    Status.APPROVED: "approved this",
    Status.RUNNING: "approved this; it runs",
    Status.SUCCEEDED: "approved this; it ran",
    Status.FAILED: "approved this; it failed",
    Status.UNKNOWN: "approved this; nobody knows whether it ran",
    Status.DENIED: "denied this",
    Status.ANSWERED: "answered",
}
NOT_SO = "It was reported as done, and is not as expected"
ENDED: Mapping[Status, str] = {
    Status.APPROVED: "Policy lets it run now",
    Status.RUNNING: "It runs",
    Status.SUCCEEDED: "It ran",
    Status.FAILED: "It failed",
    Status.UNKNOWN: "Nobody knows whether it ran",
    Status.ANSWERED: "It was answered",
    Status.DENIED: "It was denied",
    Status.BLOCKED: "Policy refuses it now",
    Status.EXPIRED: "Time ran out; nothing ran",
    Status.WITHDRAWN: "The agent took it back; nothing ran",
    Status.CHANGES_REQUESTED: "Changes were asked for",
}


def _ending(handoff: Handoff, said: Mapping[str, Any]) -> Said | None:
    if handoff.status is Status.PENDING:
        return None
    found = handoff.settled
    if found:
        what = f"found out that it {'ran' if found.ran else 'did not run'}"
        return Said(by=visible(found.by), what=what, at=found.at, via=found.via.value, note=None)
    decided = handoff.decided
    if decided is None or handoff.status not in ENDINGS:
        what = NOT_SO if handoff.contradicted else ENDED[handoff.status]
        return Said(by="", what=what, at=handoff.changed_at, via=None, note=None)
    words = said.get("note")
    note = told(words, LONGEST_NOTE) if words else None
    what = _did(decided, handoff)
    return Said(
        by=visible(decided.whose), what=what, at=decided.at, via=decided.via.value, note=note
    )


def _did(decided: Decided, handoff: Handoff) -> str:
    words = (
        f"approved this; {NOT_SO[0].lower()}{NOT_SO[1:]}"
        if handoff.contradicted
        else ENDINGS[handoff.status]
    )
    if decided.verb is Verb.EDIT:
        return words.replace("approved this", "changed and approved this")
    return words
