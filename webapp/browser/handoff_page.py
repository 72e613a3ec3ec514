"""One handoff as a person sees it: what is asked, what is claimed, why, and what can be done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.browser.bounds import BoundLine, of_handoff
from webapp.browser.called_back import ToldLine, line_of
from webapp.browser.checked import Checked, checked
from webapp.browser.choices import Choice, choices
from webapp.browser.course import Course, course
from webapp.browser.differences import between
from webapp.browser.run_here import RunHere, run_here
from webapp.browser.scoping import Scoping, scoping
from webapp.browser.settling import Settling, settling
from webapp.browser.timeline import Ending, Line, ending, lines, means
from webapp.browser.undoing import Undoing, undoing
from webapp.browser.words import KIND_WORDS, LACKS, people
from webapp.browser.world import World, world
from webapp.domain.argument_form import Field, fields
from webapp.domain.decision import Person, agreed_as, as_shown
from webapp.domain.errors import HandrailError
from webapp.domain.handoff import WAITING, Handoff, Kind, Status, Verb, Vote
from webapp.domain.json_text import JSON
from webapp.domain.lifecycle import refuse_decision
from webapp.domain.pointer import MISSING, look_up, split
from webapp.domain.policy import ActionType
from webapp.domain.policy_draft import may_write
from webapp.domain.shadow import is_blind
from webapp.domain.standing import giver_refusal, refusal
from webapp.domain.task_type import TaskType
from webapp.domain.verdict import Reason, Risk, Route
from webapp.services.earlier import Earlier
from webapp.services.inbox import Look
from webapp.services.labels import LabelKind, Labelled, may_label

MOST_STATE_SHOWN = 24_000
KIB = 1024
WITH_REASON = frozenset({Risk.HIGH, Risk.CRITICAL})
CHIPS = ("Wrong target", "Wrong amount", "Not enough evidence", "Not needed", "Against our rules")
ROUTE_ICONS = {Route.AUTO: "check", Route.REVIEW: "gavel", Route.BLOCK: "ban"}
PROVENANCE = (
    ("on_behalf_of", "On behalf of"),
    ("model", "Model"),
    ("agent_version", "Version"),
    ("prompt_version", "Prompt"),
    ("run_id", "Run"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg:
    """One argument: its name, its value, whether policy pins it, and what it was before."""

    name: str
    value: object
    pinned: bool
    before: object

    @property
    def changed(self) -> bool:
        """Say whether the last revision changed it."""
        return self.before is not MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One reason of the verdict, with the rule's own `because`."""

    icon: str
    message: str
    because: str | None
    fix: str | None
    rule: str | None
    lacks: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffPage:
    """Everything that the pane of one handoff shows to one person at one moment."""

    handoff: Handoff
    claim: Mapping[str, Any]
    type: ActionType | None
    possible: tuple[Verb, ...]
    refusal: str | None
    choices: tuple[Choice, ...]
    args: tuple[Arg, ...]
    reasons: tuple[Why, ...]
    events: tuple[Line, ...]
    outcome: Ending | None
    answer_fields: tuple[Field, ...]
    state: object
    state_size: str
    may_revoke: bool
    label: Labelled | None
    may_label: bool
    course: Course
    gives_in_advance: bool
    task_type: TaskType | None = None
    scoping: Scoping | None = None
    settling: Settling | None = None
    attempts: tuple[Earlier, ...] = ()
    bounds: tuple[BoundLine, ...] = ()
    offers_type: bool = False
    told: ToldLine | None = None
    run_here: RunHere | None = None
    world: World | None = None
    checked: Checked | None = None
    undoing: Undoing | None = None
    shown: str = ""
    chosen: str = ""
    next: str = ""

    @property
    def observed(self) -> bool:
        """Say whether it is only observed: nothing runs, whatever people say."""
        return self.handoff.verdict.observed

    @property
    def blind(self) -> bool:
        """Say whether what policy and agent think is kept from people as yet."""
        return is_blind(self.handoff)

    @property
    def sampled(self) -> bool:
        """Say whether people are asked, or have said, what they think of its running unasked."""
        return self.label is not None and self.label.kind is LabelKind.SAMPLE

    @property
    def headline(self) -> str:
        """Give the sentence built from the args; where policy has none, what the agent calls it."""
        return self.handoff.summary or self.handoff.title

    @property
    def headline_claimed(self) -> bool:
        """Say whether the headline is the agent's own words."""
        return self.handoff.summary is None

    @property
    def irreversible(self) -> bool:
        """Say whether policy calls the action one that cannot be undone."""
        return self.type is not None and not self.type.reversible

    @property
    def known(self) -> bool:
        """Say whether policy knows the action."""
        return self.type is None or self.type.known

    @property
    def action_title(self) -> str:
        """Name the action in the policy's words."""
        return self.type.title if self.type and self.type.known else "Proposed action"

    @property
    def risk_because(self) -> str | None:
        """Say why the policy guards this action at all."""
        kind = self.type or self.task_type
        return kind.because.rstrip(".") if kind and kind.because else None

    @property
    def asks(self) -> str:
        """Say what the agent does here."""
        return KIND_WORDS[self.handoff.kind].asks

    @property
    def waits(self) -> bool:
        """Say whether anybody is waited for."""
        return self.handoff.status in WAITING

    @property
    def open(self) -> bool:
        """Say whether this person may decide now."""
        return bool(self.possible)

    @property
    def verbs(self) -> tuple[str, ...]:
        """Name the decisions that are possible."""
        return tuple(verb.value for verb in self.possible)

    @property
    def needs_reason(self) -> bool:
        """Say whether an approval should say what was checked: effort only where it counts."""
        return self.handoff.kind is Kind.ACTION and self.handoff.verdict.risk in WITH_REASON

    @property
    def note_need(self) -> str:
        """Say when words are needed."""
        risk = self.handoff.verdict.risk.value
        return f"needed for {risk} risk" if self.needs_reason else "optional"

    @property
    def note_hint(self) -> str:
        """Say what to write."""
        return "What did you check?" if self.needs_reason else "For the agent and the history"

    @property
    def chips(self) -> tuple[str, ...]:
        """List the usual reasons for a denial."""
        return CHIPS

    @property
    def approve_label(self) -> str:
        """Say what the main button does."""
        if self.observed:
            return "Exactly this"
        return "Agree" if self.missing > 1 else "Approve"

    @property
    def edit_label(self) -> str:
        """Say what the button under the edited arguments does."""
        return "This instead" if self.observed else "Approve as edited"

    @property
    def offers_standing(self) -> bool:
        """Say whether this person may approve similar ones with it."""
        may = Verb.APPROVE in self.possible and self.gives_in_advance
        return may and self.type is not None and refusal(self.handoff, self.type) is None

    @property
    def deny_label(self) -> str:
        """Say what the other button does."""
        if self.observed:
            return "Not at all"
        return KIND_WORDS[self.handoff.kind].deny

    @property
    def answer_label(self) -> str:
        """Say what the main button does where nothing runs."""
        return KIND_WORDS[self.handoff.kind].answer

    @property
    def why_head(self) -> str:
        """Head the reasons."""
        if self.by_people:
            return "Why it waits for you"
        if self.observed and not self.blind:
            return "What policy would have gone by"
        if self.handoff.is_admitted:
            return "Why it may be started"
        return {
            Route.AUTO: "Why it could run unasked",
            Route.REVIEW: "Why it reached you",
            Route.BLOCK: "Why policy refuses it",
        }[self.handoff.verdict.route]

    @property
    def by_people(self) -> bool:
        """Say whether it waits only because a person has changed it or taken an approval back."""
        return self.waits and self.handoff.verdict.route is Route.AUTO

    @property
    def votes(self) -> tuple[Vote, ...]:
        """List who has agreed to this revision."""
        return self.handoff.votes

    @property
    def quorum(self) -> int:
        """Say how many must agree."""
        return self.handoff.verdict.quorum

    @property
    def missing(self) -> int:
        """Say how many more must agree."""
        return max(0, self.quorum - len(self.votes))

    @property
    def missing_words(self) -> str:
        """Say it in words."""
        return people(self.missing)

    @property
    def closed_because(self) -> str:
        """Say why this person has nothing to decide here."""
        if self.handoff.status is Status.PENDING:
            return self.refusal or ""
        return means(self.handoff)

    @property
    def state_shown(self) -> bool:
        """Say whether the state is small enough to lie folded in the page."""
        return self.state is not MISSING

    @property
    def provenance(self) -> tuple[tuple[str, str], ...]:
        """List what the agent says of where it comes from."""
        said = ((label, self.claim.get(key)) for key, label in PROVENANCE)
        return tuple((label, str(value)) for label, value in said if value)


