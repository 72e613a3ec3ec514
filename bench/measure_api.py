"""Submissions, and from a decision to the agent that resumes: Handrail and the bare apps in turn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.figures import Figure, generate, middle, percentile
from bench.plan import Plan
from bench.servers import Bench, Side

OURS, ORM, CTE = "handrail", "baseline_orm", "baseline_cte"
WANTED_ORM, WANTED_CTE, WANTED_RESUME = 1.0, 0.5, 1.3


@dataclass(slots=True)
class Rounds:
    """What each round of one side gave."""

    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def add(self, seen: dict[str, Any]) -> None:
        """Take in what the load generator saw in one round."""
        self.per_second.append(seen["per_second"])
        self.p50.append(percentile(seen["took"], 0.5))
        self.p99.append(percentile(seen["took"], 0.99))

    def rate(self) -> float:
        """Give the median rate."""
        return middle(self.per_second)

    def times(self) -> str:
        """Write the median times."""
        return f"{middle(self.p50):.1f} / {middle(self.p99):.1f} ms"


def measure(bench: Bench, plan: Plan) -> list[Figure]:
    """Run both scenarios against all three sides, interleaved."""
    with ExitStack() as stack:
        ours, _ = stack.enter_context(bench.handrail(OURS))
        sides = [ours, *(stack.enter_context(bench.bare(name)) for name in (ORM, CTE))]
        submitted = interleaved("submit", sides, plan)
        resumed = interleaved("resume", sides, plan)
    return [*submission_figures(submitted), *resume_figures(resumed)]


def interleaved(scenario: str, sides: Sequence[Side], plan: Plan) -> dict[str, Rounds]:
    """Let each side have its turn in every round, each round beginning with another one."""
    rounds = {side.name: Rounds() for side in sides}
    offset = {"submit": 0, "resume": 500_000_000}[scenario]
    for number in range(plan.rounds):
        turn = number % len(sides)
        for side in [*sides[turn:], *sides[:turn]]:
            seen = generate(
                scenario=scenario,
                port=side.port,
                key=side.key,
                token=side.token,
                connections=plan.connections,
                warm=plan.warm,
                seconds=plan.seconds,
                first=offset + number * 1_000_000,
            )
            rounds[side.name].add(seen)
            print(f"  {scenario} {side.name}: {seen['per_second']:.0f}/s", flush=True)
    return rounds


def submission_figures(rounds: dict[str, Rounds]) -> list[Figure]:
    """Compare the rates of submissions."""
    ours = rounds[OURS].rate()
    figures = []
    for name, words, wanted in (
        (ORM, "bare Flask, ORM, 3 inserts", WANTED_ORM),
        (CTE, "bare Flask, one statement", WANTED_CTE),
    ):
        ratio = ours / rounds[name].rate()
        figures.append(
            Figure(
                what=f"submissions, against {words}",
                measured=f"{ours:.0f}/s",
                beside=f"{rounds[name].rate():.0f}/s, ratio {ratio:.2f}",
                wanted=f"ratio ≥ {wanted:.1f}",
                holds=ratio >= wanted,
            )
        )
    figures.append(Figure(what="time of a submission, p50 / p99", measured=rounds[OURS].times()))
    return figures


def resume_figures(rounds: dict[str, Rounds]) -> list[Figure]:
    """Compare the times from a decision to the answer, and whole round trips."""
    ours, figures = rounds[OURS], []
    for name, words in ((ORM, "bare Flask, ORM"), (CTE, "bare Flask, one statement")):
        theirs = rounds[name]
        p50 = middle(ours.p50) / middle(theirs.p50)
        p99 = middle(ours.p99) / middle(theirs.p99)
        bound = name == ORM
        figures.append(
            Figure(
                what=f"decision → resume, 32 agents looping, p50 / p99, against {words}",
                measured=ours.times(),
                beside=f"{theirs.times()}, ratios {p50:.2f} / {p99:.2f}",
                wanted=f"ratios ≤ {WANTED_RESUME}" if bound else "",
                holds=max(p50, p99) <= WANTED_RESUME if bound else None,
            )
        )
    figures.append(
        Figure(
            what="full round trips (submit, wait, decide, resume)",
            measured=f"{ours.rate():.0f}/s",
            beside=f"{rounds[ORM].rate():.0f}/s (ORM), {rounds[CTE].rate():.0f}/s (one statement)",
        )
    )
    return figures
