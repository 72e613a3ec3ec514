"""A published policy as a value: what may run unasked, who decides the rest, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from jsonschema_rs import Draft202012Validator

from webapp.domain.args_schema import compiled, problems
from webapp.domain.attention import Attention, Expectation
from webapp.domain.autonomy import Promotion, Trigger
from webapp.domain.conditions import Condition
from webapp.domain.deadline import USUAL_DEADLINE, Deadline
from webapp.domain.envelope import Envelope
from webapp.domain.errors import FieldProblem
from webapp.domain.executor import Executor
from webapp.domain.expressions import Batch, Expression, batches
from webapp.domain.json_text import JSON
from webapp.domain.limits import Limit
from webapp.domain.loops import LoopStops, Within
from webapp.domain.preview import Preview
from webapp.domain.standing_terms import StandingTerms
from webapp.domain.summary import Template, read_template
from webapp.domain.task import ANY_TASK
from webapp.domain.task_type import Need, TaskType
from webapp.domain.undo_terms import Undo
from webapp.domain.verdict import Risk, Route
from webapp.domain.verify import Verify

ANY_AGENT = "*"
SUPERVISED = "supervised"
OBSERVE = "observe"
DEFAULT_COST = 1
DEFAULT_AUDIENCE = "handrail-tools"
DEFAULT_LEVELS: Mapping[str, Risk | None] = {
    OBSERVE: None,
    SUPERVISED: None,
    "read_only": Risk.READ,
    "low_risk": Risk.LOW,
    "standard": Risk.MEDIUM,
    "trusted": Risk.HIGH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The confidence from which an action may run unasked, and from which it may be asked for."""

    auto: float = 0.95
    review: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A guardrail that people add: where all of `when` holds, the route or the risk goes up.

    Where there is an `expression`, it stands in place of `when`. `path` is the rule's place in the document:
    `actions.payments.refund.rules[0]`.
    """

    when: tuple[Condition, ...] = ()
    expression: Expression | None = None
    route: Route | None
    risk: Risk | None
    because: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Whose approvers decide, and how many distinct ones must agree.

    No teams means the agent's owner team. `in_chat` is the riskiest that may be decided away from Handrail, None
    nothing.
    """

    teams: tuple[str, ...] = ()
    count: int = 1
    when_critical: int | None = None
    in_chat: Risk | None = Risk.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long an approval stays good, how long a run may take, how long it must wait first; whose tools may run it.

    Without an `executor` the agent runs it; else Handrail does. With a `preview` people see the world before they
    decide, and it must still be as they saw it when the run begins. With `verify`, a success is looked into.
    """

    valid: timedelta = timedelta(hours=24)
    run_within: timedelta = timedelta(minutes=15)
    not_before: timedelta = timedelta()
    audience: str = DEFAULT_AUDIENCE
    executor: Executor | None = None
    preview: Preview | None = None
    verify: Verify | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActionType:
    """What the policy says of one kind of action; compared by identity.

    `args` must be a valid JSON Schema. `known` is false for a name that the policy lacks. What is to `observe` never
    runs; `audit_sample` is the share of what runs unasked that people look at afterwards, 0 to 1. Without
    `standing` terms nobody can approve in advance, without `undo` nothing takes it back.
    """

    name: str
    known: bool = True
    title: str
    summary: str | None = None
    target: str | None = None
    pinned: tuple[str, ...] = ()
    risk: Risk
    because: str | None = None
    reversible: bool
    unasked: bool
    cost: int = DEFAULT_COST
    args: Mapping[str, JSON] | None = None
    tiers: Tiers = Tiers()
    envelope: Envelope | None = None
    rules: tuple[Rule, ...] = ()
    approvals: Approvals = Approvals()
    deadline: Deadline = USUAL_DEADLINE
    terms: Terms = Terms()
    observe: bool = False
    audit_sample: float = 0.0
    needs_task: Need | None = None
    standing: StandingTerms | None = None
    undo: Undo | None = None
    batches: tuple[Batch, ...] = field(init=False, repr=False)  # of the expressions of its rules
    _validator: Draft202012Validator | None = field(init=False, repr=False)
    _template: Template | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        validator = None if self.args is None else compiled(self.args)
        object.__setattr__(self, "_validator", validator)
        template = None if self.summary is None else read_template(self.summary)
        object.__setattr__(self, "_template", template)
        asked = [rule.expression for rule in self.rules if rule.expression]
        object.__setattr__(self, "batches", batches(asked))

    def problems(self, args: Mapping[str, JSON]) -> tuple[FieldProblem, ...]:
        """Say where `args` break the schema; pointers are relative to the args."""
        if self._validator is None or self.args is None:
            return ()
        return problems(self._validator, self.args, args)

    def summarise(self, args: Mapping[str, JSON]) -> str | None:
        """Say what would happen, from the args alone; None where the policy has no template."""
        return self._template.fill(args) if self._template else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the policy gives to one agent: levels of autonomy, budget, actions, whom it may ask.

    `actions` None allows every action; otherwise names, `prefix.*`, or `*`. `usage` bounds what it reports to have
    used up per day. `promote` is what earns the next level, `demote` what costs one.
    """

    name: str
    owner: str | None
    start: str = SUPERVISED
    max: str = SUPERVISED
    promote: Promotion | None = None
    demote: Mapping[Trigger, Within] = field(default_factory=dict)
    daily_budget: int | None = None
    usage: tuple[Limit, ...] = ()
    actions: tuple[str, ...] | None = None
    questions_to: str | None = None
    questions_deadline: Deadline = USUAL_DEADLINE
    attention: Attention | None = None
    expect: Expectation | None = None
    _exact: frozenset[str] = field(init=False, repr=False, compare=False)
    _prefixes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        listed = ("*",) if self.actions is None else self.actions
        prefixes = tuple(name.removesuffix("*") for name in listed if name.endswith("*"))
        object.__setattr__(self, "_exact", frozenset(listed))
        object.__setattr__(self, "_prefixes", prefixes)

    def allows(self, action_name: str) -> bool:
        """Say whether the agent may propose this action without being asked why."""
        return action_name in self._exact or action_name.startswith(self._prefixes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """One published version of the policy document; compared by identity."""

    number: int
    text: str
    timezone: ZoneInfo
    levels: Mapping[str, Risk | None]
    grants: Mapping[str, Grant]
    actions: Mapping[str, ActionType]
    unknown_action: Route
    tasks: Mapping[str, TaskType] = field(default_factory=dict)
    stop_loops: LoopStops | None = None
    published_by_two: bool = False

    def task_type(self, name: str) -> TaskType:
        """Give the type of task of that name, else that of any task, else one that always needs people."""
        found = self.tasks.get(name) or self.tasks.get(ANY_TASK)
        return found or TaskType(name=name, known=False, title=name)

    def action_type(self, name: str) -> ActionType:
        """Give the action type of that name, or one of high risk that always needs people."""
        return self.actions.get(name) or ActionType(
            name=name, known=False, title=name, risk=Risk.HIGH, reversible=False, unasked=False
        )

    def grant(self, agent_name: str, owner_team: str) -> Grant:
        """Give what the document says of this agent, else of any agent, else: supervised.

        Where it names no owner, that is `owner_team`, as kept with the agent.
        """
        grant = self.grants.get(agent_name) or self.grants.get(ANY_AGENT)
        if grant is None:
            return Grant(name=agent_name, owner=owner_team)
        return grant if grant.owner else replace(grant, owner=owner_team)