def handoff_page(
    look: Look, person: Person, now: datetime, *, most_state: int = MOST_STATE_SHOWN
) -> HandoffPage:
    """Compose the pane for one person at one moment, with a state of at most so many bytes."""
    handoff = look.handoff
    verbs, refusal = possible(handoff, person, now)
    small = look.state is not None and len(look.state) <= most_state
    return HandoffPage(
        handoff=handoff,
        claim=look.claim,
        type=look.action_type,
        possible=verbs,
        refusal=refusal,
        choices=choices(handoff, look.claim),
        args=_args(look),
        reasons=tuple(_why(reason, look.action_type) for reason in handoff.verdict.reasons),
        events=lines(look.events, look.bodies),
        outcome=ending(handoff, look.bodies, look.proposed),
        answer_fields=_answer_fields(look),
        task_type=look.task_type,
        scoping=scoping(handoff, look.task_type) if verbs else None,
        settling=settling(look, person),
        state=json.loads(look.state) if small and look.state else MISSING,
        state_size=_size(look.state),
        may_revoke=_may_revoke(handoff, person),
        label=look.label,
        may_label=may_label(look.label, handoff, person),
        course=course(look, person),
        gives_in_advance=giver_refusal(handoff, person) is None,
        attempts=look.attempts,
        bounds=of_handoff(handoff, look.uses),
        offers_type=look.untyped and may_write(person),
        told=line_of(look.callbacks),
        run_here=run_here(look),
        world=world(look, may_ask=bool(verbs)),
        checked=checked(handoff, look.bodies),
        undoing=undoing(look, person),
    )


