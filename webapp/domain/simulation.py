"""Simulation: what another policy would have done with what was recorded. Simulated, not proven.

Each recorded ask is routed again as the agent made it, in the order in which they came. The use of limits follows the
simulated outcome: what would have run unasked takes its share, and what people approved takes what counts for them.
Agents would have gone on otherwise after another answer, which no simulation knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from webapp.domain.case import Counters
from webapp.domain.gate import route_task
from webapp.domain.handoff import Handoff, Status
from webapp.domain.limits import Draw
from webapp.domain.policy import Policy
from webapp.domain.routing import case_of, verdict_of
from webapp.domain.task import Task
from webapp.domain.task_type import Admitted
from webapp.domain.uses import plain
from webapp.domain.verdict import Route

# What rested on what had happened before, and not on the ask alone, is left as it was.
KEPT = frozenset(
    {
        "stopped",
        "counterparty_new",
        "loop_repeated",
        "loop_failures",
        "denied_before",
        "too_many_attempts",
        "task_not_admitted",
        "task_ended",
        "run_again",
    }
)
AGREED = frozenset(
    {Status.APPROVED, Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.UNKNOWN}
)
MOST_GROUPS = 2000
MOST_EXAMPLES = 5
MOST_COUNTERS = 100_000
THE_REST = "…"


class UsedSoFar(Mapping[str, int]):
    """What has been used of each counter, 0 where nothing was: it is asked while a case is made."""

    def __init__(self, held: Mapping[str, tuple[int, datetime | None]]) -> None:
        self._held = held

    def __getitem__(self, text: str) -> int:
        known = self._held.get(text)
        return known[0] if known else 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class Recorded(NamedTuple):
    """One recorded ask: the handoff as the agent made it, and what became of it.

    `route` is what policy said then, `kept` what stops, loops and the like asked for; `edited` says that a
    person changed it, `status` where it ended.
    """

    handoff: Handoff
    route: Route
    kept: Route
    status: Status
    edited: bool


class Group(NamedTuple):
    """Asks that are told together: the same agent and action, and the same route before and after."""

    agent: str
    action: str
    before: Route
    after: Route


@dataclass(slots=True, kw_only=True)
class Count:
    """How many there are in a group, how many of them people denied or edited, and which."""

    asks: int = 0
    denied: int = 0
    edited: int = 0
    examples: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def add(self, one: Recorded) -> None:
        """Count one more; the first few are kept by name."""
        denied = one.status is Status.DENIED
        self.asks += 1
        self.denied += denied
        self.edited += one.edited
        kept = self.doubtful if denied or one.edited else self.examples
        if len(kept) < MOST_EXAMPLES:
            kept.append(one.handoff.id)


@dataclass(slots=True, kw_only=True)
class Spent:
    """What would have been taken of one limit, in SCALE-ths: in all, and at most within one window."""

    unit: str
    period: str | None
    most: int
    total: int = 0
    peak: int = 0
    reached: int = 0


@dataclass(slots=True, kw_only=True)
class Simulation:
    """What has been simulated so far; memory does not grow with the number of asks.

    `levels` are the levels that agents have now, by their ids; others stand where the candidate starts them.
    """

    candidate: Policy
    levels: Mapping[str, str]
    asks: int = 0
    questions: int = 0
    groups: dict[Group, Count] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)
    until: datetime | None = None
    most_counters: int = MOST_COUNTERS
    _used: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)

    def take(self, one: Recorded) -> Route:
        """Route one more ask, count it, and give the route."""
        handoff = one.handoff
        self.until = handoff.submitted_at
        if handoff.task is not None:
            return self._take_task(one, handoff.task)
        if handoff.action is None:
            self.questions += 1
            return one.route
        self.asks += 1
        case = case_of(handoff, handoff.action, self.candidate, self._counters(handoff))
        found = verdict_of(case).route
        if one.kept.rank > found.rank:
            found = one.kept
        if case.draws:
            self._spend(one, case.draws, found)
        self._group(one, found).add(one)
        return found

    def _take_task(self, one: Recorded, task: Task) -> Route:
        """Pass a task through the gate of the candidate."""
        self.asks += 1
        found = route_task(one.handoff, task, self.candidate, self._counters(one.handoff)).route
        if one.kept.rank > found.rank:
            found = one.kept
        self._group(one, found).add(one)
        return found

    def _counters(self, handoff: Handoff) -> Counters:
        level, used = self.levels.get(handoff.agent_id), UsedSoFar(self._used)
        task = self._task(handoff)
        return Counters(at=handoff.submitted_at, level=level, used=used, acquainted=True, task=task)

    def _task(self, handoff: Handoff) -> Admitted | None:
        """Take the task that a handoff names for one that serves; what spoke against it then is kept."""
        need = self.candidate.action_type(handoff.target_name).needs_task
        return Admitted(type=need.type) if need and handoff.task_id else None

    def _spend(self, one: Recorded, drawn: tuple[Draw, ...], found: Route) -> None:
        alone = found is Route.AUTO and one.status is not Status.WITHDRAWN
        agreed = found is Route.REVIEW and one.status in AGREED
        for draw in drawn:
            limit = draw.limit
            before = self._used_of(draw)
            spent = self.spent.get(limit.path) or self._limit(draw)
            spent.reached += before + draw.takes > limit.most
            if alone or (agreed and not limit.unasked):
                after = before + draw.takes
                self._used[draw.key.text] = (after, draw.renews_at)
                spent.total += draw.takes
                spent.peak = max(spent.peak, after)
        if len(self._used) > self.most_counters:
            self._forget(one.handoff.submitted_at)

    def _used_of(self, draw: Draw) -> int:
        known = self._used.get(draw.key.text)
        return known[0] if known else 0

    def _limit(self, draw: Draw) -> Spent:
        limit = draw.limit
        period = limit.period.value if limit.period else None
        made = Spent(unit=limit.unit, period=period, most=limit.most)
        return self.spent.setdefault(limit.path, made)

    def _forget(self, now: datetime) -> None:
        """Let go of the counters whose windows are over."""
        self._used = {k: v for k, v in self._used.items() if v[1] is None or v[1] > now}

    def _group(self, one: Recorded, after: Route) -> Count:
        handoff = one.handoff
        group = Group(handoff.agent, handoff.target_name, one.route, after)
        found = self.groups.get(group)
        if found is None:
            if len(self.groups) >= MOST_GROUPS:
                group = Group(THE_REST, THE_REST, one.route, after)
            found = self.groups.setdefault(group, Count())
        return found

    @property
    def counters_held(self) -> int:
        """Say how many counters are remembered."""
        return len(self._used)

    # ---- what it comes to

    @property
    def moved(self) -> list[tuple[Group, Count]]:
        """List what would have gone another way: what would run unasked first, then the most."""
        moved = [(group, count) for group, count in self.groups.items() if group.before is not group.after]  # fmt: skip
        return sorted(moved, key=lambda one: (one[0].after.rank, -one[1].asks, one[0]))

    def routes(self) -> dict[str, dict[str, int]]:
        """Count the asks by route, as recorded and as simulated."""
        told = {name: dict.fromkeys((r.value for r in Route), 0) for name in ("was", "would_be")}
        for group, count in self.groups.items():
            told["was"][group.before.value] += count.asks
            told["would_be"][group.after.value] += count.asks
        return told

    def to_json(self) -> dict[str, Any]:
        """Give the form for scripts."""
        return {
            "simulated": True,
            "asks": self.asks,
            "questions": self.questions,
            "changed": sum(count.asks for _, count in self.moved),
            "routes": self.routes(),
            "moved": [_moved_json(group, count) for group, count in self.moved],
            "limits": [
                {
                    "limit": path,
                    "unit": one.unit,
                    "per": one.period,
                    "most": plain(one.most),
                    "total": plain(one.total),
                    "peak": plain(one.peak),
                    "reached": one.reached,
                }
                for path, one in sorted(self.spent.items())
            ],
        }


def _moved_json(group: Group, count: Count) -> dict[str, Any]:
    return {
        "agent": group.agent,
        "action": group.action,
        "was": group.before.value,
        "would_be": group.after.value,
        "asks": count.asks,
        "denied": count.denied,
        "edited": count.edited,
        "examples": list(count.examples),
        "denied_or_edited": list(count.doubtful),
    }