def possible(
    handoff: Handoff, person: Person, now: datetime
) -> tuple[tuple[Verb, ...], str | None]:
    """Name the decisions open to this person, or why there is none: the rule of the click."""
    refusals = {verb: _refusal(handoff, verb, person, now) for verb in handoff.allowed}
    free = tuple(verb for verb, refusal in refusals.items() if refusal is None)
    agreed = agreed_as(person, handoff) if free else None
    if agreed:
        missing = people(handoff.verdict.quorum - len(handoff.votes))
        return (), f"{agreed} agreed; it needs {missing}."
    return free, None if free else next(iter(refusals.values()), None)


def _refusal(handoff: Handoff, verb: Verb, person: Person, now: datetime) -> str | None:
    try:
        refuse_decision(handoff, as_shown(handoff, verb), person, now)
    except HandrailError as error:
        return error.detail
    return None


def _may_revoke(handoff: Handoff, person: Person) -> bool:
    decider = {handoff.decided.by_id} if handoff.decided else set()
    return handoff.status is Status.APPROVED and person.id in decider


def _args(look: Look) -> tuple[Arg, ...]:
    """List the args: pinned ones first, the rest as the agent ordered them."""
    action = look.handoff.action
    if action is None:
        return ()
    pins = look.action_type.pinned if look.action_type else ()
    changed = (
        {one.name: one.before for one in between(look.earlier, action)} if look.earlier else {}
    )
    pinned = [(".".join(split(pin)), look_up(action.args, pin)) for pin in pins]
    rest = [(name, value) for name, value in action.args.items() if f"/{name}" not in pins]
    return tuple(
        Arg(name=name, value=value, pinned=index < len(pinned), before=changed.get(name, MISSING))
        for index, (name, value) in enumerate([*pinned, *rest])
        if value is not MISSING
    )


def _why(reason: Reason, of: ActionType | None) -> Why:
    rules = {rule.path: rule.because for rule in of.rules} if of else {}
    because = rules.get(reason.rule or "")
    return Why(
        icon=ROUTE_ICONS[reason.route],
        message=reason.message,
        because=None if because == reason.message else because,
        fix=reason.fix,
        rule=reason.rule,
        lacks=LACKS[reason.property] if reason.property else None,
    )


def _answer_fields(look: Look) -> tuple[Field, ...]:
    schema: Mapping[str, JSON] | None = look.claim.get("response_schema")
    return fields(schema, {}) if schema else ()


def _size(state: bytes | None) -> str:
    if state is None:
        return ""
    return f"{len(state)} bytes" if len(state) < KIB else f"{len(state) / KIB:.0f} KB"
